package backup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Validation is what was found in a backup.
type Validation struct {
	Stamp  domain.Stamp
	Faults []domain.Fault // every one, in order of file
	Files  int            // looked at
	Bytes  int64          // hashed
	Took   time.Duration
}

// Sound tells whether nothing is wrong.
func (v Validation) Sound() bool { return len(v.Faults) == 0 }

// Validate looks for every fault of a backup: in its manifest and companions, in
// the bytes of every file, and in what the components make of them. name is a
// stamp or Latest. The outcome is noted with the backup where its folder can be
// written. The error is for what kept it from looking.
func (s *Service) Validate(ctx context.Context, name string, report func(domain.CopyProgress)) (Validation, error) {
	began := s.now()
	stamp, err := s.resolve(ctx, name)
	if err != nil {
		return Validation{}, err
	}
	release, err := s.use(ctx)
	if err != nil {
		return Validation{}, err
	}
	defer func() { _ = release() }() // the lock ends with the process in any case
	in, err := s.inspect(ctx, stamp)
	if err != nil {
		return Validation{}, err
	}
	r := &review{service: s, in: in, v: Validation{Stamp: stamp, Faults: in.Faults}}
	if err := r.run(ctx, report); err != nil {
		return Validation{}, fmt.Errorf("validate backup %s: %w", stamp, err)
	}
	v := r.v
	slices.SortStableFunc(v.Faults, func(a, b domain.Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Expected, b.Expected))
	})
	v.Faults = slices.Compact(v.Faults)
	standing := domain.StandingValidated
	if !v.Sound() {
		standing = domain.StandingWritten // what was known of it holds no more
	}
	at := s.now()
	v.Took = at.Sub(began)
	// A folder that cannot be written (a read-only disk) is no fault of the backup.
	if err := s.store.Record(ctx, stamp, standing, at); err != nil && ctx.Err() != nil {
		return Validation{}, fmt.Errorf("validate backup %s: %w", stamp, ctx.Err())
	}
	return v, nil
}

// Look looks for the faults of a backup that show without its content being read: in
// its manifest and companions, and in what files there are. Nothing is noted with the
// backup.
func (s *Service) Look(ctx context.Context, stamp domain.Stamp) ([]domain.Fault, error) {
	release, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = release() }() // the lock ends with the process in any case
	in, err := s.inspect(ctx, stamp)
	if err != nil {
		return nil, err
	}
	r := &review{service: s, in: in, v: Validation{Faults: in.Faults}}
	r.structure()
	return r.v.Faults, nil
}

// inspect asks the store for everything it can tell; from one that tells only
// whether the manifest is sound, that is taken.
func (s *Service) inspect(ctx context.Context, stamp domain.Stamp) (ports.Inspection, error) {
	if inspector, ok := s.store.(ports.BackupInspector); ok {
		return inspector.Inspect(ctx, stamp)
	}
	m, dir, err := s.store.Open(ctx, stamp)
	if domain.KindOf(err) == domain.KindCorrupt {
		return ports.Inspection{Faults: []domain.Fault{{
			Kind: domain.FaultManifest, Expected: "a sound manifest", Found: err.Error(),
		}}}, nil
	}
	if err != nil {
		return ports.Inspection{}, err
	}
	in := ports.Inspection{Dir: dir, Manifest: m, Readable: true}
	top, err := s.disk.ReadDir(dir)
	for _, e := range top {
		if !e.IsDir() {
			in.Companions = append(in.Companions, e.Name()) // components have folders
		}
	}
	return in, err
}
