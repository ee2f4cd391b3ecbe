package mcp

import (
	"context"
	"fmt"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
)

type feedbackIn struct {
	ID      string `json:"id"`
	Verdict string `json:"verdict"`
	Note    string `json:"note"`
}

// The verdicts on a memory.
const (
	verdictConfirmed = "confirmed"
	verdictWrong     = "wrong"
)

func (s *Server) addFeedback() {
	addTool(s, tool{
		name:        "feedback",
		description: "Judge a recalled memory: confirmed reinforces it; wrong withdraws a candidate, or puts your note beside an active memory for a person to decide.",
		input: `{"type":"object","properties":{"id":{"type":"string","description":"Memory id"},` +
			`"verdict":{"type":"string","enum":["confirmed","wrong"]},` +
			`"note":{"type":"string","description":"If wrong: what is right, as a statement"}},"required":["id","verdict"]}`,
		output: `{"type":"object","properties":{"id":{"type":"string"},"status":{"type":"string"}}}`,
	}, func(ctx context.Context, c call, in feedbackIn) (any, string, error) {
		switch in.Verdict {
		case verdictConfirmed:
			return c.confirm(ctx, in)
		case verdictWrong:
			return c.doubt(ctx, in)
		}
		err := domain.Invalid("unknown verdict %q", in.Verdict).WithField("verdict").WithHint("confirmed or wrong")
		err.Nearest = domain.Nearest(in.Verdict, []string{verdictConfirmed, verdictWrong})
		return nil, "", err
	})
}

func (c call) confirm(ctx context.Context, in feedbackIn) (any, string, error) {
	m, err := c.Memory.Reinforce(ctx, in.ID, c.client, domain.Act{By: c.by()})
	if err != nil {
		return nil, "", err
	}
	return c.receipt(ctx, m), fmt.Sprintf("%s reinforced, confidence %.2f", m.ID, m.Confidence), nil
}

// doubt withdraws what nobody confirmed. What is active is not an agent's to take
// away: its note becomes a candidate that contradicts it.
func (c call) doubt(ctx context.Context, in feedbackIn) (any, string, error) {
	m, err := c.Memory.Get(ctx, in.ID)
	if err != nil {
		return nil, "", err
	}
	if m.Status == domain.MemoryCandidate || c.principal.Trusted && in.Note == "" {
		m, err := c.Memory.Reject(ctx, in.ID, domain.Act{By: c.by(), Reason: in.Note})
		if err != nil {
			return nil, "", err
		}
		return c.receipt(ctx, m), m.ID + " withdrawn", nil
	}
	if in.Note == "" {
		return nil, "", domain.Invalid("note is empty").WithField("note").WithHint("say what is right, as one statement")
	}
	next, err := c.Memory.Remember(ctx, memory.Draft{
		Type: string(m.Type), Content: in.Note, Project: m.Project, Source: c.client, By: c.by(), Contradicts: m.ID,
	})
	if err != nil {
		return nil, "", err
	}
	out, text := c.stored(ctx, next)
	return out, text, nil
}
