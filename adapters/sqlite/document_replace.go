package sqlite

import (
	"context"

	"github.com/atocore/atocore/domain"
)

const (
	chunkSelect = `SELECT docid, id, seq, start_line, end_line, title, heading, content, searched
FROM passage WHERE document = ?`
	chunkInsert = `INSERT INTO passage (id, kind, project, document, seq, start_line, end_line, title, heading, path,
    content, searched) VALUES (?, 'chunk', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	chunkRewrite = `UPDATE passage SET seq = ?, start_line = ?, end_line = ?, title = ?, heading = ?, content = ?,
    searched = ? WHERE docid = ?`
	chunkMove   = `UPDATE passage SET seq = ?, start_line = ?, end_line = ? WHERE docid = ?`
	chunkDelete = `DELETE FROM passage WHERE docid = ?`
)

// chunkRow is what Replace compares.
type chunkRow struct {
	DocID     int64   `db:"docid"`
	ID        string  `db:"id"`
	Seq       int     `db:"seq"`
	StartLine int     `db:"start_line"`
	EndLine   int     `db:"end_line"`
	Title     string  `db:"title"`
	Heading   string  `db:"heading"`
	Content   string  `db:"content"`
	Searched  *string `db:"searched"`
}

// Replace implements ports.DocumentStore. Chunks whose text is the same are left
// in the indexes as they are.
func (d *Documents) Replace(ctx context.Context, doc domain.Document, chunks []domain.Chunk) error {
	seen := make(map[string]bool, len(chunks))
	for _, c := range chunks {
		if err := d.s.checkVector(c.Vector); err != nil {
			return err
		}
		if seen[c.ID] {
			return domain.Invalid("chunk %q of %s is given twice", c.ID, doc.Path)
		}
		seen[c.ID] = true
	}
	return d.s.update(ctx, "replace document", func(t *tx) error {
		no, err := upsertDocument(t, doc)
		if err != nil {
			return err
		}
		var stored []chunkRow
		if err := t.all(&stored, chunkSelect, no); err != nil {
			return err
		}
		before := make(map[string]chunkRow, len(stored))
		for _, row := range stored {
			before[row.ID] = row
			if !seen[row.ID] {
				// Before anything is added, so that its vector slot is free again.
				if _, err := t.exec(chunkDelete, row.DocID); err != nil {
					return err
				}
			}
		}
		records := make([]domain.VectorRecord, 0, len(chunks))
		for _, c := range chunks {
			row, known := before[c.ID]
			if err := storeChunk(t, no, doc, c, row, known); err != nil {
				return err
			}
			records = append(records, domain.VectorRecord{
				ID: c.ID, Project: doc.Project, Kind: domain.PassageChunk, Vector: c.Vector,
			})
		}
		return d.s.storeMissingVectors(t, records)
	})
}

func storeChunk(t *tx, document int64, doc domain.Document, c domain.Chunk, row chunkRow, known bool) (err error) {
	searched := nullable(c.Text)
	if c.Text == c.Content {
		searched = nil
	}
	switch {
	case !known:
		_, err = t.exec(chunkInsert, c.ID, doc.Project, document, c.Seq, c.StartLine, c.EndLine, doc.Title, c.Heading,
			doc.Path, c.Content, searched)
		if isUnique(err) {
			return domain.Conflict("chunk %q of %s belongs to another passage", c.ID, doc.Path).Because(err)
		}
	case row.Title != doc.Title || row.Heading != c.Heading || row.Content != c.Content || !same(row.Searched, searched):
		_, err = t.exec(chunkRewrite, c.Seq, c.StartLine, c.EndLine, doc.Title, c.Heading, c.Content, searched, row.DocID)
	case row.Seq != c.Seq || row.StartLine != c.StartLine || row.EndLine != c.EndLine:
		_, err = t.exec(chunkMove, c.Seq, c.StartLine, c.EndLine, row.DocID)
	}
	return err
}

// nullable returns nil for "".
func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func same(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
