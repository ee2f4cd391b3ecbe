package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/atocore/atocore/domain"
)

// faultsShown bounds how many findings of one integrity check are reported.
const faultsShown = 20

// Verify looks into a captured database. What SQLite's integrity check says is
// not trusted alone: it says ok to an empty file and to flipped bits in the rows,
// so counts and digests are computed again from what is there.
//
// Every table's tree is checked, those under the full text and the vectors
// included; whether the full text agrees with the passages is not, because it is
// derived and can be made again, and because that one question would take longer
// than all others together.
func (c *Component) Verify(ctx context.Context, dir string, want domain.ComponentEntry) ([]domain.Fault, error) {
	path := filepath.Join(dir, capturedName)
	if fault, err := checkHeader(path); err != nil || fault != nil {
		return fault, err
	}
	v := verification{want: want.Facts}
	err := v.run(ctx, path)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("verify database: %w", ctx.Err())
	}
	if err != nil {
		// The file is there and nobody changes it: what fails is the file's fault.
		v.fault(domain.FaultIntegrity, "a readable database", err.Error())
	}
	return v.faults, nil
}

// checkHeader looks at the first bytes, before SQLite takes an empty file for an
// empty database.
func checkHeader(path string) ([]domain.Fault, error) {
	fault := func(kind domain.FaultKind, want, found string) []domain.Fault {
		return []domain.Fault{{Kind: kind, File: capturedName, Expected: want, Found: found}}
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return fault(domain.FaultMissing, "a database", "nothing"), nil
	}
	if err != nil {
		return nil, fmt.Errorf("verify database: %w", err)
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 100)
	if n, err := io.ReadFull(f, head); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault(domain.FaultIntegrity, "a database", fmt.Sprintf("a file of %d bytes", n)), nil
	} else if err != nil {
		return nil, fmt.Errorf("verify database: %w", err)
	}
	if !bytes.HasPrefix(head, []byte("SQLite format 3\x00")) {
		return fault(domain.FaultIntegrity, "a database", "a file of another kind"), nil
	}
	if head[18] != 1 || head[19] != 1 {
		return fault(domain.FaultIntegrity, "a database that needs no sidecar", "one in write-ahead mode"), nil
	}
	return nil, nil
}

// verification gathers faults from several workers.
type verification struct {
	want   domain.ComponentFacts
	mu     sync.Mutex
	faults []domain.Fault
}

func (v *verification) fault(kind domain.FaultKind, want, found string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.faults = append(v.faults, domain.Fault{Kind: kind, File: capturedName, Expected: want, Found: found})
}

func (v *verification) run(ctx context.Context, path string) error {
	db, err := openCopy(ctx, path)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	tables, err := tablesOf(ctx, conn)
	if err != nil {
		return err
	}
	schema, err := schemaOf(ctx, conn, tables)
	if err != nil {
		return err
	}
	if err := v.identity(ctx, conn, schema); err != nil {
		return err
	}
	if schema > NewestSchema {
		return nil // what a newer program wrote is not this one's to judge
	}
	job, done, err := newCopyJob(ctx, conn, path, tables)
	if err != nil {
		return err
	}
	defer done()
	facts, err := v.share(ctx, db, tables, job)
	if err != nil {
		return err
	}
	v.compare(facts)
	return nil
}

// identity checks whose database it is, and of what age.
func (v *verification) identity(ctx context.Context, conn *sql.Conn, schema int64) error {
	var id int64
	if err := conn.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return err
	}
	if id != applicationID {
		v.fault(domain.FaultContent, fmt.Sprintf("application id %d (atocore)", int64(applicationID)), fmt.Sprint(id))
	}
	if schema > NewestSchema {
		v.fault(domain.FaultFormat, fmt.Sprintf("schema version %d or older; update atocore to read this backup", NewestSchema),
			fmt.Sprint(schema))
	}
	return nil
}

// share spreads facts, checks and digests over the cores, the long ones first, and
// returns the facts.
func (v *verification) share(ctx context.Context, db *sql.DB, tables []tableInfo, job *digestJob) (facts domain.ComponentFacts, err error) {
	tasks := make(chan func(context.Context, *sql.Conn) error, len(tables)+3)
	tasks <- func(ctx context.Context, conn *sql.Conn) (err error) {
		facts, err = stateFacts(ctx, conn, tables, job.pages)
		return err
	}
	check := func(query string) {
		tasks <- func(ctx context.Context, conn *sql.Conn) error { return v.check(ctx, conn, query) }
	}
	check("PRAGMA main.foreign_key_check")
	check(`PRAGMA main.integrity_check("sqlite_schema")`)
	for _, t := range tables {
		if t.stored() && t.name != "sqlite_schema" {
			check("PRAGMA main.integrity_check(" + quoteName(t.name) + ")")
		}
	}
	close(tasks)
	group, gctx := errgroup.WithContext(ctx)
	for range workers() {
		group.Go(func() error {
			conn, err := db.Conn(gctx)
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close() }()
			for task := range tasks {
				if err := task(gctx, conn); err != nil {
					return err
				}
			}
			return job.work(gctx, conn)
		})
	}
	if err := group.Wait(); err != nil {
		return facts, err
	}
	facts.Tables = job.digests()
	return facts, nil
}

// check runs one of SQLite's own checks. A row that does not say ok is a fault.
func (v *verification) check(ctx context.Context, conn *sql.Conn, query string) error {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	shown := 0
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if len(values) == 1 && values[0].String == "ok" {
			continue
		}
		if shown++; shown > faultsShown {
			continue
		}
		if len(values) == 4 { // foreign_key_check: table, rowid, parent, constraint
			v.fault(domain.FaultIntegrity, "rows of "+values[0].String+" that refer to existing rows of "+values[2].String,
				"row "+values[1].String+" refers to none")
			continue
		}
		v.fault(domain.FaultIntegrity, "a sound database", values[0].String)
	}
	return rows.Err()
}

// compare holds what was found against what the manifest says.
func (v *verification) compare(found domain.ComponentFacts) {
	if v.want.Schema != found.Schema {
		v.fault(domain.FaultContent, fmt.Sprintf("schema version %d", v.want.Schema), fmt.Sprint(found.Schema))
	}
	if w, f := modelName(v.want.Embedding), modelName(found.Embedding); w != f {
		v.fault(domain.FaultContent, "vectors of "+w, f)
	}
	have := map[string]domain.TableDigest{}
	for _, t := range found.Tables {
		have[t.Name] = t
	}
	for _, w := range v.want.Tables {
		f, ok := have[w.Name]
		delete(have, w.Name)
		switch {
		case !ok:
			v.fault(domain.FaultContent, "table "+w.Name, "no such table")
		case f.Rows != w.Rows:
			v.fault(domain.FaultContent, fmt.Sprintf("%d rows in table %s", w.Rows, w.Name), fmt.Sprint(f.Rows))
		case f.Digest != w.Digest:
			v.fault(domain.FaultContent, "content "+w.Digest+" of table "+w.Name, f.Digest)
		}
	}
	for _, f := range found.Tables {
		if _, left := have[f.Name]; left {
			v.fault(domain.FaultContent, "no table "+f.Name, fmt.Sprintf("one of %d rows", f.Rows))
		}
	}
	if w, f := setName(v.want.Vectors), setName(found.Vectors); w != f {
		v.fault(domain.FaultContent, w, f)
	}
}

func modelName(m *domain.EmbeddingModel) string {
	if m == nil {
		return "no model"
	}
	return fmt.Sprintf("%s with %d dimensions", m.Name, m.Dimension)
}

func setName(s *domain.SetDigest) string {
	if s == nil {
		return "no vector index"
	}
	return fmt.Sprintf("%d vectors with the ids %s", s.Count, s.Digest)
}
