package portfake

import (
	"context"
	"maps"
	"slices"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Listed is ports.PassageLister over a Store.
type Listed struct{ s *Store }

var _ ports.PassageLister = (*Listed)(nil)

// Listed returns the list of everything that can be found.
func (s *Store) Listed() *Listed { return &Listed{s} }

// Each implements ports.PassageLister.
func (l *Listed) Each(ctx context.Context, each func(p domain.Passage, vectored bool) error) (ports.Indexed, error) {
	var list []domain.Passage
	err := l.s.do(ctx, "passage.each", func() error {
		all := l.s.passages()
		for _, id := range slices.Sorted(maps.Keys(all)) {
			list = append(list, domain.Passage{ID: id, Kind: all[id].Kind})
		}
		return nil
	})
	if err != nil {
		return ports.Indexed{}, err
	}
	vectors, err := l.s.Vectors().IDs(ctx)
	if err != nil && domain.KindOf(err) != domain.KindUnavailable {
		return ports.Indexed{}, err
	}
	in := ports.Indexed{Known: err == nil}
	for _, p := range list { // without the lock: each may ask the store
		at, vectored := slices.BinarySearch(vectors, p.ID)
		if vectored {
			vectors = slices.Delete(vectors, at, at+1)
		}
		if err := each(p, vectored); err != nil {
			return in, err
		}
	}
	in.Orphaned = vectors
	return in, nil
}
