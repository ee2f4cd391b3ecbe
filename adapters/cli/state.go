package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
)

func stateCommand(s *shell) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "state",
		Short: "Set and look up what holds for a project",
		Long: `The state of a project is a small set of keyed facts that a person set: the current
phase, decisions, owners. It is trusted over memories, and these over documents.
Nothing is overwritten: every value that ever held stays in the history of its key.`,
		Example: `  atocore state set handbook phase "review"
  atocore state list handbook`,
	})
	cmd.AddCommand(stateSetCommand(s), stateListCommand(s), stateRemoveCommand(s), stateHistoryCommand(s))
	return cmd
}

type factView struct {
	Project string    `json:"project"`
	Key     string    `json:"key"`
	Value   string    `json:"value"`
	Removed bool      `json:"removed,omitempty"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

func (s *shell) showFacts(facts []domain.Fact) error {
	view := struct {
		State []factView `json:"state"`
	}{State: []factView{}}
	var rows [][]string
	for _, f := range facts {
		view.State = append(view.State, factView{f.Project, f.Key, f.Value, f.Removed, f.By, f.Reason, f.At})
		value := f.Value
		if f.Removed {
			value = "(removed)"
		}
		rows = append(rows, []string{f.Key, moment(f.At), f.By, f.Reason, value})
	}
	return s.result(view, func(p *printer) {
		if len(rows) == 0 {
			s.note("nothing is set")
			return
		}
		p.table([]string{"KEY", "SINCE", "BY", "REASON", "VALUE"}, rows)
	})
}

func stateSetCommand(s *shell) *cobra.Command {
	var act domain.Act
	cmd := &cobra.Command{
		Use:     "set PROJECT KEY VALUE",
		Short:   "Set what holds for a key",
		Long:    "Sets what holds for a key from now on. With - as VALUE it is read from standard input.",
		Example: `  atocore state set handbook owner "Ada" --reason "handed over by Bob"`,
		Args:    takes(3, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			value, err := s.input(args[2], domain.MaxFactBytes)
			if err != nil {
				return err
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				f, err := on.State.Set(ctx, args[0], args[1], value, act)
				if err != nil {
					return err
				}
				return s.showFacts([]domain.Fact{f})
			})
		},
	}
	actFlags(cmd, &act, true)
	return cmd
}

func stateListCommand(s *shell) *cobra.Command {
	var then string
	cmd := &cobra.Command{
		Use:     "list PROJECT",
		Short:   "List what holds for a project",
		Long:    "Lists what holds for a project, in order of key; with --as-of, what held then.",
		Example: `  atocore state list handbook`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var at time.Time
			if then != "" {
				var err error
				if at, err = asOf(then); err != nil {
					return err
				}
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				facts, err := on.State.List(ctx, args[0], at)
				if err != nil {
					return err
				}
				return s.showFacts(facts)
			})
		},
	}
	cmd.Flags().StringVar(&then, "as-of", "", "what held at this time, such as 2026-04-09T06:00:00Z")
	return cmd
}

func stateRemoveCommand(s *shell) *cobra.Command {
	var act domain.Act
	cmd := &cobra.Command{
		Use:     "remove PROJECT KEY",
		Short:   "End what holds for a key",
		Long:    "Ends what holds for a key. Its history stays.",
		Example: `  atocore state remove handbook phase`,
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				if err := on.State.Remove(ctx, args[0], args[1], act); err != nil {
					return err
				}
				return s.result(map[string]string{"removed": args[1]}, func(p *printer) { p.line("removed %s", args[1]) })
			})
		},
	}
	actFlags(cmd, &act, true)
	return cmd
}

func stateHistoryCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "history PROJECT KEY",
		Short:   "List everything that ever held for a key",
		Long:    "Lists everything that ever held for a key, oldest first.",
		Example: `  atocore state history handbook phase`,
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				facts, err := on.State.History(ctx, args[0], args[1])
				if err != nil {
					return err
				}
				return s.showFacts(facts)
			})
		},
	}
}
