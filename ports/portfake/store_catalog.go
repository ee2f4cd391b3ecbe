package portfake

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Catalog is ports.PassageCatalog over a Store.
type Catalog struct{ s *Store }

var _ ports.PassageCatalog = (*Catalog)(nil)

// Catalog returns the catalog of passages.
func (s *Store) Catalog() *Catalog { return &Catalog{s} }

// At implements ports.PassageCatalog.
func (c *Catalog) At(ctx context.Context, path string) (out []domain.Passage, err error) {
	err = c.s.do(ctx, "catalog.at", func() error {
		for _, f := range c.s.passages() {
			if path != "" && f.Kind == domain.PassageChunk && (f.Path == path || strings.HasSuffix(f.Path, "/"+path)) {
				out = append(out, f.Passage)
			}
		}
		slices.SortFunc(out, func(a, b domain.Passage) int {
			return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Root, b.Root), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Seq, b.Seq))
		})
		return nil
	})
	return out, err
}

// Paths implements ports.PassageCatalog.
func (c *Catalog) Paths(ctx context.Context) (out []string, err error) {
	err = c.s.do(ctx, "catalog.paths", func() error {
		for key := range c.s.documents {
			out = append(out, key.Path)
		}
		slices.Sort(out)
		out = slices.Compact(out)
		return nil
	})
	return out, err
}
