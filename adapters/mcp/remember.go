package mcp

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
)

type rememberIn struct {
	Content    string `json:"content"`
	MemoryType string `json:"memory_type"`
	Project    string `json:"project"`
	Source     string `json:"source"`
}

type rememberOut struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	// Searchable says that recall finds it from now on, by words and by meaning.
	Searchable bool `json:"searchable"`
	// Pending is how many changes the vector index still lacks; words find them.
	Pending int    `json:"pending,omitempty"`
	Reason  string `json:"reason,omitempty"` // why it is not searchable
	// Repeated says that it was known already, and was reinforced.
	Repeated    bool   `json:"repeated,omitempty"`
	Contradicts string `json:"contradicts,omitempty"`
}

func (s *Server) addRemember() {
	addTool(s, tool{
		name:        "remember",
		description: "Store one fact, decision or preference that outlasts the session, as one self-contained statement. Repeats reinforce. Stays unconfirmed until a person agrees. No secrets.",
		input: `{"type":"object","properties":{"content":{"type":"string"},` +
			`"memory_type":{"type":"string","enum":["identity","preference","project","episodic","knowledge","adaptation"],"description":"adaptation: how to work here"},` +
			`"project":{"type":"string","description":"Name or alias; omit if it holds everywhere"},` +
			`"source":{"type":"string","description":"Who or what said so"}},"required":["content","memory_type"]}`,
		output: `{"type":"object","properties":{"id":{"type":"string"},"status":{"type":"string"},"searchable":{"type":"boolean"}}}`,
	}, func(ctx context.Context, c call, in rememberIn) (any, string, error) {
		m, err := c.Memory.Remember(ctx, memory.Draft{
			Type: in.MemoryType, Content: in.Content, Project: in.Project,
			Source: cmp.Or(in.Source, c.client), Status: c.status(), By: c.by(),
		})
		if err != nil {
			return nil, "", err
		}
		out, text := c.stored(ctx, m)
		return out, text, nil
	})
}

// settle is how long a call waits for a vector index that is kept elsewhere.
const settle = time.Second

// receipt says of a memory that was just written whether recall finds it. It never
// fails: the write is durable, whatever is known of the index.
func (c call) receipt(ctx context.Context, m domain.Memory) rememberOut {
	out := rememberOut{ID: m.ID, Status: string(m.Status), Reason: m.Hidden()}
	if out.Reason != "" {
		return out
	}
	r, err := c.Index.Receipt(ctx, 0, settle)
	if err != nil {
		out.Reason = "the state of the index is not known"
		return out
	}
	out.Searchable, out.Pending, out.Reason = r.Settled(), r.Pending, r.Reason
	return out
}

// status is what the caller's memories begin as.
func (c call) status() string {
	if c.principal.Trusted {
		return string(domain.MemoryActive)
	}
	return string(domain.MemoryCandidate)
}

// stored says what became of something that was to be remembered.
func (c call) stored(ctx context.Context, m domain.Memory) (rememberOut, string) {
	out := c.receipt(ctx, m)
	out.Repeated, out.Contradicts = m.Last.Kind == domain.ChangeReinforced, m.Contradicts
	switch {
	case out.Repeated:
		return out, fmt.Sprintf("known already as %s (%s): reinforced", m.ID, m.Status)
	case m.Contradicts != "":
		return out, fmt.Sprintf("stored as %s, a candidate: it contradicts %s, and a person decides", m.ID, m.Contradicts)
	case m.Status == domain.MemoryCandidate:
		return out, fmt.Sprintf("stored as %s, a candidate until a person confirms it", m.ID)
	}
	if out.Pending > 0 {
		return out, "stored as " + m.ID + "; found by its words alone until the vector index has caught up"
	}
	return out, "stored as " + m.ID
}
