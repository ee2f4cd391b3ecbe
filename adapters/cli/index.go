package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/index"
)

// idsShown is how many ids of each fault a person is shown; --json has all.
const idsShown = 20

func indexCommand(s *shell) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "index",
		Short: "Look after the vectors that text is found by",
		Long: `Vectors are made from the text and can be made again: a lost, damaged or outdated
index costs time, never data. With vector.driver chroma they are kept apart, and
follow the text through a queue in the database.`,
		Example: `  atocore index status
  atocore index verify --repair
  atocore index rebuild --embedding-provider ollama --embedding-model bge-m3`,
	})
	cmd.AddCommand(indexStatusCommand(s), indexReceiptCommand(s), indexVerifyCommand(s), indexRebuildCommand(s))
	s.settings(cmd, true, "vector.", "chroma.", "embedding.")
	return cmd
}

type generationView struct {
	Name      string `json:"name"`
	Model     string `json:"model"`
	Dimension int    `json:"dimension"`
	Ready     bool   `json:"ready"`
	InUse     bool   `json:"in_use"`
	Waiting   int    `json:"waiting"`
}

func viewGeneration(g domain.Generation) generationView {
	return generationView{Name: g.Name, Model: g.Model.Name, Dimension: g.Model.Dimension, Ready: g.Ready}
}

func indexStatusCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show which indexes there are, and how far each is behind",
		Long: `Shows the indexes, which of them answers queries, and how many passages wait to be
carried over to it. Reads no vectors: for that see "atocore index verify".`,
		Example: `  atocore index status
  atocore index status --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				status, err := on.Index.Status(ctx)
				if err != nil {
					return err
				}
				return s.showIndexStatus(status)
			})
		},
	}
}

func (s *shell) showIndexStatus(status domain.IndexStatus) error {
	view := struct {
		Driver    string           `json:"driver"`
		Model     string           `json:"model"`
		Dimension int              `json:"dimension"`
		Passages  int              `json:"passages"`
		Problem   string           `json:"problem,omitempty"`
		Indexes   []generationView `json:"indexes"`
	}{status.Driver, status.Model.Name, status.Model.Dimension, status.Passages, status.Problem, []generationView{}}
	var rows [][]string
	for _, g := range status.Generations {
		v := viewGeneration(g.Generation)
		v.InUse, v.Waiting = g.InUse, g.Waiting
		view.Indexes = append(view.Indexes, v)
		state := "kept"
		switch {
		case g.InUse:
			state = "in use"
		case !g.Ready:
			state = "being built"
		}
		rows = append(rows, []string{g.Name, g.Model.Name, strconv.Itoa(g.Model.Dimension), state, strconv.Itoa(g.Waiting)})
	}
	return s.result(view, func(p *printer) {
		p.fields([2]string{"driver", status.Driver}, [2]string{"model", status.Model.Name},
			[2]string{"passages", humanize.Comma(int64(status.Passages))}, [2]string{"problem", status.Problem})
		p.table([]string{"INDEX", "MODEL", "DIMENSION", "STATE", "WAITING"}, rows)
	})
}

func indexVerifyCommand(s *shell) *cobra.Command {
	var repair bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare the index with the text, record by record",
		Long: `Compares the index in use with the text: what is missing in it, what it holds of
texts that are no more (orphaned), and what was made from another text (stale). What
is known to wait for its turn is no fault. With --repair the faults are put right.

The exit code is 3 when there are faults that were not repaired.`,
		Example: `  atocore index verify
  atocore index verify --repair --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				check, err := on.Index.Verify(ctx)
				if err != nil {
					return err
				}
				repaired := repair && !check.Sound()
				if repaired {
					bar := s.progress()
					_, err := on.Index.Repair(ctx, check, bar.index)
					bar.done()
					if err != nil {
						return err
					}
				}
				if err := s.showIndexCheck(check, repaired); err != nil {
					return err
				}
				if check.Sound() || repaired {
					return nil
				}
				return domain.Corrupt("the vector index differs from the text").
					WithHint("put it right with: atocore index verify --repair")
			})
		},
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "make what is missing or stale, and remove what is orphaned")
	return cmd
}

func (s *shell) showIndexCheck(check domain.IndexCheck, repaired bool) error {
	list := func(ids []string) []string { return append([]string{}, ids...) }
	view := struct {
		Index    generationView `json:"index"`
		Passages int            `json:"passages"`
		Records  int            `json:"records"`
		Waiting  int            `json:"waiting"`
		Missing  []string       `json:"missing"`
		Orphaned []string       `json:"orphaned"`
		Stale    []string       `json:"stale"`
		Repaired bool           `json:"repaired"`
	}{
		viewGeneration(check.Generation), check.Passages, check.Records, check.Waiting,
		list(check.Missing), list(check.Orphaned), list(check.Stale), repaired,
	}
	view.Index.InUse, view.Index.Waiting = true, check.Waiting
	return s.result(view, func(p *printer) {
		p.line("%s: %s, %s in the index, %d waiting", p.bold(check.Generation.Name),
			counted(check.Passages, "passage"), counted(check.Records, "record"), check.Waiting)
		for _, fault := range []struct {
			what string
			ids  []string
		}{{"missing", check.Missing}, {"orphaned", check.Orphaned}, {"stale", check.Stale}} {
			p.line("%s %d", fault.what, len(fault.ids))
			for _, id := range fault.ids[:min(len(fault.ids), idsShown)] {
				p.line("  %s", id)
			}
			if more := len(fault.ids) - idsShown; more > 0 {
				p.line("  … and %d more; --json lists them", more)
			}
		}
		if repaired {
			p.line("%s", p.green("repaired"))
		}
	})
}

func indexRebuildCommand(s *shell) *cobra.Command {
	var o index.RebuildOptions
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Make the index anew from the text, beside the present one",
		Long: `Fills a new index from the text while the present one goes on answering, and puts
it to use when it is whole. Interrupted, it goes on where it was; --fresh begins
anew.

To change the embedding model, name the new one by flags or in the configuration:
the former index is kept in Chroma, and fed as long as somebody uses it, so that
going back is a change of configuration. --prune removes those of other models.
With vector.driver sqlite the former vectors are removed at once, and vectors that
are there for the configured model are kept.`,
		Example: `  atocore index rebuild
  atocore index rebuild --embedding-provider ollama --embedding-model bge-m3
  atocore index rebuild --prune`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				bar := s.progress()
				o.Report = bar.index
				result, err := on.Index.Rebuild(ctx, o)
				bar.done()
				if err != nil {
					return err
				}
				return s.showRebuild(result)
			})
		},
	}
	cmd.Flags().BoolVar(&o.Fresh, "fresh", false, "drop what an interrupted rebuild made")
	cmd.Flags().BoolVar(&o.Prune, "prune", false, "afterwards remove the indexes of other models")
	return cmd
}

func (s *shell) showRebuild(r domain.IndexResult) error {
	view := struct {
		Index  generationView   `json:"index"`
		Stored int              `json:"stored"`
		Kept   []generationView `json:"kept"`
	}{viewGeneration(r.Generation), r.Stored, []generationView{}}
	view.Index.InUse = true
	for _, g := range r.Former {
		view.Kept = append(view.Kept, viewGeneration(g))
	}
	return s.result(view, func(p *printer) {
		p.line("%s of %s is in use, with %s made now", p.bold(r.Generation.Name), r.Generation.Model.Name,
			counted(r.Stored, "vector"))
		for _, g := range r.Former {
			p.line("%s of %s is kept", g.Name, g.Model.Name)
		}
	})
}

// index shows passages being indexed.
func (g *progress) index(i domain.IndexProgress) {
	if g.p == nil {
		return
	}
	g.show(false, func(now time.Time) string {
		rate := ""
		if took := now.Sub(g.started).Seconds(); took > 0 {
			rate = fmt.Sprintf(", %s a second", humanize.Comma(int64(float64(i.Done)/took)))
		}
		return fmt.Sprintf("%s of %s passages%s", humanize.Comma(int64(i.Done)), humanize.Comma(int64(i.Total)), rate)
	})
}
