package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"

	"github.com/jmoiron/sqlx"

	"github.com/atocore/atocore/domain"
)

// pulse tells whether anybody, in whatever process, has committed anything: what was
// read before is then read again, and otherwise known. It has a connection of its
// own, because SQLite counts the commits of all others for each.
type pulse struct {
	mu   sync.Mutex
	db   *sqlx.DB // nil: nobody has asked yet
	conn *sql.Conn
	ask  driver.StmtQueryContext
	over bool // it is closed, or cannot be had
}

// version returns a number that differs from those before as soon as anything was
// committed, and false when that cannot be told. Going through database/sql and
// watching a context would take most of the time.
func (p *pulse) version(path string) (int64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.db == nil && !p.over {
		p.over = p.open(path) != nil
	}
	if p.over {
		return 0, false
	}
	var v [1]driver.Value
	err := p.conn.Raw(func(any) error {
		rows, err := p.ask.QueryContext(context.Background(), nil)
		if err != nil {
			return err
		}
		return errors.Join(rows.Next(v[:]), rows.Close())
	})
	n, ok := v[0].(int64)
	return n, err == nil && ok
}

func (p *pulse) open(path string) error {
	ctx := context.Background()
	db, err := connect(ctx, dsn(path, reader), 1)
	if err != nil {
		return err
	}
	p.db = db
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	p.conn = conn
	return conn.Raw(func(c any) error {
		preparer, ok := c.(driver.ConnPrepareContext)
		if !ok {
			return errors.ErrUnsupported
		}
		st, err := preparer.PrepareContext(ctx, "PRAGMA data_version")
		if err != nil {
			return err
		}
		p.ask, ok = st.(driver.StmtQueryContext)
		if !ok {
			return errors.ErrUnsupported
		}
		return nil
	})
}

func (p *pulse) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.db == nil {
		return nil
	}
	if p.conn != nil {
		_ = p.conn.Raw(func(any) error { // before its connection, whose close it would keep waiting
			if st, ok := p.ask.(driver.Stmt); ok {
				return st.Close()
			}
			return nil
		})
		_ = p.conn.Close()
	}
	return p.db.Close()
}

// glance keeps what a question to the database was answered, as long as nobody
// commits. The zero value knows nothing.
type glance[T any] struct {
	mu    sync.Mutex
	known bool
	at    int64 // the pulse before value was read
	value T
}

// look returns the answer as of now; read asks the database.
func (g *glance[T]) look(ctx context.Context, s *Store, read func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if s.write == nil { // a copy, or one that is only looked at
		return read()
	}
	at, ok := s.pulse.version(s.path)
	if !ok {
		return read()
	}
	g.mu.Lock()
	known := g.known && g.at == at
	value := g.value
	g.mu.Unlock()
	if known {
		return value, nil
	}
	value, err := read()
	if err != nil {
		return none, err
	}
	g.mu.Lock()
	g.known, g.at, g.value = true, at, value
	g.mu.Unlock()
	return value, nil
}

// glances are what every question asks.
type glances struct {
	keys    glance[bool]            // whether there are any
	head    glance[domain.FeedMark] // of the feed of changes
	changed glance[int64]           // the newest change of a memory
}
