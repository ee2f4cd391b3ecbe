package cli

import "github.com/spf13/cobra"

func backupCommand(s *shell) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "backup",
		Short: "Make, check and restore backups",
		Long: `A backup is a plain folder in backup.dir, named by the UTC second in which it was
made.`,
	})
	s.settings(cmd, true, "backup.")
	cmd.AddCommand(
		backupCreateCommand(s), backupListCommand(s), backupShowCommand(s), backupValidateCommand(s), backupRestoreCommand(s),
	)
	return cmd
}
