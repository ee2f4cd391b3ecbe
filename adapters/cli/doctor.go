package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
)

func doctorCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look for what is wrong, and say what to do about it",
		Long: `Looks at the data directory and its permissions, the disk, the registry and its
folders, the database with its schema and integrity, an interrupted restore, and the
backups. Prints what it found, worst first, each with its remedy. It changes
nothing, and may run beside a running service.

The exit code is 3 when there is a fault; warnings alone leave it 0.`,
		Example: `  atocore doctor
  atocore doctor --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings, err := s.app.Doctor(cmd.Context(), s.flags)
			if err != nil {
				return err
			}
			if err := s.showFindings(findings); err != nil {
				return err
			}
			faults := 0
			for _, f := range findings {
				if f.Severity == domain.SeverityFault {
					faults++
				}
			}
			if faults > 0 {
				return domain.Corrupt("%s found", counted(faults, "fault"))
			}
			return nil
		},
	}
}

type findingView struct {
	Severity string `json:"severity"`
	Subject  string `json:"subject"`
	Problem  string `json:"problem"`
	Remedy   string `json:"remedy,omitempty"`
}

func (s *shell) showFindings(findings []domain.Finding) error {
	view := struct {
		Findings []findingView `json:"findings"`
	}{Findings: []findingView{}}
	for _, f := range findings {
		view.Findings = append(view.Findings, findingView{string(f.Severity), f.Subject, f.Problem, f.Remedy})
	}
	return s.result(view, func(p *printer) {
		style := map[domain.Severity]func(string) string{
			domain.SeverityFault: p.red, domain.SeverityWarning: p.yellow, domain.SeverityOK: p.green,
		}
		for _, f := range findings {
			label := string(f.Severity)
			p.line("%s%s  %s: %s", style[f.Severity](label), spaces(7-len(label)), f.Subject, f.Problem)
			for _, line := range strings.Split(f.Remedy, "\n") {
				if line != "" {
					p.line("         %s", p.dim("→ "+line))
				}
			}
		}
	})
}
