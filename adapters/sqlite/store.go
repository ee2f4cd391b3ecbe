package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/atocore/atocore/domain"
)

// FileName is the database's usual name in a data directory.
const FileName = "atocore.db"

// defaultReaders is how many connections read at the same time.
const defaultReaders = 4

// Config says which database to open, and how.
type Config struct {
	Path string // of the database file
	// Create makes the database when the file does not exist. Without it a missing
	// file is an error, so that a lost one never turns into an empty one.
	Create bool
	// Model is the vector space of the vectors that are stored and searched. The
	// zero value keeps no vectors here.
	Model domain.EmbeddingModel
	// Queued is the vector space of the vectors that are handed on to indexes
	// elsewhere (see Remote). The zero value hands on none: they are made again.
	Queued  domain.EmbeddingModel
	Readers int // connections that read at the same time; 0 means 4
}

// Store is an open database. It is safe for concurrent use, and other processes
// may have the same file open.
type Store struct {
	path   string
	model  domain.EmbeddingModel
	queued domain.EmbeddingModel
	write  *pool
	read   *pool
	wal    walKeeper
	pulse  pulse
	seen   glances
}

// Memories returns the store of memories.
func (s *Store) Memories() *Memories { return &Memories{s} }

// Documents returns the store of documents.
func (s *Store) Documents() *Documents { return &Documents{s} }

// Passages returns the store of passages.
func (s *Store) Passages() *Passages { return &Passages{s} }

// Path returns the absolute path of the database file.
func (s *Store) Path() string { return s.path }

// Close waits for what is under way and closes the database. The last process to
// close it moves the WAL into the file.
func (s *Store) Close() error { return s.discard() }

// SchemaVersion returns the version of the open database's schema: always
// NewestSchema, because Open migrates.
func (s *Store) SchemaVersion(ctx context.Context) (int64, error) {
	var v int64
	err := s.view(ctx, "read the schema version", func(t *tx) error {
		return t.get(&v, schemaVersionQuery)
	})
	return v, err
}

// update runs fn in the one write transaction there is at a time.
func (s *Store) update(ctx context.Context, op string, fn func(*tx) error) error {
	if s.write == nil {
		return domain.Refused("%s is a captured copy: nothing is written to it", s.path)
	}
	err := s.write.transact(ctx, fn)
	if err == nil {
		s.boundWAL(ctx)
	}
	return s.explain(ctx, op, err)
}

// view runs fn on one state of the database, which writers do not disturb.
func (s *Store) view(ctx context.Context, op string, fn func(*tx) error) error {
	return s.explain(ctx, op, s.read.transact(ctx, fn))
}

// scan runs fn on one state of the database, on a connection whose rows are read
// through the driver: for what reads very many of them.
func (s *Store) scan(ctx context.Context, op string, fn func(*sql.Conn) error) error {
	conn, err := s.read.db.Conn(ctx)
	if err != nil {
		return s.explain(ctx, op, err)
	}
	defer release(conn)
	if err := begin(ctx, conn); err != nil {
		return s.explain(ctx, op, err)
	}
	return s.explain(ctx, op, fn(conn))
}

func micros(t time.Time) int64 { return t.UnixMicro() }

func moment(us int64) time.Time { return time.UnixMicro(us).UTC() }
