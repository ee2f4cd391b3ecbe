package cli

import (
	"fmt"
	"strings"

	"github.com/atocore/atocore/domain"
)

// whyNotView is what became of an expected passage, with the names of the HTTP API.
type whyNotView struct {
	Expected    string           `json:"expected"`
	Verdict     string           `json:"verdict"`
	Reason      string           `json:"reason"`
	Nearest     []string         `json:"nearest,omitempty"`
	Passages    int              `json:"passages"`
	Passage     *resultView      `json:"passage,omitempty"`
	Rank        int              `json:"rank"`
	Ranked      int              `json:"ranked"`
	TextScore   float64          `json:"text_score"`
	Cosine      float64          `json:"cosine"`
	Holds       []string         `json:"holds"`
	Lacks       []string         `json:"lacks"`
	Last        *resultView      `json:"last,omitempty"`
	Differences []differenceView `json:"differences"`
}

type differenceView struct {
	Name     string  `json:"name"`
	Kind     string  `json:"kind"`
	Expected float64 `json:"expected"`
	Last     float64 `json:"last"`
	Detail   string  `json:"detail,omitempty"`
}

func viewWhyNot(w *domain.WhyNot) *whyNotView {
	if w == nil {
		return nil
	}
	view := &whyNotView{
		Expected: w.Expected, Verdict: string(w.Verdict), Reason: w.Reason, Nearest: w.Nearest, Passages: w.Passages,
		Rank: w.Rank, Ranked: w.Ranked, TextScore: w.TextScore, Cosine: w.Cosine,
		Holds: append([]string{}, w.Holds...), Lacks: append([]string{}, w.Lacks...), Differences: []differenceView{},
	}
	if w.Passage != nil {
		r := domain.Result{Passage: *w.Passage, Explanation: w.Explanation}
		if w.Explanation != nil {
			r.Score = w.Explanation.Score
		}
		v := viewResult(r)
		view.Passage = &v
	}
	if w.Last != nil {
		v := viewResult(*w.Last)
		view.Last = &v
	}
	for _, g := range w.Behind {
		view.Differences = append(view.Differences, differenceView{g.Name, gapKind(g), g.Expected, g.Last, g.Detail})
	}
	return view
}

func gapKind(g domain.Gap) string {
	if g.Factor {
		return "factor"
	}
	return "signal"
}

// whyNot tells a person what became of what was expected.
func (p *printer) whyNot(w domain.WhyNot) {
	p.line("%s %s", p.bold("why not"), p.bold(w.Expected))
	mark := p.yellow
	if w.Verdict == domain.WhyNotAnswered {
		mark = p.green
	}
	p.line("   %s: %s", mark(strings.ReplaceAll(string(w.Verdict), "_", " ")), w.Reason)
	if hint := domain.DidYouMean(w.Nearest); hint != "" {
		p.line("   %s", hint)
	}
	if w.Passage == nil {
		return
	}
	which := place(*w.Passage)
	if w.Passages > 1 {
		which += fmt.Sprintf(", which came farthest of %d passages", w.Passages)
	}
	p.line("   %s %s", p.dim("passage"), which)
	if w.Verdict == domain.WhyNotOutOfScope {
		return
	}
	if len(w.Holds) > 0 {
		p.line("   %s   %s", p.dim("holds"), strings.Join(w.Holds, " "))
	}
	if len(w.Lacks) > 0 {
		p.line("   %s   %s", p.dim("lacks"), strings.Join(w.Lacks, " "))
	}
	if w.Explanation != nil {
		p.explain(*w.Explanation)
	}
	if w.Last == nil {
		return
	}
	what := "the last result"
	if w.Verdict == domain.WhyNotAnswered {
		what = "the one above"
	}
	p.line("   beside %s, %s, with %.4f:", what, p.bold(place(w.Last.Passage)), w.Last.Score)
	for _, g := range w.Behind {
		sign, note := "+", "less"
		if g.Factor {
			sign = "×"
		}
		if g.Expected > g.Last {
			note = "more"
		}
		text := fmt.Sprintf("     %s %-24s %.4g against %.4g, %s", sign, g.Name, g.Expected, g.Last, note)
		if g.Detail != "" {
			text += "  (" + oneLine(g.Detail) + ")"
		}
		p.line("%s", text)
	}
}
