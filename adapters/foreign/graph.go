package foreign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/atocore/atocore/domain"
)

// mcpMemory reads the memory file of the MCP reference server: JSON lines, each an
// entity with observations or a relation between two entities
// (https://github.com/modelcontextprotocol/servers/tree/main/src/memory). Each
// observation and each relation becomes a memory.
func (s sink) mcpMemory(r io.Reader) error {
	read, objects := 0, 0
	err := s.lines(r, func(n int, line []byte) error {
		where := fmt.Sprintf("line %d", n)
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		read++
		var item struct {
			Type         string `json:"type"`
			Name         string `json:"name"`
			EntityType   string `json:"entityType"`
			Observations []any  `json:"observations"`
			From         string `json:"from"`
			To           string `json:"to"`
			RelationType string `json:"relationType"`
		}
		if err := json.Unmarshal(line, &item); err != nil {
			s.skip(where, "it is no JSON object of the format: %v", err)
			return nil
		}
		switch {
		case item.Type == "entity" && strings.TrimSpace(item.Name) != "":
			objects++
			return s.entity(where, item.Name, item.EntityType, item.Observations)
		case item.Type == "relation" && item.From != "" && item.To != "" && item.RelationType != "":
			objects++
			return s.each(domain.ForeignItem{
				Key: "relation\x1f" + item.From + "\x1f" + item.RelationType + "\x1f" + item.To, Where: where,
				Source: "mcp-memory: " + item.From, Type: domain.MemoryKnowledge,
				Content: sentence(item.From, item.RelationType, item.To),
			})
		case item.Type == "entity" || item.Type == "relation":
			s.skip(where, "the %s is incomplete", item.Type)
			objects++
		default:
			s.skip(where, "it is neither an entity nor a relation")
		}
		return nil
	})
	if err == nil && read > 0 && objects == 0 {
		return domain.Invalid("this is no memory file of the MCP reference server: no line of it is an entity or a relation").WithField("file")
	}
	return err
}

func (s sink) entity(where, name, kind string, observations []any) error {
	if len(observations) == 0 {
		s.skip(where, "the entity %s has no observations", name)
	}
	for i, o := range observations {
		text, ok := o.(string)
		if !ok || strings.TrimSpace(text) == "" {
			s.skip(where, "observation %d of %s is no text", i+1, name)
			continue
		}
		err := s.each(domain.ForeignItem{
			Key: "observation\x1f" + name + "\x1f" + text, Where: where, Source: "mcp-memory: " + name,
			Type: typeOf(kind), Content: about(name, text),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// about lets an observation stand by itself.
func about(name, text string) string {
	if strings.Contains(strings.ToLower(text), strings.ToLower(name)) {
		return text
	}
	return name + ": " + text
}

// sentence says a relation in words: works_at → works at.
func sentence(from, relation, to string) string {
	return from + " " + strings.NewReplacer("_", " ", "-", " ").Replace(relation) + " " + to
}

// typeOf guesses the type of memory from what the source calls the category of
// something.
func typeOf(category string) domain.MemoryType {
	switch strings.ToLower(strings.TrimSpace(category)) {
	case "preference", "preferences", "like", "dislike", "style":
		return domain.MemoryPreference
	case "identity", "user", "user_profile", "profile", "me", "personal", "personal_details":
		return domain.MemoryIdentity
	case "decision", "decisions", "project", "requirement", "constraint", "goal", "plan", "milestone", "status", "design", "professional":
		return domain.MemoryProject
	case "event", "events", "meeting", "episode", "incident", "milestone_reached":
		return domain.MemoryEpisodic
	case "lesson", "learning", "gotcha", "tip", "insight", "pitfall":
		return domain.MemoryAdaptation
	}
	return domain.MemoryKnowledge
}
