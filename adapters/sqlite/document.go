package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Documents is the store of documents and their chunks.
type Documents struct{ s *Store }

var _ ports.DocumentStore = (*Documents)(nil)

const (
	documentUpsert = `INSERT INTO document (project, root, path, title, size, mtime_ns, hash, ingested_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (project, root, path) DO UPDATE SET title = excluded.title, size = excluded.size,
    mtime_ns = excluded.mtime_ns, hash = excluded.hash, ingested_at = excluded.ingested_at
RETURNING id`
	documentTouch  = `UPDATE document SET size = ?, mtime_ns = ?, hash = ? WHERE project = ? AND root = ? AND path = ?`
	documentDelete = `DELETE FROM document WHERE project = ? AND root = ? AND path = ?`
	chunkDeleteAll = `DELETE FROM passage WHERE document =
    (SELECT id FROM document WHERE project = ? AND root = ? AND path = ?)`
)

// Files implements ports.DocumentStore.
func (d *Documents) Files(ctx context.Context, project, root string) (map[string]domain.FileState, error) {
	var rows []struct {
		Path string `db:"path"`
		Size int64  `db:"size"`
		Time int64  `db:"mtime_ns"`
		Hash string `db:"hash"`
	}
	err := d.s.view(ctx, "list files", func(t *tx) error {
		return t.all(&rows, `SELECT path, size, mtime_ns, hash FROM document WHERE project = ? AND root = ?`, project, root)
	})
	if err != nil {
		return nil, err
	}
	files := make(map[string]domain.FileState, len(rows))
	for _, r := range rows {
		files[r.Path] = domain.FileState{Size: r.Size, ModTime: time.Unix(0, r.Time).UTC(), Hash: r.Hash}
	}
	return files, nil
}

// Touch implements ports.DocumentStore.
func (d *Documents) Touch(ctx context.Context, key domain.DocumentKey, state domain.FileState) error {
	return d.s.update(ctx, "touch document", func(t *tx) error {
		res, err := t.exec(documentTouch, state.Size, state.ModTime.UnixNano(), state.Hash, key.Project, key.Root, key.Path)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return domain.NotFound("there is no document %s in root %q of project %q", key.Path, key.Root, key.Project)
	})
}

// Remove implements ports.DocumentStore.
func (d *Documents) Remove(ctx context.Context, keys []domain.DocumentKey) error {
	return d.s.update(ctx, "remove documents", func(t *tx) error {
		for _, key := range keys {
			// The chunks first, by their own hand: what a foreign key's cascade
			// deletes is deleted one row at a time as well.
			if _, err := t.exec(chunkDeleteAll, key.Project, key.Root, key.Path); err != nil {
				return err
			}
			if _, err := t.exec(documentDelete, key.Project, key.Root, key.Path); err != nil {
				return err
			}
		}
		return nil
	})
}

// Roots implements ports.DocumentStore.
func (d *Documents) Roots(ctx context.Context, project string) ([]string, error) {
	roots := []string{}
	err := d.s.view(ctx, "list roots", func(t *tx) error {
		return t.all(&roots, `SELECT DISTINCT root FROM document WHERE project = ? ORDER BY root`, project)
	})
	return roots, err
}

// Counts implements ports.DocumentStore.
func (d *Documents) Counts(ctx context.Context) (map[string]domain.StoreCounts, error) {
	var rows []struct {
		Project   string `db:"project"`
		Documents int    `db:"documents"`
		Chunks    int    `db:"chunks"`
		Memories  int    `db:"memories"`
	}
	err := d.s.view(ctx, "count", func(t *tx) error {
		return t.all(&rows, `SELECT project, sum(d) AS documents, sum(c) AS chunks, sum(m) AS memories FROM (
    SELECT project, count(*) AS d, 0 AS c, 0 AS m FROM document GROUP BY project
    UNION ALL SELECT d.project, 0, sum(c.n), 0 FROM
        (SELECT document, count(*) AS n FROM passage WHERE document IS NOT NULL GROUP BY document) AS c
        JOIN document AS d ON d.id = c.document GROUP BY d.project
    UNION ALL SELECT project, 0, 0, count(*) FROM memory GROUP BY project
) GROUP BY project`)
	})
	if err != nil {
		return nil, err
	}
	counts := make(map[string]domain.StoreCounts, len(rows))
	for _, r := range rows {
		counts[r.Project] = domain.StoreCounts{Documents: r.Documents, Chunks: r.Chunks, Memories: r.Memories}
	}
	return counts, nil
}

// upsertDocument stores the document's own row and returns its number.
func upsertDocument(t *tx, d domain.Document) (int64, error) {
	var no int64
	err := t.get(&no, documentUpsert, d.Project, d.Root, d.Path, d.Title, d.Size, d.ModTime.UnixNano(), d.Hash,
		micros(d.IngestedAt))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errors.New("the document's row was not returned")
	}
	return no, err
}
