package portfake

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Keys is ports.KeyStore in memory. The zero value works.
type Keys struct {
	// Fail is called at the start of every call with "key.add" and the like; what it
	// returns is returned. It may be nil.
	Fail func(op string) error

	mu  sync.Mutex
	all []domain.Key
}

var _ ports.KeyStore = (*Keys)(nil)

// Add implements ports.KeyStore.
func (s *Keys) Add(ctx context.Context, k domain.Key) error {
	if err := begin(ctx, s.Fail, "key.add"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(-1, k)
}

// put stores k in place of the one at that place; -1 adds it.
func (s *Keys) put(at int, k domain.Key) error {
	for i, other := range s.all {
		if i == at {
			continue
		}
		if other.ID == k.ID {
			return domain.Conflict("there is a key %q already", k.ID).WithField("id")
		}
		if strings.EqualFold(other.Name, k.Name) && other.RevokedAt.IsZero() && k.RevokedAt.IsZero() {
			return domain.Conflict("there is a key called %q already", k.Name).WithField("name")
		}
	}
	if at < 0 {
		s.all = append(s.all, cloneKey(k))
	} else {
		s.all[at] = cloneKey(k)
	}
	return nil
}

func cloneKey(k domain.Key) domain.Key {
	k.Scopes, k.Projects = slices.Clone(k.Scopes), slices.Clone(k.Projects)
	k.Hash, k.Former = slices.Clone(k.Hash), slices.Clone(k.Former)
	return k
}

func (s *Keys) find(id string) (int, error) {
	at := slices.IndexFunc(s.all, func(k domain.Key) bool { return k.ID == id })
	if at < 0 {
		return 0, domain.NotFound("there is no key %q", id).WithField("id")
	}
	return at, nil
}

// Get implements ports.KeyStore.
func (s *Keys) Get(ctx context.Context, id string) (domain.Key, error) {
	if err := begin(ctx, s.Fail, "key.get"); err != nil {
		return domain.Key{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.find(id)
	if err != nil {
		return domain.Key{}, err
	}
	return cloneKey(s.all[at]), nil
}

// List implements ports.KeyStore.
func (s *Keys) List(ctx context.Context) ([]domain.Key, error) {
	if err := begin(ctx, s.Fail, "key.list"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []domain.Key{}
	for _, k := range s.all {
		out = append(out, cloneKey(k))
	}
	slices.SortFunc(out, func(a, b domain.Key) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Update implements ports.KeyStore.
func (s *Keys) Update(ctx context.Context, id string, change func(*domain.Key) error) (domain.Key, error) {
	if err := begin(ctx, s.Fail, "key.update"); err != nil {
		return domain.Key{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.find(id)
	if err != nil {
		return domain.Key{}, err
	}
	old := s.all[at]
	k := cloneKey(old)
	if err := change(&k); err != nil {
		return domain.Key{}, err
	}
	k.ID, k.CreatedAt, k.UsedAt = old.ID, old.CreatedAt, old.UsedAt
	if err := s.put(at, k); err != nil {
		return domain.Key{}, err
	}
	return k, nil
}

// Used implements ports.KeyStore.
func (s *Keys) Used(ctx context.Context, used map[string]ports.Moment) error {
	if err := begin(ctx, s.Fail, "key.used"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.all {
		s.all[i].UsedAt = later(s.all[i].UsedAt, used[s.all[i].ID])
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Any implements ports.KeyStore.
func (s *Keys) Any(ctx context.Context) (bool, error) {
	if err := begin(ctx, s.Fail, "key.any"); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all) > 0, nil
}
