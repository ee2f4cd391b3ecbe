package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/eval"
)

type measuresView struct {
	NDCG10   float64 `json:"ndcg_10"`
	MRR10    float64 `json:"mrr_10"`
	Recall5  float64 `json:"recall_5"`
	Recall10 float64 `json:"recall_10"`
	Recall50 float64 `json:"recall_50"`
}

type latencyView struct {
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	Max float64 `json:"max_ms"`
}

type comparisonView struct {
	Measure     string  `json:"measure"`
	Base        float64 `json:"base"`
	Against     float64 `json:"against"`
	P           float64 `json:"p"`
	Significant bool    `json:"significant"`
	Better      int     `json:"better"`
	Same        int     `json:"same"`
	Poorer      int     `json:"poorer"`
}

type foundView struct {
	Expected    string   `json:"expected"`
	Grade       float64  `json:"grade"`
	Rank        int      `json:"rank"`
	AgainstRank *int     `json:"against_rank,omitempty"`
	Problem     string   `json:"problem,omitempty"`
	Nearest     []string `json:"nearest,omitempty"`
}

type outcomeView struct {
	ID       string        `json:"id"`
	Question string        `json:"question"`
	Project  string        `json:"project,omitempty"`
	Measures measuresView  `json:"measures"`
	Against  *measuresView `json:"against,omitempty"`
	Expected []foundView   `json:"expected"`
	Lost     []string      `json:"lost"` // not among the first ten
	Millis   float64       `json:"ms"`
	Degraded string        `json:"vector_degraded,omitempty"`
}

type evaluationView struct {
	Source      string           `json:"source"`
	Live        bool             `json:"live"`
	Documents   int              `json:"documents,omitempty"`
	Passages    int              `json:"passages,omitempty"`
	ImportMS    float64          `json:"import_ms,omitempty"`
	Unjudged    int              `json:"unjudged"`
	Unknown     int              `json:"unknown_documents"`
	Questions   int              `json:"questions"`
	Measures    measuresView     `json:"measures"`
	Against     *measuresView    `json:"against,omitempty"`
	Comparisons []comparisonView `json:"comparisons,omitempty"`
	Latency     latencyView      `json:"latency"`
	Each        []outcomeView    `json:"each"`
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func viewMeasures(m *eval.Measures) *measuresView {
	if m == nil {
		return nil
	}
	v := measuresView(*m)
	return &v
}

func viewComparison(c eval.Comparison) comparisonView {
	return comparisonView{c.Measure, c.Base, c.Against, c.P, c.Significant(), c.Better, c.Same, c.Poorer}
}

func viewEvaluation(r eval.Report) evaluationView {
	view := evaluationView{
		Source: r.Source, Live: r.Live, Documents: r.Documents, Passages: r.Passages, ImportMS: millis(r.Import),
		Unjudged: r.Unjudged, Unknown: r.Unknown, Questions: len(r.Outcomes),
		Measures: *viewMeasures(&r.Base), Against: viewMeasures(r.Against),
		Latency: latencyView{millis(r.Latency.P50), millis(r.Latency.P95), millis(r.Latency.Max)}, Each: []outcomeView{},
	}
	for _, c := range r.Comparisons {
		view.Comparisons = append(view.Comparisons, viewComparison(c))
	}
	for _, o := range r.Outcomes {
		v := outcomeView{
			ID: o.Question.ID, Question: o.Question.Text, Project: o.Question.Project, Measures: *viewMeasures(&o.Base),
			Against: viewMeasures(o.Against), Lost: []string{}, Millis: millis(o.Latency), Degraded: o.Degraded,
		}
		for _, f := range o.Found {
			found := foundView{Expected: f.Name, Grade: f.Grade, Rank: f.Rank, Problem: f.Problem, Nearest: f.Nearest}
			if r.Against != nil {
				found.AgainstRank = &f.AgainstRank
			}
			v.Expected = append(v.Expected, found)
		}
		for _, f := range o.Lost() {
			v.Lost = append(v.Lost, f.Name)
		}
		view.Each = append(view.Each, v)
	}
	return view
}

func (s *shell) showEvaluation(r eval.Report, worst int) error {
	if !s.json {
		s.warnEvaluation(r)
	}
	return s.result(viewEvaluation(r), func(p *printer) {
		if r.Live {
			p.line("%s, %s asked of the live store", p.bold(r.Source), counted(len(r.Outcomes), "question"))
		} else {
			p.line("%s, %s asked of %s in %s, imported in %v", p.bold(r.Source), counted(len(r.Outcomes), "question"),
				counted(r.Documents, "document"), counted(r.Passages, "passage"), r.Import.Round(time.Millisecond))
		}
		p.line("")
		p.measures(r)
		p.line("")
		p.line("%s p50 %.2f ms, p95 %.2f ms, longest %.2f ms", p.dim("latency"), millis(r.Latency.P50), millis(r.Latency.P95), millis(r.Latency.Max))
		p.worst(r, worst)
	})
}

// warnEvaluation says what weakens the result.
func (s *shell) warnEvaluation(r eval.Report) {
	warn := func(format string, args ...any) {
		s.note("%s %s", s.err.yellow("warning:"), fmt.Sprintf(format, args...))
	}
	if r.Unknown > 0 {
		warn("%s about documents that the collection lacks; they count as not found", counted(r.Unknown, "judgement"))
	}
	degraded := map[string]int{}
	for _, o := range r.Outcomes {
		if o.Degraded != "" {
			degraded[o.Degraded]++
		}
		for _, f := range o.Found {
			if f.Problem == "" {
				continue
			}
			hint := domain.DidYouMean(f.Nearest)
			if hint != "" {
				hint = "; " + hint
			}
			warn("question %s expects %q: %s%s", o.Question.ID, f.Name, f.Problem, hint)
		}
	}
	for why, n := range degraded {
		warn("%s answered by full text alone: %s", counted(n, "question"), why)
	}
}

func (p *printer) measures(r eval.Report) {
	var rows [][]string
	for i, m := range eval.AllMeasures() {
		row := []string{m.Name, fmt.Sprintf("%.4f", m.Of(r.Base))}
		if r.Against != nil {
			c := r.Comparisons[i]
			verdict := "within noise"
			switch {
			case c.Significant() && c.Against > c.Base:
				verdict = "better"
			case c.Significant():
				verdict = "poorer"
			}
			row = append(row, fmt.Sprintf("%.4f", c.Against), fmt.Sprintf("%+.4f", c.Against-c.Base), fmt.Sprintf("%.4f", c.P),
				fmt.Sprintf("%d/%d/%d", c.Better, c.Same, c.Poorer), verdict)
		}
		rows = append(rows, row)
	}
	header := []string{"MEASURE", "NOW"}
	if r.Against != nil {
		header = append(header, "AGAINST", "DIFFERENCE", "P", "BETTER/SAME/POORER", "VERDICT")
	}
	p.table(header, rows)
}

// worst lists the questions that lost most, with what they lost.
func (p *printer) worst(r eval.Report, most int) {
	lossy := slices.DeleteFunc(slices.Clone(r.Outcomes), func(o eval.Outcome) bool { return len(o.Lost()) == 0 })
	slices.SortStableFunc(lossy, func(a, b eval.Outcome) int { return cmp.Compare(a.Base.NDCG10, b.Base.NDCG10) })
	if len(lossy) == 0 {
		p.line("every question finds all that it expects among the first ten")
		return
	}
	shown := lossy[:min(most, len(lossy))]
	if len(shown) == 0 {
		return
	}
	p.line("")
	p.line("%s of %d that do not find all they expect among the first ten:", counted(len(shown), "question"), len(lossy))
	for _, o := range shown {
		p.line("  %s  %s  %s", p.dim(fmt.Sprintf("%.3f", o.Base.NDCG10)), p.bold(o.Question.ID), gist(o.Question.Text))
		var parts []string
		for _, f := range o.Lost() {
			at := "not found"
			if f.Rank > 0 {
				at = fmt.Sprintf("at %d", f.Rank)
			}
			parts = append(parts, fmt.Sprintf("%s (%s)", f.Name, at))
		}
		if len(parts) > 5 {
			parts = append(parts[:5], fmt.Sprintf("and %d more", len(parts)-5))
		}
		p.line("         lost %s", strings.Join(parts, ", "))
	}
}

// gist is the beginning of a question, which may be a page.
func gist(question string) string { return runewidth.Truncate(oneLine(question), 80, "…") }
