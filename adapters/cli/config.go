package cli

import (
	"github.com/spf13/cobra"
)

func configCommand(s *shell) *cobra.Command {
	var example bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show every effective setting and where it came from",
		Long: `Prints the value of every key of the configuration and whether it came from a
flag, an ATOCORE_* variable, the configuration file (with the line) or the default.
Secrets are masked. Nothing is opened, so it works when nothing else does.`,
		Example: `  atocore config
  atocore config --json
  atocore config --rank-query-token-cap 1.5
  atocore config --example`,
		Args: takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			if example {
				return s.result(map[string]string{"example": s.app.Example}, func(p *printer) { p.raw(s.app.Example) })
			}
			c, err := s.app.Configuration(s.flags)
			if err != nil {
				return err
			}
			view := struct {
				File     string         `json:"file"`
				Settings []SettingValue `json:"settings"`
			}{c.File, c.Values}
			return s.result(view, func(p *printer) {
				rows := make([][]string, len(c.Values))
				for i, v := range c.Values {
					rows[i] = []string{v.Key, v.Origin, v.Value}
				}
				p.table([]string{"KEY", "FROM", "VALUE"}, rows)
			})
		},
	}
	cmd.Flags().BoolVar(&example, "example", false, "print the documented default file instead")
	s.settings(cmd, false, "")
	return cmd
}
