package portfake

import (
	"context"
	"maps"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// VectorStorage holds vector indexes in memory, and behaves as a server does that
// may be away. Its zero value is empty.
type VectorStorage struct {
	// Fail is called at the start of every call with "storage.make",
	// "storage.upsert" and the like; what it returns is returned. It may be nil.
	Fail func(op string) error

	mu      sync.Mutex
	indexes map[string]*Store
	digests map[string]map[string]string
}

var _ ports.VectorStorage = (*VectorStorage)(nil)

// Make implements ports.VectorStorage.
func (v *VectorStorage) Make(ctx context.Context, name string, m domain.EmbeddingModel) error {
	if err := begin(ctx, v.Fail, "storage.make"); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.indexes == nil {
		v.indexes, v.digests = map[string]*Store{}, map[string]map[string]string{}
	}
	if s, there := v.indexes[name]; there {
		if s.Model != m {
			return domain.Conflict("%s holds vectors of %s", name, s.Model.Name)
		}
		return nil
	}
	s := NewStore()
	s.Model = m
	v.indexes[name], v.digests[name] = s, map[string]string{}
	return nil
}

// Drop implements ports.VectorStorage.
func (v *VectorStorage) Drop(ctx context.Context, name string) error {
	if err := begin(ctx, v.Fail, "storage.drop"); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.indexes, name)
	delete(v.digests, name)
	return nil
}

// Alive implements ports.VectorStorage.
func (v *VectorStorage) Alive(ctx context.Context) error { return begin(ctx, v.Fail, "storage.alive") }

// Open implements ports.VectorStorage.
func (v *VectorStorage) Open(name string, m domain.EmbeddingModel) ports.CheckedIndex {
	return &storedIndex{v, name, m}
}

type storedIndex struct {
	v     *VectorStorage
	name  string
	model domain.EmbeddingModel
}

func (x *storedIndex) at(ctx context.Context, op string) (*Vectors, error) {
	if err := begin(ctx, x.v.Fail, "storage."+op); err != nil {
		return nil, err
	}
	x.v.mu.Lock()
	defer x.v.mu.Unlock()
	s, there := x.v.indexes[x.name]
	switch {
	case !there:
		return nil, domain.NotFound("there is no index %s", x.name)
	case s.Model != x.model:
		return nil, domain.Conflict("%s holds vectors of %s", x.name, s.Model.Name)
	}
	return s.Vectors(), nil
}

func (x *storedIndex) Search(ctx context.Context, vector []float32, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	s, err := x.at(ctx, "search")
	if err != nil {
		return nil, err
	}
	return s.Search(ctx, vector, scope, limit)
}

func (x *storedIndex) Upsert(ctx context.Context, records []domain.VectorRecord) error {
	s, err := x.at(ctx, "upsert")
	if err != nil {
		return err
	}
	if err := s.Upsert(ctx, records); err != nil {
		return err
	}
	x.v.mu.Lock()
	defer x.v.mu.Unlock()
	for _, r := range records {
		x.v.digests[x.name][r.ID] = r.Digest
	}
	return nil
}

func (x *storedIndex) Delete(ctx context.Context, ids []string) error {
	s, err := x.at(ctx, "delete")
	if err != nil {
		return err
	}
	if err := s.Delete(ctx, ids); err != nil {
		return err
	}
	x.v.mu.Lock()
	defer x.v.mu.Unlock()
	for _, id := range ids {
		delete(x.v.digests[x.name], id)
	}
	return nil
}

func (x *storedIndex) IDs(ctx context.Context) ([]string, error) {
	s, err := x.at(ctx, "ids")
	if err != nil {
		return nil, err
	}
	return s.IDs(ctx)
}

func (x *storedIndex) Digests(ctx context.Context) (map[string]string, error) {
	if _, err := x.at(ctx, "digests"); err != nil {
		return nil, err
	}
	x.v.mu.Lock()
	defer x.v.mu.Unlock()
	return maps.Clone(x.v.digests[x.name]), nil
}
