package mcp

import (
	"cmp"
	"context"
	"fmt"

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
		output: `{"type":"object","properties":{"id":{"type":"string"},"status":{"type":"string"},"searchable":{"type":"boolean"}},"required":["id"]}`,
	}, func(ctx context.Context, c call, in rememberIn) (any, string, error) {
		m, err := c.Memory.Remember(ctx, memory.Draft{
			Type: in.MemoryType, Content: in.Content, Project: in.Project,
			Source: cmp.Or(in.Source, c.client), Status: c.status(), By: c.by(),
		})
		if err != nil {
			return nil, "", err
		}
		out, text := c.stored(m)
		return out, text, nil
	})
}

// status is what the caller's memories begin as.
func (c call) status() string {
	if c.principal.Trusted {
		return string(domain.MemoryActive)
	}
	return string(domain.MemoryCandidate)
}

// stored says what became of something that was to be remembered.
func (c call) stored(m domain.Memory) (rememberOut, string) {
	out := rememberOut{
		ID: m.ID, Status: string(m.Status), Repeated: m.Last.Kind == domain.ChangeReinforced, Contradicts: m.Contradicts,
	}
	switch {
	case out.Repeated:
		return out, fmt.Sprintf("known already as %s (%s): reinforced", m.ID, m.Status)
	case m.Contradicts != "":
		return out, fmt.Sprintf("stored as %s, a candidate: it contradicts %s, and a person decides", m.ID, m.Contradicts)
	case m.Status == domain.MemoryCandidate:
		return out, fmt.Sprintf("stored as %s, a candidate until a person confirms it", m.ID)
	}
	return out, "stored as " + m.ID
}
