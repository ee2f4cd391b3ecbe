package foreign

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/atocore/atocore/domain"
)

// mem0 reads memories as mem0's get_all and its exports give them: a list, or an
// object with the list as "results" or "memories"
// (https://docs.mem0.ai/cookbooks/essentials/exporting-memories).
func (s sink) mem0(r io.Reader) error {
	return elements(r, "export of mem0", []string{"results", "memories"}, func(n int, element json.RawMessage) error {
		where := fmt.Sprintf("memory %d", n)
		var m struct {
			ID         string          `json:"id"`
			Memory     string          `json:"memory"`
			UserID     string          `json:"user_id"`
			AgentID    string          `json:"agent_id"`
			CreatedAt  string          `json:"created_at"`
			Categories json.RawMessage `json:"categories"`
			Metadata   json.RawMessage `json:"metadata"`
		}
		if err := json.Unmarshal(element, &m); err != nil {
			s.skip(where, "it is not of the format: %v", err)
			return nil
		}
		if strings.TrimSpace(m.Memory) == "" {
			s.skip(where, "it has no text in its field memory")
			return nil
		}
		key := "id\x1f" + m.ID
		if m.ID == "" {
			key = "text\x1f" + m.UserID + "\x1f" + m.AgentID + "\x1f" + m.Memory
		} else {
			where += " (" + m.ID + ")"
		}
		source := "mem0"
		for _, who := range []string{m.UserID, m.AgentID} {
			if who != "" {
				source += ": " + who
			}
		}
		return s.each(domain.ForeignItem{
			Key: key, Where: where, Source: source, Type: mem0Type(m.Categories, m.Metadata), Content: m.Memory, At: parseTime(m.CreatedAt),
		})
	})
}

// mem0Type reads the type from the first category that says one, or from the
// metadata, which are whatever their writers put there.
func mem0Type(categories, metadata json.RawMessage) domain.MemoryType {
	var names []string
	_ = json.Unmarshal(categories, &names) // another form says nothing
	var meta map[string]any
	_ = json.Unmarshal(metadata, &meta)
	for _, key := range []string{"category", "type"} {
		if text, ok := meta[key].(string); ok {
			names = append(names, text)
		}
	}
	for _, n := range names {
		if t := typeOf(n); t != domain.MemoryKnowledge {
			return t
		}
	}
	return domain.MemoryKnowledge
}
