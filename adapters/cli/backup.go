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
		backupProveCommand(s),
		backupPruneCommand(s), backupPinCommand(s), backupUnpinCommand(s), backupRunCommand(s),
		backupCreateCommand(s), backupListCommand(s), backupShowCommand(s), backupValidateCommand(s), backupRestoreCommand(s),
		backupPushCommand(s), backupPullCommand(s), backupSyncCommand(s), backupRemoteCommand(s),
	)
	return cmd
}
