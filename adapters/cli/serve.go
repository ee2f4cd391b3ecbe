package cli

import "github.com/spf13/cobra"

func serveCommand(s *shell) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the HTTP service",
		Long: `Listens for HTTP on --listen and prints its URL once it does. The data directory
is made if there is none. Backups, proofs, prunings and drills run by themselves, at
the times set below automation; projects are refreshed by themselves only where that
is switched on, and a drill has passed.

Listening beyond this machine needs an API token (ATOCORE_API_TOKEN or
--api-token-file). The first SIGINT or SIGTERM lets requests under way finish, a
second one ends at once.`,
		Example: `  atocore serve
  atocore serve --listen 127.0.0.1:0
  ATOCORE_API_TOKEN=secret atocore serve --listen 0.0.0.0:8100 --allowed-hosts memory.example.org`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.app.Serve(cmd.Context(), s.flags, s.announce)
		},
	}
	s.settings(cmd, false, "")
	return cmd
}

// announce prints the one line that says where the service is.
func (s *shell) announce(url string) {
	_ = s.result(map[string]string{"url": url}, func(p *printer) { p.line("atocore listens on %s", url) })
}
