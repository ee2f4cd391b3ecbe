package cli

import "github.com/spf13/cobra"

func versionCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version",
		Long:  "Prints version, commit, Go version and platform. Nothing is opened.",
		Example: `  atocore version
  atocore version --json`,
		Args: takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			v := s.app.Version
			return s.result(v, func(p *printer) {
				p.line("atocore %s", v.Version)
				p.fields([2]string{"commit", v.Commit}, [2]string{"built", v.Built},
					[2]string{"go", v.Go}, [2]string{"platform", v.Platform})
			})
		},
	}
}
