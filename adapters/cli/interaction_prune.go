package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
)

func interactionDeleteCommand(s *shell) *cobra.Command {
	var act domain.Act
	cmd := &cobra.Command{
		Use:   "delete ID",
		Short: "Remove an interaction for good",
		Long: `Removes an interaction for good; that one was removed stays on record. The candidates
that came of it stay.`,
		Example: `  atocore interaction delete "$ID" --reason "it named a customer"`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				if err := on.Interaction.Delete(ctx, args[0], act); err != nil {
					return err
				}
				return s.result(map[string]string{"deleted": args[0]}, func(p *printer) { p.line("deleted %s", args[0]) })
			})
		},
	}
	actFlags(cmd, &act, true)
	return cmd
}

func interactionPruneCommand(s *shell) *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove the interactions that retention does not keep",
		Long: `Removes interactions older than interaction.keep_for and those beyond the newest
interaction.keep_last, and says how many. The service does so every hour. Each removal
is on record: atocore interaction prunings.`,
		Example: `  atocore interaction prune --dry-run
  atocore interaction prune`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				p, err := on.Interaction.Prune(ctx, dry)
				if err != nil {
					return err
				}
				v := viewPruning(p)
				v.DryRun = dry
				return s.result(v, func(out *printer) {
					verb := "removed"
					if dry {
						verb = "would remove"
					}
					out.line("%s %s (%s)", verb, counted(p.Removed, "interaction"), p.Reason)
				})
			})
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would go")
	return cmd
}

func interactionPruningsCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "prunings",
		Short:   "List what was removed of the interactions",
		Long:    "Lists when interactions were removed, how many and why, newest first, at most 100.",
		Example: `  atocore interaction prunings`,
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				list, err := on.Interaction.Prunings(ctx)
				if err != nil {
					return err
				}
				view := struct {
					Prunings []pruningView `json:"prunings"`
				}{[]pruningView{}}
				var rows [][]string
				for _, p := range list {
					view.Prunings = append(view.Prunings, viewPruning(p))
					rows = append(rows, []string{moment(p.At), strconv.Itoa(p.Removed), moment(p.Oldest), moment(p.Newest), p.Reason})
				}
				return s.result(view, func(p *printer) {
					if len(rows) == 0 {
						s.note("nothing was removed so far")
						return
					}
					p.table([]string{"AT", "REMOVED", "OLDEST", "NEWEST", "REASON"}, rows)
				})
			})
		},
	}
}

type pruningView struct {
	At      time.Time  `json:"at"`
	Removed int        `json:"removed"`
	Oldest  *time.Time `json:"oldest,omitempty"`
	Newest  *time.Time `json:"newest,omitempty"`
	Reason  string     `json:"reason"`
	DryRun  bool       `json:"dry_run,omitempty"`
}

func viewPruning(p domain.Pruning) pruningView {
	v := pruningView{At: p.At, Removed: p.Removed, Reason: p.Reason}
	if p.Removed > 0 {
		v.Oldest, v.Newest = &p.Oldest, &p.Newest
	}
	return v
}
