package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/pack"
)

func contextCommand(s *shell) *cobra.Command {
	var r pack.Request
	var then string
	var trace bool
	cmd := &cobra.Command{
		Use:   "context PROMPT",
		Short: "Make a context pack within a budget of tokens",
		Long: `Prints, as Markdown for an agent's prompt, what is stored that bears on what it is
about to do: state of the project, memories and excerpts of documents, each quoted
behind a fence with its tier and where it comes from. The whole of it never has more
tokens than the budget, and a larger budget never removes anything. Several arguments
make one prompt; without any, or with -, the prompt is read from standard input.

--as-of makes the pack of state and memories as they stood then, without documents.
--trace tells on standard error what bears on the prompt and was left out, and why;
--json has both forms and the trace.`,
		Example: `  atocore context "set up the deployment" --project handbook --budget 1000
  atocore context --trace --project handbook who is on call
  echo "write the release notes" | atocore context --json -`,
		Args: takes(0, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if r.Prompt, err = s.prompt(cmd, args); err != nil {
				return err
			}
			if cmd.Flags().Changed("budget") {
				if err := pack.CheckBudget(r.Budget); err != nil {
					return err
				}
			}
			if then != "" {
				if r.AsOf, err = asOf(then); err != nil {
					return err
				}
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				p, err := on.Pack.Pack(ctx, r)
				if err != nil {
					return err
				}
				return s.showPack(p, trace)
			})
		},
	}
	cmd.Flags().StringVar(&r.Project, "project", "", "the project: its state, and passages of it and of none; name or alias")
	cmd.Flags().IntVar(&r.Budget, "budget", domain.DefaultBudget, fmt.Sprintf("most tokens of the pack, %d to %d", domain.MinBudget, domain.MaxBudget))
	cmd.Flags().StringVar(&then, "as-of", "", "state and memories as they stood at this time, such as 2026-04-09T06:00:00Z")
	cmd.Flags().BoolVar(&trace, "trace", false, "tell what was left out, and why")
	return cmd
}

// packView is a pack as --json prints it, with the names of the HTTP API.
type packView struct {
	Markdown  string         `json:"markdown"`
	Budget    int            `json:"budget"`
	Tokens    int            `json:"tokens"`
	Tokenizer string         `json:"tokenizer"`
	Project   string         `json:"project,omitempty"`
	Hinted    []string       `json:"hinted,omitempty"`
	AsOf      *time.Time     `json:"as_of,omitempty"`
	Items     []packItemView `json:"items"`
	LeftOut   []leftOutView  `json:"left_out"`
	Notes     []string       `json:"notes"`
}

type packItemView struct {
	Label      string         `json:"label"`
	Tier       string         `json:"tier"`
	ID         string         `json:"id,omitempty"`
	Project    string         `json:"project"`
	Key        string         `json:"key,omitempty"`
	By         string         `json:"by,omitempty"`
	MemoryType string         `json:"memory_type,omitempty"`
	Confidence *float64       `json:"confidence,omitempty"`
	Source     string         `json:"source,omitempty"`
	Root       string         `json:"root,omitempty"`
	Path       string         `json:"path,omitempty"`
	Heading    string         `json:"heading,omitempty"`
	StartLine  int            `json:"start_line,omitempty"`
	EndLine    int            `json:"end_line,omitempty"`
	Time       time.Time      `json:"time"`
	Score      *float64       `json:"score,omitempty"`
	Tokens     int            `json:"tokens"`
	Content    string         `json:"content"`
	Altered    bool           `json:"altered,omitempty"`
	Cut        bool           `json:"cut,omitempty"`
	Superseded []outdatedView `json:"superseded,omitempty"`
}

type leftOutView struct {
	Tier   string   `json:"tier"`
	ID     string   `json:"id"`
	Place  string   `json:"place,omitempty"`
	Reason string   `json:"reason"`
	Of     string   `json:"of,omitempty"`
	Score  *float64 `json:"score,omitempty"`
}

func viewPack(p domain.Pack) packView {
	view := packView{
		Markdown: p.Markdown, Budget: p.Budget, Tokens: p.Tokens, Tokenizer: p.Tokenizer, Project: p.Project, Hinted: p.Hinted,
		Items: []packItemView{}, LeftOut: []leftOutView{}, Notes: append([]string{}, p.Notes...),
	}
	if !p.AsOf.IsZero() {
		view.AsOf = &p.AsOf
	}
	for _, i := range p.Items {
		v := packItemView{
			Label: i.Label, Tier: string(i.Tier), ID: i.ID, Project: i.Project, Key: i.Key, By: i.By, MemoryType: string(i.Type),
			Source: i.Source, Root: i.Root, Path: i.Path, Heading: i.Heading, StartLine: i.StartLine, EndLine: i.EndLine,
			Time: i.At, Tokens: i.Tokens, Content: i.Content, Altered: i.Altered, Cut: i.Cut, Superseded: viewOutdated(i.Outdated),
		}
		if i.Tier == domain.TierMemory {
			v.Confidence = &i.Confidence
		}
		if i.Tier != domain.TierState {
			v.Score = &i.Score
		}
		view.Items = append(view.Items, v)
	}
	for _, l := range p.LeftOut {
		v := leftOutView{Tier: string(l.Tier), ID: l.ID, Place: l.Place, Reason: l.Reason, Of: l.Of}
		if l.Tier != domain.TierState {
			v.Score = &l.Score
		}
		view.LeftOut = append(view.LeftOut, v)
	}
	return view
}

func (s *shell) showPack(p domain.Pack, trace bool) error {
	if !s.json {
		for _, note := range p.Notes {
			s.note("%s", note)
		}
		s.note("%d of %d tokens, %d items, %d left out", p.Tokens, p.Budget, len(p.Items), len(p.LeftOut))
		for _, l := range p.LeftOut {
			if !trace {
				break
			}
			what := fmt.Sprintf("%s %s", l.Tier, l.ID)
			if l.Place != "" {
				what = l.Place
			}
			s.note("left out: %s (%s)", what, strings.TrimSpace(l.Reason+" "+l.Of))
		}
	}
	return s.result(viewPack(p), func(out *printer) { out.line("%s", strings.TrimRight(p.Markdown, "\n")) })
}
