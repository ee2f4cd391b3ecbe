package sqlite

import (
	"context"
	"database/sql"
	"sync"

	"github.com/jmoiron/sqlx"
)

// pool is a set of connections with one role, and the statements prepared on them.
type pool struct {
	db *sqlx.DB

	mu       sync.Mutex
	prepared map[string]*sqlx.Stmt
	closed   bool
}

func newPool(db *sqlx.DB) *pool {
	return &pool{db: db, prepared: map[string]*sqlx.Stmt{}}
}

func (p *pool) close() error {
	p.mu.Lock()
	statements := p.prepared
	p.prepared, p.closed = nil, true
	p.mu.Unlock()
	for _, st := range statements {
		_ = st.Close() // what is left of it, closing the database closes
	}
	return p.db.Close()
}

// learn prepares statements for the transactions to come. The caller must hold no
// connection, because the pool may have no other, and the mutex must not be held
// while one is waited for, because whoever has it may need the mutex.
func (p *pool) learn(queries map[string]*sqlx.Stmt) {
	for q := range queries {
		if p.known(q) != nil {
			continue
		}
		st, err := p.db.Preparex(q)
		if err != nil {
			continue // the next transaction prepares it for itself
		}
		p.mu.Lock()
		if p.prepared[q] == nil && !p.closed {
			p.prepared[q], st = st, nil
		}
		p.mu.Unlock()
		if st != nil {
			_ = st.Close() // somebody else was faster
		}
	}
}

func (p *pool) known(query string) *sqlx.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.prepared[query]
}

// row scans the one row that a query answers with, outside of any transaction: a
// single statement sees a single state by itself, in half the time. sql.ErrNoRows
// when there is none.
func (p *pool) row(ctx context.Context, query string, args []any, into ...any) error {
	st := p.known(query)
	if st == nil {
		fresh, err := p.db.PreparexContext(ctx, query)
		if err != nil {
			return err
		}
		p.mu.Lock()
		if p.prepared[query] == nil && !p.closed {
			p.prepared[query] = fresh
		}
		st = p.prepared[query]
		p.mu.Unlock()
		if st != fresh {
			_ = fresh.Close() // somebody else was faster, or the store is closing
		}
		if st == nil {
			return sql.ErrConnDone
		}
	}
	return st.QueryRowContext(ctx, args...).Scan(into...)
}

// tx is a transaction that prepares every statement once in the life of its
// connection.
type tx struct {
	*sqlx.Tx
	ctx  context.Context
	pool *pool
	// bound holds the statements of this transaction; fresh, those of them that
	// the pool did not know yet.
	bound map[string]*sqlx.Stmt
	fresh map[string]*sqlx.Stmt
}

// transact runs fn in a transaction: committed when fn returns nil, otherwise
// rolled back.
func (p *pool) transact(ctx context.Context, fn func(*tx) error) error {
	raw, err := p.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	t := &tx{Tx: raw, ctx: ctx, pool: p, bound: map[string]*sqlx.Stmt{}, fresh: map[string]*sqlx.Stmt{}}
	if err := fn(t); err != nil {
		_ = raw.Rollback() // fails only when the context's end did it already
		return err
	}
	if err := raw.Commit(); err != nil {
		return err
	}
	p.learn(t.fresh)
	return nil
}

func (t *tx) stmt(query string) (*sqlx.Stmt, error) {
	if st := t.bound[query]; st != nil {
		return st, nil
	}
	var st *sqlx.Stmt
	if known := t.pool.known(query); known != nil {
		st = t.StmtxContext(t.ctx, known)
	} else {
		var err error
		if st, err = t.PreparexContext(t.ctx, query); err != nil {
			return nil, err
		}
		t.fresh[query] = st
	}
	t.bound[query] = st
	return st, nil
}

func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	st, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	// Watching a context costs the driver a goroutine a statement. When it ends the
	// transaction is rolled back all the same, and the next statement fails.
	return st.ExecContext(context.WithoutCancel(t.ctx), args...)
}

// get reads one row; sql.ErrNoRows when there is none.
func (t *tx) get(dest any, query string, args ...any) error {
	st, err := t.stmt(query)
	if err != nil {
		return err
	}
	return st.GetContext(t.ctx, dest, args...)
}

// all reads every row into the slice that dest points to.
func (t *tx) all(dest any, query string, args ...any) error {
	st, err := t.stmt(query)
	if err != nil {
		return err
	}
	return st.SelectContext(t.ctx, dest, args...)
}

// rows reads row by row.
func (t *tx) rows(query string, args ...any) (*sqlx.Rows, error) {
	st, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return st.QueryxContext(t.ctx, args...)
}
