package mcp

import (
	"context"
	"fmt"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/pack"
)

type contextIn struct {
	Prompt  string `json:"prompt"`
	Project string `json:"project"`
	Budget  int    `json:"budget"`
}

type contextOut struct {
	Markdown string        `json:"markdown"`
	Tokens   int           `json:"tokens"`
	Items    []contextItem `json:"items"`
	// LeftOut is how much bears on the prompt and is not in the pack.
	LeftOut int      `json:"left_out,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

type contextItem struct {
	Label string `json:"label"`
	Tier  string `json:"tier"`
	Cite  string `json:"cite"`
}

// mostBudget bounds a pack for an agent, in tokens: more than that and clients cut it
// off themselves.
const mostBudget = 20_000

func (s *Server) addContext() {
	addTool(s, tool{
		name: "context", reads: true,
		description: "What to know before a task: project state, memories and document excerpts, cited, within a token budget. Call it first.",
		input: `{"type":"object","properties":{"prompt":{"type":"string","description":"The task"},` +
			`"project":{"type":"string"},` +
			`"budget":{"type":"integer","description":"Tokens, default 2000"}},"required":["prompt"]}`,
		output: `{"type":"object","properties":{"markdown":{"type":"string"}}}`,
	}, func(ctx context.Context, c call, in contextIn) (any, string, error) {
		if in.Budget > mostBudget {
			return nil, "", domain.Invalid("a budget of %d tokens is out of range", in.Budget).WithField("budget").
				WithHint("give a number from %d to %d", domain.MinBudget, mostBudget)
		}
		p, err := c.Pack.Pack(ctx, pack.Request{Prompt: in.Prompt, Project: in.Project, Budget: in.Budget})
		if err != nil {
			return nil, "", err
		}
		out := contextOut{Markdown: p.Markdown, Tokens: p.Tokens, Items: []contextItem{}, LeftOut: len(p.LeftOut), Notes: p.Notes}
		for _, i := range p.Items {
			out.Items = append(out.Items, contextItem{Label: i.Label, Tier: string(i.Tier), Cite: citeItem(i)})
		}
		return out, p.Markdown, nil
	})
}

func citeItem(i domain.PackItem) string {
	switch i.Tier {
	case domain.TierState:
		return projectURI + i.Project + "#" + i.Key
	case domain.TierMemory:
		return memoryURI + i.ID
	default:
		return fmt.Sprintf("%s:%d-%d", i.Path, i.StartLine, i.EndLine)
	}
}
