package cli

import (
	"github.com/spf13/cobra"
)

func newRoot(s *shell) *cobra.Command {
	root := group(&cobra.Command{
		Use:   "atocore",
		Short: "Memory and context for AI agents, with backups that are proven to restore",
		Long: `atocore keeps what AI agents should remember, reads the folders of your projects,
and answers questions with passages that can be cited. Everything is in one data
directory on this machine.

Results go to standard output, everything else to standard error. Every command
takes --json. Exit codes: 0 done, 1 failed, 2 usage, 3 found faulty, 4 refused,
5 not found.`,
		Example: `  atocore demo --once
  atocore project add handbook ./docs
  atocore project refresh handbook
  atocore query "how do we deploy" --project handbook
  atocore serve`,
		SilenceErrors: true,
		SilenceUsage:  true,
	})
	root.SetIn(s.app.In)
	root.SetOut(s.app.Out)
	root.SetErr(s.app.Err)
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().BoolVar(&s.json, "json", false, "print one JSON document; errors are JSON on standard error")
	root.PersistentFlags().StringVar(&s.flags.Config, "config", "", "configuration file (default: ATOCORE_CONFIG, else ./atocore.yaml if there is one)")
	s.settings(root, true, "data_dir", "log.")

	// One line a command. Those below a group are added by the group.
	root.AddCommand(
		auditCommand(s),
		backupCommand(s),
		configCommand(s),
		contextCommand(s),
		demoCommand(s),
		doctorCommand(s),
		evalCommand(s),
		exportCommand(s),
		importCommand(s),
		drillCommand(s),
		ledgerCommand(s),
		indexCommand(s),
		interactionCommand(s),
		mcpCommand(s),
		keyCommand(s),
		memoryCommand(s),
		projectCommand(s),
		queryCommand(s),
		healthCommand(s),
		scheduleCommand(s),
		serveCommand(s),
		stateCommand(s),
		tuneCommand(s),
		versionCommand(s),
	)
	return root
}
