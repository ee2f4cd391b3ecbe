package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/atocore/atocore/domain"
)

func queryCommand(s *shell) *cobra.Command {
	var q domain.Query
	var kinds []string
	var full bool
	var then, mode string
	cmd := &cobra.Command{
		Use:   "query PROMPT",
		Short: "Find the passages that bear on a prompt",
		Long: `Prints passages of ingested documents and memories, best first, each with its place
(path and lines), heading, score and a snippet. Several arguments make one prompt;
without any, or with -, the prompt is read from standard input.

--project takes a name or an alias; an unknown one is an error, and never a search
of everything. --explain shows how each score came about. The weights that rank
results can be tried out with the --rank-* flags. --mode text asks full text alone and
embeds nothing. --why-not takes a document
(path, or path:line), chunk or memory that you expected, and explains what became of
it: its rank and score beside the last result, and what it lacked. Finding nothing is
not a failure: the exit code is 0 and no result is printed.

--as-of answers from the memories as they stood then, without documents, which are
kept in their present form only. Lines of documents that say what a superseded or
rejected memory said are marked.`,
		Example: `  atocore query "how do we deploy"
  atocore query --project handbook --top-k 3 how do we roll back
  atocore query --explain --rank-query-token-cap 1.5 "who is on call"
  atocore query --why-not onboarding.md "who is on call"
  atocore query --mode text "ERR_TIMEOUT"
  atocore query --as-of 2026-04-09T06:00:00Z "who is on call"
  echo "what is left to do" | atocore query --json -`,
		Args: takes(0, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if q.Prompt, err = s.prompt(cmd, args); err != nil {
				return err
			}
			for _, k := range kinds {
				q.Kinds = append(q.Kinds, domain.PassageKind(k))
				if k != string(domain.PassageMemory) && k != string(domain.PassageChunk) {
					return domain.Invalid("unknown kind %q", k).WithField("kind").WithHint("one of chunk, memory")
				}
			}
			if q.Mode, err = domain.ParseQueryMode(mode); err != nil {
				return err
			}
			if then != "" {
				if q.AsOf, err = asOf(then); err != nil {
					return err
				}
			}
			if cmd.Flags().Changed("why-not") && strings.TrimSpace(q.WhyNot) == "" {
				return domain.Invalid("--why-not is empty").WithField("why_not").WithHint("give a path, path:line or id")
			}
			if cmd.Flags().Changed("top-k") && q.TopK == 0 {
				return domain.Invalid("top_k 0 is out of range").WithField("top_k").
					WithHint("give a number from 1 to %d", domain.MaxTopK)
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				answer, err := on.Query.Query(ctx, q)
				if err != nil {
					return err
				}
				return s.showAnswer(q, answer, full)
			})
		},
	}
	cmd.Flags().StringVar(&q.Project, "project", "", "only this project and what belongs to none; name or alias")
	cmd.Flags().IntVar(&q.TopK, "top-k", domain.DefaultTopK, fmt.Sprintf("how many passages at most, 1 to %d", domain.MaxTopK))
	cmd.Flags().Float64Var(&q.MinScore, "min-score", 0, fmt.Sprintf("leave out what scores less, 0 to %d; a score means the same for every question", domain.MaxMinScore))
	cmd.Flags().StringSliceVar(&kinds, "kind", nil, "only this kind: chunk, memory")
	cmd.Flags().StringVar(&mode, "mode", string(domain.ModeHybrid), "what answers: hybrid (full text and vectors), or text (full text alone)")
	cmd.Flags().BoolVar(&q.Explain, "explain", false, "show how each score came about")
	cmd.Flags().StringVar(&q.WhyNot, "why-not", "", "explain what became of this: a path, path:line or id that was expected")
	cmd.Flags().StringVar(&then, "as-of", "", "answer from the memories as they stood at this time, such as 2026-04-09T06:00:00Z")
	cmd.Flags().BoolVar(&full, "full", false, "print passages whole")
	s.settings(cmd, false, "rank.")
	return cmd
}

func (s *shell) prompt(cmd *cobra.Command, args []string) (string, error) {
	if given := strings.Join(args, " "); len(args) > 0 && given != "-" {
		return given, nil
	}
	if f, ok := s.app.In.(*os.File); ok && len(args) == 0 && term.IsTerminal(int(f.Fd())) {
		return "", usage(cmd, "%s needs a prompt", cmd.CommandPath())
	}
	return s.input("-", domain.MaxPromptBytes)
}

// resultView is a result as --json prints it, with the names of the HTTP API.
type resultView struct {
	ID          string           `json:"id"`
	Kind        string           `json:"kind"`
	Tier        string           `json:"tier"`
	Score       float64          `json:"score"`
	Project     string           `json:"project"`
	Root        string           `json:"root,omitempty"`
	Path        string           `json:"path,omitempty"`
	Title       string           `json:"title,omitempty"`
	Heading     string           `json:"heading,omitempty"`
	StartLine   int              `json:"start_line,omitempty"`
	EndLine     int              `json:"end_line,omitempty"`
	MemoryType  string           `json:"memory_type,omitempty"`
	Confidence  *float64         `json:"confidence,omitempty"`
	Content     string           `json:"content"`
	Superseded  []outdatedView   `json:"superseded,omitempty"`
	Explanation *explanationView `json:"explanation,omitempty"`
}

type outdatedView struct {
	StartLine    int    `json:"start_line"`
	EndLine      int    `json:"end_line"`
	Memory       string `json:"memory"`
	Status       string `json:"status"`
	SupersededBy string `json:"superseded_by,omitempty"`
}

func viewOutdated(list []domain.Outdated) []outdatedView {
	var out []outdatedView
	for _, o := range list {
		out = append(out, outdatedView{o.StartLine, o.EndLine, o.Memory, string(o.Status), o.SupersededBy})
	}
	return out
}

type explanationView struct {
	Signals []contributionView `json:"signals"`
	Base    float64            `json:"base"`
	Factors []contributionView `json:"factors"`
	Score   float64            `json:"score"`
}

type contributionView struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Detail string  `json:"detail,omitempty"`
}

type answerView struct {
	Results        []resultView `json:"results"`
	Project        string       `json:"project,omitempty"`
	Hinted         []string     `json:"hinted,omitempty"`
	TextCandidates int          `json:"text_candidates"`
	AsOf           *time.Time   `json:"as_of,omitempty"`
	Incomplete     string       `json:"incomplete,omitempty"`
	VectorDegraded string       `json:"vector_degraded,omitempty"`
	Mode           string       `json:"mode,omitempty"`
	WhyNot         *whyNotView  `json:"why_not,omitempty"`
}

func viewAnswer(a domain.Answer) answerView {
	view := answerView{
		Results: []resultView{}, Project: a.Project, Hinted: a.Hinted,
		TextCandidates: a.TextCandidates, VectorDegraded: a.VectorDegraded, WhyNot: viewWhyNot(a.WhyNot),
		Incomplete: a.Incomplete,
	}
	if !a.AsOf.IsZero() {
		view.AsOf = &a.AsOf
	}
	if a.Mode == domain.ModeText {
		view.Mode = string(a.Mode)
	}
	for _, r := range a.Results {
		view.Results = append(view.Results, viewResult(r))
	}
	return view
}

func viewResult(r domain.Result) resultView {
	v := resultView{
		ID: r.ID, Kind: string(r.Kind), Tier: string(r.Tier()), Superseded: viewOutdated(r.Outdated), Score: r.Score, Project: r.Project, Root: r.Root, Path: r.Path,
		Title: r.Title, Heading: r.Heading, StartLine: r.StartLine, EndLine: r.EndLine,
		MemoryType: string(r.Type), Content: r.Content,
	}
	if r.Kind == domain.PassageMemory {
		v.Confidence = &r.Confidence
	}
	if e := r.Explanation; e != nil {
		v.Explanation = &explanationView{
			Signals: viewContributions(e.Signals), Base: e.Base,
			Factors: viewContributions(e.Factors), Score: e.Score,
		}
	}
	return v
}

func viewContributions(list []domain.Contribution) []contributionView {
	out := make([]contributionView, len(list))
	for i, c := range list {
		out[i] = contributionView(c)
	}
	return out
}

func (s *shell) showAnswer(q domain.Query, a domain.Answer, full bool) error {
	if !s.json && a.VectorDegraded != "" {
		s.note("%s the answer rests on full text alone: %s", s.err.yellow("warning:"), a.VectorDegraded)
	}
	if !s.json && a.Incomplete != "" {
		s.note("%s", a.Incomplete)
	}
	return s.result(viewAnswer(a), func(p *printer) {
		if len(a.Results) == 0 {
			s.note("nothing matches")
		}
		tokens := domain.Tokens(q.Prompt)
		for i, r := range a.Results {
			if i > 0 {
				p.line("")
			}
			p.line("%d. %s  %s", i+1, p.bold(place(r.Passage)), p.dim(fmt.Sprintf("%.3f", r.Score)))
			if about := about(r.Passage); about != "" {
				p.line("   %s", p.cyan(about))
			}
			for _, o := range r.Outdated {
				p.line("   %s", p.yellow(outdated(o)))
			}
			if r.Explanation != nil {
				p.explain(*r.Explanation)
			}
			for _, line := range snippet(r.Content, tokens, full) {
				p.line("   %s %s", p.dim("|"), p.cut(line, 5))
			}
		}
		if a.WhyNot != nil {
			if len(a.Results) > 0 {
				p.line("")
			}
			p.whyNot(*a.WhyNot)
		}
	})
}

// outdated says which lines do not hold any more.
func outdated(o domain.Outdated) string {
	text := fmt.Sprintf("%s: line %d says what memory %s said", o.Status, o.StartLine, o.Memory)
	if o.EndLine > o.StartLine {
		text = fmt.Sprintf("%s: lines %d-%d say what memory %s said", o.Status, o.StartLine, o.EndLine, o.Memory)
	}
	if o.SupersededBy != "" {
		text += "; now see memory " + o.SupersededBy
	}
	return text
}

// place is what to cite: the path with its lines, or the memory.
func place(p domain.Passage) string {
	if p.Kind == domain.PassageMemory {
		return "memory " + p.ID
	}
	if p.StartLine == p.EndLine {
		return fmt.Sprintf("%s:%d", p.Path, p.StartLine)
	}
	return fmt.Sprintf("%s:%d-%d", p.Path, p.StartLine, p.EndLine)
}

// about says what else helps to judge the passage.
func about(p domain.Passage) string {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	add(string(p.Tier()))
	if p.Kind == domain.PassageMemory {
		add(string(p.Type))
		add(p.Project)
		add("confidence " + number(p.Confidence))
		return strings.Join(parts, ", ")
	}
	from := p.Project
	if p.Root != "" {
		from += "/" + p.Root
	}
	add(from)
	add(p.Heading)
	return strings.Join(parts, "  ")
}

// explain prints a score as the product that it is.
func (p *printer) explain(e domain.Explanation) {
	var signals, factors []string
	for _, c := range e.Signals {
		signals = append(signals, contribution(c))
	}
	for _, c := range e.Factors {
		factors = append(factors, " × "+contribution(c))
	}
	p.line("   %s %.4f = %.4f%s", p.dim("score"), e.Score, e.Base, strings.Join(factors, ""))
	p.line("   %s  %.4f = %s", p.dim("base"), e.Base, strings.ReplaceAll(strings.Join(signals, " + "), "+ -", "− "))
}

func contribution(c domain.Contribution) string {
	text := fmt.Sprintf("%.4g %s", c.Value, c.Name)
	if c.Detail != "" {
		text += " (" + oneLine(c.Detail) + ")"
	}
	return text
}

const snippetLines = 6

// snippet returns the lines to show: all, or those around the line with the most
// words of the prompt. Blank lines are left out of a part.
func snippet(content string, tokens []string, full bool) []string {
	lines := strings.Split(strings.Trim(content, "\n"), "\n")
	if full || len(lines) <= snippetLines {
		return lines
	}
	best, most := 0, 0
	for i, line := range lines {
		if n := shared(line, tokens); n > most {
			best, most = i, n
		}
	}
	var out []string
	from := min(max(0, best-1), len(lines)-snippetLines)
	if from > 0 {
		out = append(out, "…")
	}
	for _, line := range lines[from : from+snippetLines] {
		if strings.TrimSpace(line) != "" {
			out = append(out, line)
		}
	}
	if from+snippetLines < len(lines) {
		out = append(out, "…")
	}
	return out
}

// shared counts the tokens that the line holds, in whatever inflection.
func shared(line string, tokens []string) int {
	present := map[string]bool{}
	for _, w := range domain.Words(line) {
		present[string(domain.Stem([]rune(w)))] = true
	}
	n := 0
	for _, t := range tokens {
		if present[string(domain.Stem([]rune(t)))] {
			n++
		}
	}
	return n
}
