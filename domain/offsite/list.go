package offsite

import (
	"context"
	"slices"
	"sync"

	"github.com/atocore/atocore/domain"
)

// readers is how many summaries are fetched at the same time.
const readers = 8

// List returns what the remote holds, newest first. One whose summary cannot be
// believed, or whose archive is not there as its summary says, is broken.
func (s *Service) List(ctx context.Context) (domain.RemoteListing, error) {
	l, _, err := s.list(ctx)
	return l, err
}

// list also returns the archives without a summary as the remote tells of them.
func (s *Service) list(ctx context.Context) (domain.RemoteListing, []domain.RemoteObject, error) {
	out := domain.RemoteListing{Place: s.Place()}
	objects, err := s.cfg.Remote.List(ctx)
	if err != nil {
		return out, nil, err
	}
	archives := map[domain.Stamp]domain.RemoteObject{}
	var stamps []domain.Stamp
	for _, o := range objects {
		if stamp, ok := stampOf(o.Name, archiveSuffix); ok {
			archives[stamp] = o
		} else if stamp, ok := stampOf(o.Name, summarySuffix); ok {
			stamps = append(stamps, stamp)
		}
	}
	found := make([]*domain.RemoteBackup, len(stamps))
	failed := make([]error, len(stamps))
	var wg sync.WaitGroup
	slots := make(chan struct{}, readers)
	for i, stamp := range stamps {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			found[i], failed[i] = s.describe(ctx, stamp, archives)
		})
	}
	wg.Wait()
	for i, b := range found {
		if failed[i] != nil {
			return out, nil, failed[i]
		}
		if b != nil {
			out.Backups = append(out.Backups, *b)
		}
	}
	slices.SortFunc(out.Backups, func(a, b domain.RemoteBackup) int { return domain.CompareStamps(b.Stamp, a.Stamp) })
	var lone []domain.RemoteObject
	for stamp, o := range archives {
		if !slices.Contains(stamps, stamp) {
			lone = append(lone, o)
			out.Unfinished = append(out.Unfinished, o.Name)
		}
	}
	slices.Sort(out.Unfinished)
	return out, lone, nil
}

// describe returns nil for a backup that was removed meanwhile.
func (s *Service) describe(ctx context.Context, stamp domain.Stamp, archives map[domain.Stamp]domain.RemoteObject) (*domain.RemoteBackup, error) {
	m, err := s.read(ctx, stamp)
	broken := func(why string) *domain.RemoteBackup {
		return &domain.RemoteBackup{BackupSummary: domain.BackupSummary{
			Stamp: stamp, CreatedAt: stamp.Time(), Since: stamp.Time(), Standing: domain.StandingBroken, Problem: why,
		}}
	}
	switch domain.KindOf(err) {
	case "":
	case domain.KindNotFound:
		return nil, nil
	case domain.KindCorrupt, domain.KindInvalid:
		return broken(err.Error()), nil
	default:
		return nil, err
	}
	b := m.backup()
	switch archive, ok := archives[stamp]; {
	case !ok:
		return broken("its archive is missing"), nil
	case archive.Size != b.ArchiveBytes:
		return broken("its archive has another size than was sent"), nil
	}
	return &b, nil
}
