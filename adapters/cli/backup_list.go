package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
)

func backupListCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the backups, newest first",
		Long: `Shows for each backup how far it is known to be good: written, validated, proven.
One whose manifest cannot be read is broken. The live data is not opened.`,
		Example: `  atocore backup list
  atocore backup list --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
				list, err := on.Backup.List(ctx)
				if err != nil {
					return err
				}
				return s.showBackups(list)
			})
		},
	}
}

type summaryView struct {
	Stamp     string    `json:"stamp"`
	Kind      string    `json:"kind"`
	CreatedAt time.Time `json:"created_at"`
	Bytes     int64     `json:"bytes"`
	Included  []string  `json:"included"`
	Standing  string    `json:"standing"`
	Since     time.Time `json:"since"`
	Problem   string    `json:"problem,omitempty"`
}

func (s *shell) showBackups(list []domain.BackupSummary) error {
	view := struct {
		Backups []summaryView `json:"backups"`
	}{Backups: []summaryView{}}
	var rows [][]string
	for _, b := range list {
		view.Backups = append(view.Backups, summaryView{
			string(b.Stamp), string(b.Kind), b.CreatedAt, b.Bytes, append([]string{}, b.Included...),
			string(b.Standing), b.Since, b.Problem,
		})
		standing := string(b.Standing)
		switch {
		case b.Standing == domain.StandingBroken:
			standing += ": " + b.Problem
		case b.Standing != domain.StandingWritten:
			standing += " " + humanize.Time(b.Since)
		}
		rows = append(rows, []string{
			string(b.Stamp), string(b.Kind), humanize.Time(b.CreatedAt), size(b.Bytes), strings.Join(b.Included, " "), standing,
		})
	}
	err := s.result(view, func(p *printer) {
		if len(rows) > 0 {
			p.table([]string{"STAMP", "KIND", "MADE", "SIZE", "HOLDS", "STANDING"}, rows)
		}
	})
	if len(rows) == 0 && !s.json {
		s.note("there is no backup yet; make one with: atocore backup create")
	}
	return err
}

func backupShowCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "show STAMP|latest",
		Short: "Show what is in a backup",
		Long:  `Shows a backup's manifest: its components, files, tables and where it is.`,
		Example: `  atocore backup show latest
  atocore backup show 20260409T060000Z --json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
				m, dir, err := on.Backup.Show(ctx, args[0])
				if err != nil {
					return err
				}
				return s.showManifest(m, dir)
			})
		},
	}
}

func (s *shell) showManifest(m domain.Manifest, dir string) error {
	v := viewManifest(m, dir)
	return s.result(v, func(p *printer) {
		model := ""
		if v.Embedding != "" {
			model = fmt.Sprintf("%s, %d dimensions", v.Embedding, v.Dimension)
		}
		p.fields(
			[2]string{"stamp", v.Stamp}, [2]string{"kind", v.Kind},
			[2]string{"made", v.CreatedAt.Format(time.RFC3339) + ", " + humanize.Time(v.CreatedAt)},
			[2]string{"by", "atocore " + v.AppVersion},
			[2]string{"format", fmt.Sprint(v.Format)}, [2]string{"schema", fmt.Sprint(v.SchemaVersion)},
			[2]string{"embedding", model}, [2]string{"size", size(v.Bytes)}, [2]string{"folder", v.Dir},
		)
		var rows [][]string
		for _, c := range v.Components {
			state := size(c.Bytes)
			if !c.Included {
				state = "not included"
			}
			rows = append(rows, []string{c.Name, state, fmt.Sprint(len(c.Files)), shape(c)})
		}
		p.table([]string{"COMPONENT", "SIZE", "FILES", "HOLDS"}, rows)
	})
}
