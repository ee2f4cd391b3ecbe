package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/eval"
	"github.com/atocore/atocore/domain/tune"
)

func tuneCommand(s *shell) *cobra.Command {
	var o tune.Options
	var effects int
	cmd := &cobra.Command{
		Use:   "tune FILE|FOLDER",
		Short: "Search ranking weights that answer your questions better",
		Long: fmt.Sprintf(`Takes what atocore eval takes: a file of your own questions about the live store,
which is only read, or the folder of a judged collection. Asks every question once,
ranks what was found by many weights, and looks for those with the best nDCG@10.

Weights that fit the questions they were found on prove nothing. So the questions
are parted into %d folds; for each, weights are found on the others and tried on it.
Only when that beats the present weights by more than chance (a paired randomisation
test, p < %v) are weights recommended; then the YAML to paste is printed, with what
each question would gain or lose. It takes at least %d questions, and many more to
see a small gain. Nothing is changed. The same seed gives the same answer.`, tune.Folds, eval.Significant, tune.MinQuestions),
		Example: `  atocore tune questions.yaml
  atocore tune --seed 7 --limit 30s ./collections/cisi`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Limit < time.Second || o.Limit > time.Hour {
				return domain.Invalid("--limit %v is out of range", o.Limit).WithField("limit").WithHint("give a duration from 1s to 1h")
			}
			from, need, err := readSource(args[0])
			if err != nil {
				return err
			}
			return s.with(cmd, need, func(ctx context.Context, on *Services) error {
				g := s.progress()
				o.Progress = g.stages
				report, err := on.Tune.Tune(ctx, from, o)
				g.done()
				if err != nil {
					return err
				}
				return s.showTuning(report, effects)
			})
		},
	}
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "decides the folds, the draws of the search and those of the test")
	cmd.Flags().DurationVar(&o.Limit, "limit", tune.DefaultLimit, "how long to search at most, 1s to 1h; a search that was cut short depends on the machine")
	cmd.Flags().IntVar(&effects, "effects", 10, "how many of the questions that gain or lose most to list")
	s.settings(cmd, false, "rank.", "ingest.chunk_size")
	return cmd
}

type effectView struct {
	ID       string  `json:"id"`
	Question string  `json:"question"`
	Present  float64 `json:"present"`
	Found    float64 `json:"found"`
}

type tuningView struct {
	Source      string         `json:"source"`
	Live        bool           `json:"live"`
	Questions   int            `json:"questions"`
	Tried       int            `json:"tried"`
	Cut         bool           `json:"cut_short"`
	Recommended bool           `json:"recommended"`
	Why         string         `json:"why"`
	Change      map[string]any `json:"change"`
	YAML        string         `json:"yaml,omitempty"`
	HeldOut     comparisonView `json:"held_out"`
	Fitted      comparisonView `json:"fitted"`
	Effects     []effectView   `json:"effects"`
}

func (s *shell) showTuning(r tune.Report, most int) error {
	view := tuningView{
		Source: r.Source, Live: r.Live, Questions: r.Questions, Tried: r.Tried, Cut: r.Cut,
		Recommended: r.Recommended, Why: r.Why, Change: map[string]any{},
		HeldOut: viewComparison(r.HeldOut), Fitted: viewComparison(r.Fitted), Effects: []effectView{},
	}
	for key, v := range r.Change.Numbers {
		view.Change[key] = v
	}
	if r.Recommended {
		view.YAML = eval.WriteWeights(r.Change)
	}
	for _, e := range r.Effects {
		view.Effects = append(view.Effects, effectView{e.Question.ID, e.Question.Text, e.Present, e.Found})
	}
	return s.result(view, func(p *printer) {
		p.line("%s: %s, %s tried", p.bold(r.Source), counted(r.Questions, "question"), counted(r.Tried, "set")+" of weights")
		if r.Cut {
			s.note("%s the search was cut short by --limit", s.err.yellow("warning:"))
		}
		p.line("")
		row := func(name string, c eval.Comparison) []string {
			return []string{
				name, fmt.Sprintf("%.4f", c.Base), fmt.Sprintf("%.4f", c.Against), fmt.Sprintf("%+.4f", c.Against-c.Base),
				fmt.Sprintf("%.4f", c.P), fmt.Sprintf("%d/%d/%d", c.Better, c.Same, c.Poorer),
			}
		}
		p.table([]string{"NDCG@10", "PRESENT", "FOUND", "DIFFERENCE", "P", "BETTER/SAME/POORER"},
			[][]string{row("held out", r.HeldOut), row("fitted", r.Fitted)})
		p.line("")
		if !r.Recommended {
			p.line("%s %s", p.yellow("no recommendation:"), r.Why)
			return
		}
		p.line("%s %s; paste into the configuration:", p.green("recommended:"), r.Why)
		p.line("")
		p.raw(eval.WriteWeights(r.Change))
		p.effects(r, most)
	})
}

// effects lists the questions that gain most, and those that lose most.
func (p *printer) effects(r tune.Report, most int) {
	if most <= 0 || len(r.Effects) == 0 {
		return
	}
	p.line("")
	p.line("questions that change, %d of %d, by nDCG@10:", len(r.Effects), r.Questions)
	list := r.Effects
	if len(list) > most {
		head := (most + 1) / 2
		list = append(append([]tune.Effect{}, list[:head]...), list[len(list)-(most-head):]...)
	}
	for _, e := range list {
		style := p.green
		if e.Gain() < 0 {
			style = p.red
		}
		p.line("  %s  %.3f → %.3f  %s  %s", style(fmt.Sprintf("%+.3f", e.Gain())), e.Present, e.Found, e.Question.ID,
			gist(e.Question.Text))
	}
}
