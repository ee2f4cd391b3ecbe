package cli

import (
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func mcpCommand(s *shell) *cobra.Command {
	var o MCPOptions
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Serve an AI agent over standard input and output",
		Long: `Speaks the Model Context Protocol over standard input and output: agents start this
command themselves, with the line that docs/agents.md has for each of them. Any number
of such processes, and the HTTP service, share one data directory. It ends when the
agent does. Where the service runs, this process joins it and lets it do the work, which
saves memory; where it does not, or stops, it opens the stores itself. The data
directory is made when something is first asked for.

What an agent remembers is a candidate until a person promotes it ("atocore memory
review"). --trusted makes it active at once.

With api_key of the configuration (ATOCORE_API_KEY) the agent may do what that key may
do, and knows the projects that it knows ("atocore key create"). Without it, nothing
but --trusted tells the agent from the operator.

Give --data-dir as an absolute path: agents start their tools in folders of their own
choice.`,
		Example: `  atocore mcp
  atocore mcp --trusted`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f, ok := s.app.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
				s.note("waiting for an agent on standard input; end with Ctrl-D. See docs/agents.md")
			}
			return s.app.MCP(cmd.Context(), s.flags, o)
		},
	}
	cmd.Flags().BoolVar(&o.Trusted, "trusted", false, "what the agent remembers is active at once, without a person's word")
	cmd.Flags().BoolVar(&o.Alone, "alone", false, "open the stores also where a service runs")
	return cmd
}
