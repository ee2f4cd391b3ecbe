package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/retention"
)

func backupPruneCommand(s *shell) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove the backups that retention does not keep",
		Long: `Decides about every backup by backup.keep_last, keep_daily, keep_weekly, keep_monthly
and keep_within, and says why. A backup that one rule keeps is kept; of a day, week
or month the best one is: proven before validated before written.

Never removed, whatever the rules say: the newest proven backup, the newest
backup.min_keep ones, pinned ones, safety backups that are still the way back from a
restore, broken ones, and anything at all when the newest backup or the last attempt
at one failed, or while backups are in use.`,
		Example: `  atocore backup prune --dry-run
  atocore backup prune --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
				r, err := on.Retention.Prune(ctx, dryRun)
				if err != nil && len(r.Removed) == 0 {
					return err
				}
				if shown := s.showRetention(r, on.Retention.Policy()); shown != nil {
					return shown
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only say what would be removed, and why")
	return cmd
}

type decisionView struct {
	Stamp   string   `json:"stamp"`
	Keep    bool     `json:"keep"`
	Reasons []string `json:"reasons"`
}

type policyView struct {
	KeepLast    int     `json:"keep_last"`
	KeepDaily   int     `json:"keep_daily"`
	KeepWeekly  int     `json:"keep_weekly"`
	KeepMonthly int     `json:"keep_monthly"`
	KeepWithin  float64 `json:"keep_within_seconds"`
	MinKeep     int     `json:"min_keep"`
}

type retentionView struct {
	DryRun    bool           `json:"dry_run"`
	Halted    string         `json:"halted,omitempty"`
	Policy    policyView     `json:"policy"`
	Decisions []decisionView `json:"decisions"`
	Removed   []string       `json:"removed"`
	Freed     int64          `json:"freed_bytes"`
}

func (s *shell) showRetention(r domain.RetentionReport, p domain.RetentionPolicy) error {
	v := retentionView{
		DryRun: r.DryRun, Halted: r.Halted, Freed: r.Freed, Decisions: []decisionView{}, Removed: []string{},
		Policy: policyView{p.KeepLast, p.KeepDaily, p.KeepWeekly, p.KeepMonthly, p.KeepWithin.Seconds(), p.MinKeep},
	}
	var rows [][]string
	for _, d := range r.Decisions {
		v.Decisions = append(v.Decisions, decisionView{string(d.Stamp), d.Keep, d.Reasons})
		what := "remove"
		if d.Keep {
			what = "keep"
		}
		rows = append(rows, []string{string(d.Stamp), what, strings.Join(d.Reasons, "; ")})
	}
	for _, stamp := range r.Removed {
		v.Removed = append(v.Removed, string(stamp))
	}
	err := s.result(v, func(p *printer) {
		if len(rows) > 0 {
			p.table([]string{"STAMP", "DECISION", "WHY"}, rows)
		}
	})
	if s.json {
		return err
	}
	would := ""
	if r.DryRun {
		would = "would be "
	}
	s.note("%s %sremoved, %s", counted(len(r.Removed), "backup"), would, size(r.Freed))
	if r.Halted != "" {
		s.note("nothing is removed: %s", r.Halted)
	}
	return err
}

func backupPinCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "pin STAMP|latest",
		Short: "Keep a backup until it is let go of",
		Long: `Marks a backup, so that no pruning removes it. Beside the backup appears an empty
file .pin-STAMP.`,
		Example: `  atocore backup pin latest
  atocore backup pin 20260409T060000Z`,
		Args: takes(1, 1),
		RunE: s.pinning(true),
	}
}

func backupUnpinCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "unpin STAMP|latest",
		Short:   "Let retention decide about a backup again",
		Long:    `Takes back what pin did.`,
		Example: `  atocore backup unpin 20260409T060000Z`,
		Args:    takes(1, 1),
		RunE:    s.pinning(false),
	}
}

func (s *shell) pinning(pinned bool) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
			return s.pin(ctx, on.Retention, args[0], pinned)
		})
	}
}

func (s *shell) pin(ctx context.Context, service *retention.Service, name string, pinned bool) error {
	stamp, err := service.Pin(ctx, name, pinned)
	if err != nil {
		return err
	}
	return s.result(map[string]any{"stamp": stamp, "pinned": pinned}, func(p *printer) {
		if pinned {
			p.line("%s is pinned", stamp)
		} else {
			p.line("%s is not pinned any more", stamp)
		}
	})
}
