package chroma

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"

	"github.com/atocore/atocore/domain"
)

// frozen is Chroma's own database in a read transaction. Its journal is a rollback
// journal, under which nobody can commit while somebody reads: as long as it is
// held, the server cannot acknowledge a write.
type frozen struct {
	db      *sql.DB
	conn    *sql.Conn
	version int64 // of the data, as other connections changed it
}

// copyPages is how many pages are copied between two looks at the context.
const copyPages = 2048

func fileURI(path string, params url.Values) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: params.Encode()}).String()
}

func freeze(ctx context.Context, path string) (*frozen, error) {
	db, err := sql.Open("sqlite", fileURI(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)"}}))
	if err != nil {
		return nil, err
	}
	f := &frozen{db: db}
	if f.conn, err = db.Conn(ctx); err == nil {
		_, err = f.conn.ExecContext(ctx, "BEGIN")
	}
	if err == nil {
		var tables int
		err = f.conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables)
	}
	if err == nil {
		f.version, err = f.dataVersion(ctx)
	}
	if err != nil {
		return nil, errors.Join(domain.Unavailable("Chroma's database %s cannot be read", path).
			WithHint("a server that was killed has to be started and stopped once").Because(err), f.release())
	}
	return f, nil
}

func (f *frozen) dataVersion(ctx context.Context) (v int64, err error) {
	err = f.conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&v)
	return v, err
}

// unchanged makes sure that nobody committed since: under another journal mode
// the read transaction would not keep them from it.
func (f *frozen) unchanged(ctx context.Context) error {
	// Within the transaction the version stands still by definition.
	if _, err := f.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return err
	}
	v, err := f.dataVersion(ctx)
	if err != nil {
		return err
	}
	if v != f.version {
		return changed(databaseName)
	}
	return nil
}

func (f *frozen) release() error {
	if f.conn != nil {
		_ = f.conn.Close() // the transaction only read
	}
	return f.db.Close()
}

// copyTo copies the database as it is in the transaction.
func (f *frozen) copyTo(ctx context.Context, to string) error {
	// Made here, because SQLite would make it readable by everyone.
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return f.conn.Raw(func(raw any) error {
		from, ok := raw.(interface {
			NewBackup(string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("the SQLite driver offers no online backup")
		}
		b, err := from.NewBackup(fileURI(to, url.Values{"mode": {"rw"}, "_pragma": {"journal_mode(off)", "synchronous(off)"}}))
		if err != nil {
			return err
		}
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return errors.Join(err, b.Finish())
			}
			if more, err = b.Step(copyPages); err != nil {
				return errors.Join(err, b.Finish())
			}
		}
		return b.Finish()
	})
}

// openCopy opens a captured database, which nobody writes to, without locks and
// without anything left beside it.
func openCopy(ctx context.Context, path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", fileURI(path, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return nil, err
	}
	return db, db.PingContext(ctx)
}

// factsOf reads the ids in a captured database, those that Chroma's log holds and
// its tables do not yet included.
func factsOf(ctx context.Context, path string) (facts domain.ComponentFacts, err error) {
	db, err := openCopy(ctx, path)
	if err != nil {
		return facts, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, `SELECT c.name, e.embedding_id FROM embeddings e
JOIN segments s ON s.id = e.segment_id JOIN collections c ON c.id = s.collection
UNION ALL SELECT 'log ' || topic || ' ' || operation || ' ' || seq_id, id FROM embeddings_queue`)
	if err != nil {
		return facts, fmt.Errorf("read ids: %w", err)
	}
	defer rows.Close()
	var sum domain.RowSum
	for rows.Next() {
		var collection, id string
		if err := rows.Scan(&collection, &id); err != nil {
			return facts, err
		}
		var row []byte
		for _, v := range []any{collection, id} {
			if row, err = domain.AppendValue(row, v); err != nil {
				return facts, err
			}
		}
		sum.Add(row)
	}
	if err := rows.Err(); err != nil {
		return facts, err
	}
	facts.Vectors = &domain.SetDigest{Count: sum.Rows(), Digest: sum.String()}
	return facts, nil
}
