package cli

import "github.com/spf13/cobra"

func healthCommand(s *shell) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask the running service whether it is up",
		Long: `Calls /health of the service that this configuration describes (listen). Nothing
is opened. Exit code 0 when it is up and 1 when it is not: made for the health
checks of containers and supervisors.`,
		Example: `  atocore health
  atocore health --listen 127.0.0.1:8100 --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			url, err := s.app.Health(cmd.Context(), s.flags)
			if err != nil {
				return err
			}
			return s.result(map[string]string{"url": url, "status": "ok"}, func(p *printer) { p.line("%s is up", url) })
		},
	}
	s.settings(cmd, false, "listen")
	return cmd
}
