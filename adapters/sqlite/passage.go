package sqlite

import (
	"context"
	"encoding/json"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Passages resolves what the indexes propose.
type Passages struct{ s *Store }

var _ ports.PassageStore = (*Passages)(nil)

const passageSelect = `SELECT p.id, p.kind, p.project, coalesce(d.root, '') AS root, p.path, p.title, p.heading, p.seq,
    p.start_line, p.end_line, coalesce(m.type, '') AS type, coalesce(m.confidence, 0) AS confidence, p.content
FROM passage p
LEFT JOIN document d ON d.id = p.document
LEFT JOIN memory m ON p.kind = 'memory' AND m.id = p.id
WHERE p.id IN (SELECT value FROM json_each(?))`

type passageRow struct {
	ID         string  `db:"id"`
	Kind       string  `db:"kind"`
	Project    string  `db:"project"`
	Root       string  `db:"root"`
	Path       string  `db:"path"`
	Title      string  `db:"title"`
	Heading    string  `db:"heading"`
	Seq        int     `db:"seq"`
	StartLine  int     `db:"start_line"`
	EndLine    int     `db:"end_line"`
	Type       string  `db:"type"`
	Confidence float64 `db:"confidence"`
	Content    string  `db:"content"`
}

// Passages implements ports.PassageStore.
func (p *Passages) Passages(ctx context.Context, ids []string) (map[string]domain.Passage, error) {
	found := make(map[string]domain.Passage, len(ids))
	if len(ids) == 0 {
		return found, ctx.Err()
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var rows []passageRow
	err = p.s.view(ctx, "read passages", func(t *tx) error { return t.all(&rows, passageSelect, string(list)) })
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		found[r.ID] = domain.Passage{
			ID: r.ID, Kind: domain.PassageKind(r.Kind), Project: r.Project, Root: r.Root, Path: r.Path, Title: r.Title,
			Heading: r.Heading, Seq: r.Seq, StartLine: r.StartLine, EndLine: r.EndLine,
			Type: domain.MemoryType(r.Type), Confidence: r.Confidence, Content: r.Content,
		}
	}
	return found, nil
}
