package foreign

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// turn is one message of a conversation, in its order.
type turn struct {
	id   string
	user bool
	text string
	at   time.Time
}

// exchanges hands over a conversation as prompts with the answers that followed.
func (s sink) exchanges(system, id, title string, turns []turn) error {
	where := fmt.Sprintf("conversation %q", cmp.Or(title, id))
	var item domain.ForeignItem
	flush := func() error {
		if item.Prompt == "" {
			return nil
		}
		whole := item
		item = domain.ForeignItem{}
		return s.each(whole)
	}
	for n, t := range turns {
		text := strings.TrimSpace(t.text)
		switch {
		case text == "":
		case t.user:
			if err := flush(); err != nil {
				return err
			}
			item = domain.ForeignItem{
				Key: id + "\x1f" + cmp.Or(t.id, fmt.Sprint(n)), Where: where, Source: system + ": " + cmp.Or(title, id), Prompt: text, At: t.at,
			}
		case item.Prompt != "":
			item.Answer += "\n" + text
		}
	}
	return flush()
}

// chatGPT reads exported conversations of ChatGPT (conversations.json): a list of
// trees of messages, of which the path to the current node was seen last
// (https://github.com/mitkury/chatgpt-export-parser/blob/main/docs/chatgpt-data-export-format.md).
func (s sink) chatGPT(r io.Reader) error {
	return elements(r, "export of ChatGPT", []string{"conversations"}, func(n int, element json.RawMessage) error {
		var c struct {
			ID             string `json:"id"`
			ConversationID string `json:"conversation_id"`
			Title          string `json:"title"`
			CurrentNode    string `json:"current_node"`
			Mapping        map[string]struct {
				Parent  string          `json:"parent"`
				Message json.RawMessage `json:"message"`
			} `json:"mapping"`
		}
		where := fmt.Sprintf("conversation %d", n)
		if err := json.Unmarshal(element, &c); err != nil {
			s.skip(where, "it is not of the format: %v", err)
			return nil
		}
		id := cmp.Or(c.ConversationID, c.ID)
		if id == "" || len(c.Mapping) == 0 {
			s.skip(where, "it has no id or no messages")
			return nil
		}
		if _, ok := c.Mapping[c.CurrentNode]; !ok {
			s.skip(where, "its current node is not among its messages")
			return nil
		}
		var turns []turn
		seen := map[string]bool{}
		for node := c.CurrentNode; node != "" && !seen[node]; node = c.Mapping[node].Parent {
			seen[node] = true
			t, reason := chatGPTTurn(c.Mapping[node].Message)
			if reason != "" {
				s.skip(fmt.Sprintf("conversation %q", cmp.Or(c.Title, id)), "message %s: %s", node, reason)
			}
			if t.text != "" {
				turns = append(turns, t)
			}
		}
		for i, j := 0, len(turns)-1; i < j; i, j = i+1, j-1 {
			turns[i], turns[j] = turns[j], turns[i]
		}
		return s.exchanges("ChatGPT", id, c.Title, turns)
	})
}

// chatGPTTurn reads a message: what a person wrote and what was answered to it. A
// reason says why one of those is left out; other messages are left out without.
func chatGPTTurn(raw json.RawMessage) (t turn, reason string) {
	var m *struct {
		ID     string `json:"id"`
		Author struct {
			Role string `json:"role"`
		} `json:"author"`
		CreateTime *float64 `json:"create_time"`
		Recipient  string   `json:"recipient"`
		Content    struct {
			ContentType string            `json:"content_type"`
			Parts       []json.RawMessage `json:"parts"`
		} `json:"content"`
		Metadata struct {
			Hidden bool `json:"is_visually_hidden_from_conversation"`
		} `json:"metadata"`
	}
	if len(raw) == 0 {
		return t, ""
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return t, "it is not of the format"
	}
	switch {
	case m == nil, m.Author.Role != "user" && m.Author.Role != "assistant", m.Metadata.Hidden,
		m.Recipient != "" && m.Recipient != "all": // the root, instructions, tools and calls of them
		return t, ""
	case m.Content.ContentType != "text" && m.Content.ContentType != "multimodal_text":
		if m.Author.Role == "user" && m.Content.ContentType != "user_editable_context" {
			return t, fmt.Sprintf("its content is %q, not text", m.Content.ContentType)
		}
		return t, ""
	}
	t = turn{id: m.ID, user: m.Author.Role == "user"}
	if m.CreateTime != nil {
		t.at = seconds(*m.CreateTime)
	}
	for _, p := range m.Content.Parts {
		var text string
		if json.Unmarshal(p, &text) == nil { // others are images and files
			t.text = strings.TrimSpace(t.text + "\n" + text)
		}
	}
	return t, ""
}

// claude reads exported conversations of Claude (conversations.json): a list of
// conversations with their messages in order
// (https://github.com/Sinity/polylogue/blob/main/docs/providers/claude-ai.md).
func (s sink) claude(r io.Reader) error {
	return elements(r, "export of Claude", []string{"conversations"}, func(n int, element json.RawMessage) error {
		var c struct {
			UUID     string            `json:"uuid"`
			Name     string            `json:"name"`
			Messages []json.RawMessage `json:"chat_messages"`
		}
		where := fmt.Sprintf("conversation %d", n)
		if err := json.Unmarshal(element, &c); err != nil {
			s.skip(where, "it is not of the format: %v", err)
			return nil
		}
		if c.UUID == "" || len(c.Messages) == 0 {
			s.skip(where, "it has no uuid or no chat_messages")
			return nil
		}
		var turns []turn
		for i, raw := range c.Messages {
			t, reason := claudeTurn(raw)
			if reason != "" {
				s.skip(fmt.Sprintf("conversation %q", cmp.Or(c.Name, c.UUID)), "message %d: %s", i+1, reason)
				continue
			}
			turns = append(turns, t)
		}
		return s.exchanges("Claude", c.UUID, c.Name, turns)
	})
}

func claudeTurn(raw json.RawMessage) (t turn, reason string) {
	var m struct {
		UUID      string `json:"uuid"`
		Sender    string `json:"sender"`
		Text      string `json:"text"`
		CreatedAt string `json:"created_at"`
		Content   []struct {
			Type string `json:"type"`
			Text string `json:"text"`
		} `json:"content"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return t, "it is not of the format"
	}
	if m.Sender != "human" && m.Sender != "assistant" {
		return t, fmt.Sprintf("its sender is %q", m.Sender)
	}
	t = turn{id: m.UUID, user: m.Sender == "human", at: parseTime(m.CreatedAt)}
	for _, block := range m.Content { // what tools were asked and answered is no text
		if block.Type == "text" {
			t.text = strings.TrimSpace(t.text + "\n" + block.Text)
		}
	}
	t.text = cmp.Or(t.text, strings.TrimSpace(m.Text))
	if t.text == "" && t.user {
		return t, "it has no text"
	}
	return t, ""
}
