// Package transfer is the use case of taking everything out and in: exports and
// imports of one's own format, and imports of what other memory systems keep.
package transfer

import (
	"context"
	"fmt"
	"io"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what the service works with. Every field is needed.
type Config struct {
	Store    ports.TransferStore
	Registry ports.ProjectRegistry
	Embedder ports.Embedder
	Format   ports.RecordFormat
	Foreign  ports.ForeignReader
	Clock    ports.Clock
}

// Service takes out and in. It is safe for concurrent use.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

// Tally counts records by their kind.
type Tally map[domain.RecordKind]int

// Total returns the number of all records.
func (t Tally) Total() (n int) {
	for _, k := range t {
		n += k
	}
	return n
}

// Export writes everything to w: projects, memories with their whole history, deleted
// ones too, the state of projects with its history, and interactions. The store's part
// is one state of it. report is told the counts so far; it may be nil.
func (s *Service) Export(ctx context.Context, w io.Writer, report func(Tally)) (Tally, error) {
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	counts := Tally{}
	for _, k := range domain.RecordKinds {
		counts[k] = 0
	}
	err = s.Format.Write(w, func(put func(domain.Record) error) error {
		each := func(r domain.Record) error {
			if err := r.Validate(); err != nil {
				return domain.Corrupt("%s %s cannot be exported", r.Kind(), r.Name()).Because(err).
					WithHint("atocore doctor examines the store")
			}
			if err := put(r); err != nil {
				return err
			}
			counts[r.Kind()]++
			if report != nil {
				report(counts)
			}
			return nil
		}
		for _, p := range projects {
			if err := each(domain.Record{Project: &p}); err != nil {
				return err
			}
		}
		return s.Store.Export(ctx, each)
	})
	return counts, err
}
