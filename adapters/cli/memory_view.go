package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/atocore/atocore/domain"
)

// memoryView is a memory as --json prints it, with the names of the HTTP API.
type memoryView struct {
	ID         string    `json:"id"`
	Type       string    `json:"memory_type"`
	Content    string    `json:"content"`
	Project    string    `json:"project"`
	Confidence float64   `json:"confidence"`
	Source     string    `json:"source"`
	Status     string    `json:"status"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	Revision   int64     `json:"revision"`

	SupersededBy string     `json:"superseded_by,omitempty"`
	Contradicts  string     `json:"contradicts,omitempty"`
	Reinforced   int64      `json:"reinforced,omitempty"`
	AffirmedAt   *time.Time `json:"affirmed_at,omitempty"`

	Receipt *receiptView `json:"receipt,omitempty"` // where it was just written
}

func viewMemory(m domain.Memory) memoryView {
	v := memoryView{
		ID: m.ID, Type: string(m.Type), Content: m.Content, Project: m.Project, Confidence: m.Confidence, Source: m.Source,
		Status: string(m.Status), CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, Revision: m.Revision,
		SupersededBy: m.SupersededBy, Contradicts: m.Contradicts, Reinforced: m.Reinforced,
	}
	if !m.AffirmedAt.IsZero() {
		v.AffirmedAt = &m.AffirmedAt
	}
	return v
}

func (s *shell) showMemory(m domain.Memory) error { return s.showWritten(m, nil) }

func (s *shell) showWritten(m domain.Memory, r *receiptView) error {
	view := viewMemory(m)
	view.Receipt = r
	return s.result(view, func(p *printer) {
		p.fields(
			[2]string{"id", m.ID}, [2]string{"type", string(m.Type)}, [2]string{"project", m.Project},
			[2]string{"confidence", number(m.Confidence)}, [2]string{"source", m.Source},
			[2]string{"status", string(m.Status)}, [2]string{"superseded by", m.SupersededBy},
			[2]string{"contradicts", m.Contradicts}, [2]string{"reinforced", times(m.Reinforced)}, [2]string{"created", moment(m.CreatedAt)},
			[2]string{"updated", fmt.Sprintf("%s (revision %d)", moment(m.UpdatedAt), m.Revision)},
		)
		p.line("\n%s", m.Content)
	})
}

func (s *shell) showMemories(page domain.MemoryPage) error {
	view := struct {
		Memories   []memoryView `json:"memories"`
		NextCursor string       `json:"next_cursor,omitempty"`
	}{Memories: []memoryView{}, NextCursor: page.NextCursor}
	var rows [][]string
	for _, m := range page.Memories {
		view.Memories = append(view.Memories, viewMemory(m))
		rows = append(rows, []string{
			m.ID, string(m.Type), m.Project, string(m.Status), number(m.Confidence), moment(m.CreatedAt), m.Content,
		})
	}
	return s.result(view, func(p *printer) {
		if len(rows) == 0 {
			s.note("no memory matches")
			return
		}
		p.table([]string{"ID", "TYPE", "PROJECT", "STATUS", "CONF", "CREATED", "CONTENT"}, rows)
		if page.NextCursor != "" {
			s.note("there are more: --cursor %s, or --all", page.NextCursor)
		}
	})
}

func (s *shell) showHistory(changes []domain.MemoryChange) error {
	type changeView struct {
		Change string     `json:"change"`
		At     time.Time  `json:"at"`
		By     string     `json:"by"`
		Reason string     `json:"reason"`
		Memory memoryView `json:"memory"`
	}
	view := struct {
		History []changeView `json:"history"`
	}{History: []changeView{}}
	var rows [][]string
	for _, c := range changes {
		view.History = append(view.History, changeView{string(c.Kind), c.At, c.Memory.Last.By, c.Memory.Last.Reason, viewMemory(c.Memory)})
		m := c.Memory
		rows = append(rows, []string{
			moment(c.At), string(c.Kind), strconv.FormatInt(m.Revision, 10), string(m.Type), m.Project,
			string(m.Status), number(m.Confidence), m.Last.By, m.Last.Reason, m.Content,
		})
	}
	return s.result(view, func(p *printer) {
		p.table([]string{"AT", "CHANGE", "REV", "TYPE", "PROJECT", "STATUS", "CONF", "BY", "REASON", "CONTENT"}, rows)
	})
}

// times renders a count that is worth saying only when there is one.
func times(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', 4, 64) }

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
