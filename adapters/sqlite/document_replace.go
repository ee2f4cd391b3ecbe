package sqlite

import (
	"context"
	"database/sql"

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
// as they are.
func (d *Documents) Replace(ctx context.Context, docs ...domain.ChunkedDocument) error {
	seen := map[string]bool{}
	for _, doc := range docs {
		for _, c := range doc.Chunks {
			if err := d.s.checkVector(c.Vector); err != nil {
				return err
			}
			if seen[c.ID] {
				return domain.Invalid("chunk %q of %s is given twice", c.ID, doc.Path)
			}
			seen[c.ID] = true
		}
	}
	return d.s.update(ctx, "replace documents", func(t *tx) error {
		index, err := d.s.indexToWrite(t)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			if err := d.s.replace(t, index, doc, seen); err != nil {
				return err
			}
		}
		return nil
	})
}

// replace stores one document. kept are the ids of the chunks that stay.
func (s *Store) replace(t *tx, index vectorIndex, doc domain.ChunkedDocument, kept map[string]bool) error {
	no, err := upsertDocument(t, doc.Document)
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
		if !kept[row.ID] {
			if _, err := t.exec(chunkDelete, row.DocID); err != nil {
				return err
			}
		}
	}
	for _, c := range doc.Chunks {
		row, known := before[c.ID]
		docid, changed, err := storeChunk(t, no, doc.Document, c, row, known)
		if err == nil {
			err = s.storeChunkVector(t, index, docid, c, changed)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// storeChunkVector stores the vector of a chunk that has none yet. One that has
// keeps it: where the text changed a trigger took it away.
func (s *Store) storeChunkVector(t *tx, index vectorIndex, docid int64, c domain.Chunk, changed bool) error {
	if err := s.enclose(t, c.ID, c.Vector); err != nil || index.No == 0 || len(c.Vector) == 0 {
		return err
	}
	if !changed {
		var has bool
		if err := t.get(&has, vectorHas, index.slot(docid)); err != nil || has {
			return err
		}
		if _, err := t.exec(feedNote, c.ID); err != nil {
			return err
		}
	}
	q := domain.Quantise(c.Vector)
	_, err := t.exec(vectorPut, index.slot(docid), q.Scale, octets(q.Components))
	return err
}

// storeChunk stores a chunk, and tells its docid and whether its text is new.
func storeChunk(
	t *tx, document int64, doc domain.Document, c domain.Chunk, row chunkRow, known bool,
) (docid int64, changed bool, err error) {
	searched := nullable(c.Text)
	if c.Text == c.Content {
		searched = nil
	}
	switch {
	case !known:
		var stored sql.Result
		stored, err = t.exec(chunkInsert, c.ID, doc.Project, document, c.Seq, c.StartLine, c.EndLine, doc.Title, c.Heading,
			doc.Path, c.Content, searched)
		if isUnique(err) {
			err = domain.Conflict("chunk %q of %s belongs to another passage", c.ID, doc.Path).Because(err)
		}
		if err != nil {
			return 0, false, err
		}
		docid, err = stored.LastInsertId()
		return docid, true, err
	case row.Title != doc.Title || row.Heading != c.Heading || row.Content != c.Content || !same(row.Searched, searched):
		_, err = t.exec(chunkRewrite, c.Seq, c.StartLine, c.EndLine, doc.Title, c.Heading, c.Content, searched, row.DocID)
		return row.DocID, true, err
	case row.Seq != c.Seq || row.StartLine != c.StartLine || row.EndLine != c.EndLine:
		_, err = t.exec(chunkMove, c.Seq, c.StartLine, c.EndLine, row.DocID)
	}
	return row.DocID, false, err
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
