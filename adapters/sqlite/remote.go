package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Remote keeps the vector indexes that are elsewhere: which there are, and what
// each of them still lacks.
type Remote struct {
	s      *Store
	prefix string
}

var (
	_ ports.VectorLedger = (*Remote)(nil)
	_ ports.VectorQueue  = (*Remote)(nil)
	_ ports.VectorSource = (*Remote)(nil)
)

// Remote returns the ledger and queue of indexes elsewhere. The names of those
// that it begins start with prefix.
func (s *Store) Remote(prefix string) *Remote { return &Remote{s, prefix} }

// remoteRow is a row of vector_remote.
type remoteRow struct {
	No        int64  `db:"no"`
	Name      string `db:"name"`
	Model     string `db:"model"`
	Dimension int    `db:"dimension"`
	Ready     bool   `db:"ready"`
}

func (r remoteRow) generation() domain.Generation {
	return domain.Generation{
		Name: r.Name, Ready: r.Ready, Model: domain.EmbeddingModel{Name: r.Model, Dimension: r.Dimension},
	}
}

const (
	remoteSelect  = `SELECT no, name, model, dimension, ready FROM vector_remote`
	remoteByName  = remoteSelect + ` WHERE name = ?`
	remoteInsert  = `INSERT INTO vector_remote (name, model, dimension, ready) VALUES (?, ?, ?, 0) RETURNING no`
	remoteRename  = `UPDATE vector_remote SET name = ? WHERE no = ?`
	outboxFill    = `INSERT INTO vector_outbox (remote, id) SELECT ?, id FROM passage ORDER BY docid`
	outboxCount   = `SELECT count(*) FROM vector_outbox WHERE remote = (SELECT no FROM vector_remote WHERE name = ?)`
	outboxBacklog = `SELECT count(*) AS n, coalesce(max(ticket), 0) AS newest FROM vector_outbox
WHERE remote = (SELECT no FROM vector_remote WHERE name = ?) AND (? = 0 OR ticket <= ?)`
	outboxSelect = `SELECT o.ticket, o.id, o.vector, p.docid IS NULL AS gone, coalesce(p.project, '') AS project,
    coalesce(p.kind, '') AS kind, coalesce(p.searched, p.content, '') AS text
FROM vector_outbox o LEFT JOIN passage p ON p.id = o.id
WHERE o.remote = (SELECT no FROM vector_remote WHERE name = ?) ORDER BY o.ticket LIMIT ?`
	outboxVector = `UPDATE vector_outbox SET vector = ? WHERE id = ? AND vector IS NULL AND remote IN
    (SELECT no FROM vector_remote WHERE model = ? AND dimension = ?)`
)

// Generations implements ports.VectorLedger.
func (r *Remote) Generations(ctx context.Context) ([]domain.Generation, error) {
	var rows []remoteRow
	err := r.s.view(ctx, "list vector indexes", func(t *tx) error {
		return t.all(&rows, remoteSelect+` ORDER BY no`)
	})
	var out []domain.Generation
	for _, row := range rows {
		out = append(out, row.generation())
	}
	return out, err
}

// Begin implements ports.VectorLedger.
func (r *Remote) Begin(ctx context.Context, m domain.EmbeddingModel) (domain.Generation, error) {
	row := remoteRow{Model: m.Name, Dimension: m.Dimension}
	err := r.s.update(ctx, "begin a vector index", func(t *tx) error {
		if err := t.get(&row.No, remoteInsert, "", m.Name, m.Dimension); err != nil {
			return err
		}
		// A restored database counts from where it was: the name must not be that of
		// an index which it does not know of.
		var salt string
		if err := t.get(&salt, `SELECT lower(hex(randomblob(4)))`); err != nil {
			return err
		}
		row.Name = fmt.Sprintf("%s-%d-%s", r.prefix, row.No, salt)
		if _, err := t.exec(remoteRename, row.Name, row.No); err != nil {
			return err
		}
		_, err := t.exec(outboxFill, row.No)
		return err
	})
	return row.generation(), err
}

// Promote implements ports.VectorLedger.
func (r *Remote) Promote(ctx context.Context, name string) (replaced []domain.Generation, err error) {
	err = r.s.update(ctx, "put a vector index to use", func(t *tx) error {
		replaced = nil
		row, err := remoteNamed(t, name)
		if err != nil {
			return err
		}
		var waiting int
		if err := t.get(&waiting, outboxCount, name); err != nil {
			return err
		}
		if waiting > 0 {
			return domain.Conflict("%d passages are not in the vector index %s yet", waiting, name)
		}
		var rows []remoteRow
		if err := t.all(&rows, remoteSelect+` WHERE model = ? AND dimension = ? AND no <> ?`,
			row.Model, row.Dimension, row.No); err != nil {
			return err
		}
		for _, old := range rows {
			replaced = append(replaced, old.generation())
			if _, err := t.exec(`DELETE FROM vector_remote WHERE no = ?`, old.No); err != nil {
				return err
			}
		}
		_, err = t.exec(`UPDATE vector_remote SET ready = 1 WHERE no = ?`, row.No)
		return err
	})
	return replaced, err
}

// Forget implements ports.VectorLedger.
func (r *Remote) Forget(ctx context.Context, name string) error {
	return r.s.update(ctx, "forget a vector index", func(t *tx) error {
		_, err := t.exec(`DELETE FROM vector_remote WHERE name = ?`, name)
		return err
	})
}

func remoteNamed(t *tx, name string) (remoteRow, error) {
	var row remoteRow
	err := t.get(&row, remoteByName, name)
	if errors.Is(err, sql.ErrNoRows) {
		return row, domain.NotFound("there is no vector index %q", name).
			WithHint("list them with: atocore index status")
	}
	return row, err
}

// taskRow is a row of the queue, joined with its passage.
type taskRow struct {
	Ticket  int64  `db:"ticket"`
	ID      string `db:"id"`
	Vector  []byte `db:"vector"`
	Gone    bool   `db:"gone"`
	Project string `db:"project"`
	Kind    string `db:"kind"`
	Text    string `db:"text"`
}

func (r taskRow) task() domain.IndexTask {
	return domain.IndexTask{
		Ticket: r.Ticket, ID: r.ID, Gone: r.Gone, Project: r.Project, Kind: domain.PassageKind(r.Kind),
		Text: r.Text, Vector: unpack(r.Vector),
	}
}

func tasks(rows []taskRow) []domain.IndexTask {
	out := make([]domain.IndexTask, len(rows))
	for i, row := range rows {
		out[i] = row.task()
	}
	return out
}

// Pending implements ports.VectorQueue.
func (r *Remote) Pending(ctx context.Context, name string, limit int) ([]domain.IndexTask, error) {
	var rows []taskRow
	err := r.s.view(ctx, "read the queue of a vector index", func(t *tx) error {
		return t.all(&rows, outboxSelect, name, limit)
	})
	return tasks(rows), err
}

// Settle implements ports.VectorQueue.
func (r *Remote) Settle(ctx context.Context, name string, done []domain.IndexTask) error {
	tickets := make([]int64, len(done))
	for i, d := range done {
		tickets[i] = d.Ticket
	}
	list, err := json.Marshal(tickets)
	if err != nil {
		return err
	}
	return r.s.update(ctx, "settle the queue of a vector index", func(t *tx) error {
		_, err := t.exec(`DELETE FROM vector_outbox WHERE ticket IN (SELECT value FROM json_each(?))
    AND remote = (SELECT no FROM vector_remote WHERE name = ?)`, string(list), name)
		return err
	})
}

// Waiting implements ports.VectorQueue.
func (r *Remote) Waiting(ctx context.Context, name string) (n int, err error) {
	err = r.s.view(ctx, "count the queue of a vector index", func(t *tx) error {
		return t.get(&n, outboxCount, name)
	})
	return n, err
}

// Backlog implements ports.VectorQueue.
func (r *Remote) Backlog(ctx context.Context, name string, upTo int64) (n int, newest int64, err error) {
	var row struct {
		N      int   `db:"n"`
		Newest int64 `db:"newest"`
	}
	err = r.s.view(ctx, "count the queue of a vector index", func(t *tx) error {
		return t.get(&row, outboxBacklog, name, upTo, upTo)
	})
	return row.N, row.Newest, err
}

// Requeue implements ports.VectorQueue.
func (r *Remote) Requeue(ctx context.Context, name string, ids []string) error {
	list, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	return r.s.update(ctx, "queue passages for a vector index", func(t *tx) error {
		row, err := remoteNamed(t, name)
		if err != nil {
			return err
		}
		_, err = t.exec(`REPLACE INTO vector_outbox (remote, id) SELECT ?, value FROM json_each(?)`, row.No, string(list))
		return err
	})
}

// Passages implements ports.VectorSource.
func (r *Remote) Passages(ctx context.Context, after string, limit int) ([]domain.IndexTask, error) {
	var rows []taskRow
	err := r.s.view(ctx, "read passages", func(t *tx) error {
		return t.all(&rows, `SELECT id, project, kind, coalesce(searched, content) AS text FROM passage
WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
	})
	return tasks(rows), err
}

// Count implements ports.VectorSource.
func (r *Remote) Count(ctx context.Context) (n int, err error) {
	err = r.s.view(ctx, "count passages", func(t *tx) error {
		return t.get(&n, `SELECT count(*) FROM passage`)
	})
	return n, err
}

// enclose adds to what is queued for a passage the vector that the writer has at
// hand, so that the text is not embedded twice.
func (s *Store) enclose(t *tx, id string, vector []float32) error {
	if s.queued.Dimension == 0 || len(vector) != s.queued.Dimension {
		return nil
	}
	_, err := t.exec(outboxVector, packed(vector), id, s.queued.Name, s.queued.Dimension)
	return err
}

func packed(v []float32) []byte {
	blob := make([]byte, 0, 4*len(v))
	for _, x := range v {
		blob = binary.LittleEndian.AppendUint32(blob, math.Float32bits(x))
	}
	return blob
}

func unpack(blob []byte) []float32 {
	if len(blob) == 0 || len(blob)%4 != 0 {
		return nil
	}
	v := make([]float32, len(blob)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(blob[4*i:]))
	}
	return v
}
