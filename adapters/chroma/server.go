package chroma

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.VectorStorage = (*Server)(nil)

// How a new collection's graph is built and searched. Chroma's defaults (100 and
// 100) lose neighbours where many vectors lie close together; see
// docs/vector-drivers.md for what these give.
const (
	efConstruction = 200
	efSearch       = 200
)

// The labels of a collection that say whose vectors it holds.
const (
	labelModel     = "atocore_model"
	labelDimension = "atocore_dimension"
)

const (
	writeTries  = 5
	searchTries = 2
)

// Server is a Chroma database. It is safe for concurrent use.
type Server struct {
	conn    connection
	place   string // for messages; never holds a secret
	timeout time.Duration

	mu      sync.Mutex
	limits  *limits // nil until the database was asked
	indexes map[opened]*Index
}

// opened is what an index is opened by.
type opened struct {
	name  string
	model domain.EmbeddingModel
}

// Open returns the Chroma database that c describes. It is not called yet: it may
// be away now and come later.
func Open(c Config) (*Server, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	conn, err := connect(c)
	if err != nil {
		return nil, err
	}
	place := c.URL
	if c.Mode == ModeLocal {
		place = c.PersistDir
	}
	return &Server{conn: conn, place: place, timeout: c.Timeout}, nil
}

// Close ends the connection; what was written stays.
func (s *Server) Close() error { return s.conn.Close() }

// Place returns the address, or the folder of the local mode.
func (s *Server) Place() string { return s.place }

// Alive returns nil when the database answers, and otherwise what to do.
func (s *Server) Alive(ctx context.Context) error {
	return s.try(ctx, s.search(), s.conn.Heartbeat)
}

func (s *Server) write() policy { return policy{tries: writeTries, timeout: s.timeout} }

func (s *Server) search() policy {
	return policy{tries: searchTries, timeout: max(s.timeout/10, time.Second/2)}
}

// bounds returns what the database accepts; it is asked once.
func (s *Server) bounds(ctx context.Context) (limits, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limits != nil {
		return *s.limits, nil
	}
	var l limits
	err := s.try(ctx, s.write(), func(ctx context.Context) (err error) {
		l, err = s.conn.Limits(ctx)
		return err
	})
	if err != nil {
		return l, err
	}
	s.limits = &l
	return l, nil
}

// Make makes the collection, empty, for vectors of model, or finds it. One that
// holds vectors of another model is KindConflict.
func (s *Server) Make(ctx context.Context, name string, model domain.EmbeddingModel) error {
	var c collection
	err := s.try(ctx, s.write(), func(ctx context.Context) (err error) {
		c, err = s.conn.Make(ctx, name, map[string]any{labelModel: model.Name, labelDimension: model.Dimension})
		return err
	})
	if err != nil {
		return fmt.Errorf("make collection %s: %w", name, err)
	}
	return c.check(model)
}

// Drop removes the collection; one that is not there is passed over.
func (s *Server) Drop(ctx context.Context, name string) error {
	err := s.try(ctx, s.write(), func(ctx context.Context) error {
		err := s.conn.Drop(ctx, name)
		if status(err) == http.StatusNotFound {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("drop collection %s: %w", name, err)
	}
	return nil
}

// Names returns the names of the collections that begin with prefix.
func (s *Server) Names(ctx context.Context, prefix string) ([]string, error) {
	var all []collection
	err := s.try(ctx, s.write(), func(ctx context.Context) (err error) {
		all, err = s.conn.List(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list collections: %w", err)
	}
	var names []string
	for _, c := range all {
		if strings.HasPrefix(c.name, prefix) {
			names = append(names, c.name)
		}
	}
	return names, nil
}

// Open returns the index in the collection with that name; see ports.VectorStorage.
func (s *Server) Open(name string, model domain.EmbeddingModel) ports.CheckedIndex {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.indexes == nil {
		s.indexes = map[opened]*Index{}
	}
	key := opened{name, model}
	if s.indexes[key] == nil { // kept, so that its collection is looked up once
		s.indexes[key] = s.Index(name, model)
	}
	return s.indexes[key]
}

// check refuses a collection whose vectors are not of model.
func (c collection) check(model domain.EmbeddingModel) error {
	name, _ := c.labels[labelModel].(string)
	dimension := number(c.labels[labelDimension])
	if name == model.Name && dimension == model.Dimension {
		return nil
	}
	hint := "keep the embedding settings as they were, or make a new index with: atocore index rebuild"
	if name == "" {
		return domain.Conflict("the Chroma collection %q was not made by atocore", c.name).
			WithHint("give atocore a name of its own with chroma.collection")
	}
	return domain.Conflict("the index %q holds vectors of %s (%d numbers), not of %s (%d numbers)",
		c.name, name, dimension, model.Name, model.Dimension).WithHint("%s", hint)
}

// number reads a label, which JSON brings as a float and chroma-go as an int64.
func number(v any) int {
	switch n := v.(type) {
	case float64:
		return int(n)
	case int64:
		return int(n)
	case int:
		return n
	}
	return 0
}
