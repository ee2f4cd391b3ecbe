package offsite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Pull fetches a backup from the remote. name is a stamp or Latest. It is listed
// here when all of it has been unpacked and validated. One that is here already is
// not fetched again; KindConflict when another backup has its stamp here.
func (s *Service) Pull(ctx context.Context, name string, report func(domain.CopyProgress)) (domain.RemoteTransfer, error) {
	began := s.cfg.Clock.Now()
	m, err := s.named(ctx, name)
	stamp := domain.Stamp(m.Stamp)
	t := domain.RemoteTransfer{Stamp: stamp, Place: s.Place()}
	if err != nil {
		return t, err
	}
	t.Bytes, t.ArchiveBytes = m.Archive.Unpacked, m.Archive.Size
	if err := s.here(ctx, m, &t); err != nil || t.Already {
		return t, err
	}
	err = s.pull(ctx, m, &t, report)
	t.Took = s.cfg.Clock.Now().Sub(began)
	if err != nil {
		err = fmt.Errorf("pull backup %s: %w", stamp, err)
	}
	return t, s.note(ctx, domain.LedgerPulled, stamp, began, map[string]string{"archive": m.Archive.Name}, err)
}

// Fetch is Pull into the folder of the backup's name below dir, which exists:
// fetched, unpacked and validated, but not listed.
func (s *Service) Fetch(ctx context.Context, name, dir string, report func(domain.CopyProgress)) (domain.RemoteTransfer, error) {
	began := s.cfg.Clock.Now()
	m, err := s.named(ctx, name)
	t := domain.RemoteTransfer{Stamp: domain.Stamp(m.Stamp), Place: s.Place()}
	if err != nil {
		return t, err
	}
	t.Bytes, t.ArchiveBytes = m.Archive.Unpacked, m.Archive.Size
	err = s.receive(ctx, m, dir, &t, report)
	t.Took = s.cfg.Clock.Now().Sub(began)
	return t, err
}

// named returns the summary of the backup that a person means.
func (s *Service) named(ctx context.Context, name string) (summary, error) {
	if name == Latest {
		list, err := s.List(ctx)
		if err != nil {
			return summary{}, err
		}
		stamp, err := list.Latest()
		if err != nil {
			return summary{}, err
		}
		return s.read(ctx, stamp)
	}
	stamp, err := domain.ParseStamp(name)
	if err != nil {
		return summary{}, err
	}
	m, err := s.read(ctx, stamp)
	if domain.KindOf(err) == domain.KindNotFound {
		return m, domain.NotFound("there is no backup %s on the remote, %s", stamp, s.Place()).WithField("stamp").
			WithHint("list what is there: atocore backup remote list")
	}
	return m, err
}

// here looks whether the backup is here already.
func (s *Service) here(ctx context.Context, m summary, t *domain.RemoteTransfer) error {
	_, dir, err := s.cfg.Store.Open(ctx, t.Stamp)
	switch domain.KindOf(err) {
	case "":
	case domain.KindNotFound:
		return nil
	default:
		return domain.Conflict("backup %s is here, but broken", t.Stamp).Because(err).
			WithHint("move its folder out of the way, then pull again")
	}
	_, sum, err := s.cfg.Disk.Hash(ctx, filepath.Join(dir, manifestName), nil)
	if err != nil {
		return fmt.Errorf("look at backup %s: %w", t.Stamp, err)
	}
	if sum != m.ManifestSHA256 {
		return domain.Conflict("another backup %s is here already", t.Stamp).
			WithHint("the remote holds one of another installation; pull it with another --backup-dir")
	}
	t.Already, t.Folder = true, dir
	return nil
}

func (s *Service) pull(ctx context.Context, m summary, t *domain.RemoteTransfer, report func(domain.CopyProgress)) (err error) {
	adopter, ok := s.cfg.Store.(ports.BackupAdopter)
	if !ok {
		return domain.Invalid("backups cannot be taken in here")
	}
	dir, err := s.cfg.Store.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			return
		}
		// Also when ctx has ended: what is half fetched must go.
		if derr := s.cfg.Store.Discard(context.WithoutCancel(ctx), dir); derr != nil {
			err = errors.Join(err, fmt.Errorf("what was begun could not be removed and is swept by the next backup: %w", derr))
		}
	}()
	if err := s.receive(ctx, m, dir, t, report); err != nil {
		return err
	}
	if err := adopter.Adopt(ctx, dir, t.Stamp); err != nil {
		return err
	}
	t.Folder = filepath.Join(filepath.Dir(dir), string(t.Stamp))
	return nil
}

// receive unpacks and validates below dir.
func (s *Service) receive(ctx context.Context, m summary, dir string, t *domain.RemoteTransfer, report func(domain.CopyProgress)) error {
	free, _, err := s.cfg.Disk.Free(dir)
	if err != nil {
		return err
	}
	if m.Archive.Unpacked > free-spare {
		return domain.Unavailable("not enough room for backup %s in %s: it says that it has %d bytes, %d are free",
			t.Stamp, filepath.Dir(dir), m.Archive.Unpacked, free).WithHint("make room there, or choose another folder with backup.dir")
	}
	into := filepath.Join(dir, string(t.Stamp))
	if err := s.cfg.Disk.Mkdir(into); err != nil {
		return err
	}
	stream := s.download(ctx, m.Archive.Name)
	defer stream.Close() //nolint:errcheck // only read
	through := newMeter(stream, m.Archive.Size)
	limits := domain.ArchiveLimits{Stamp: t.Stamp, Files: m.Archive.Files, Bytes: m.Archive.Unpacked}
	_, err = s.cfg.Archiver.Unpack(ctx, through, into, limits, stage(report, "pull "+string(t.Stamp), m.Archive.Unpacked))
	t.Resumed = stream.resumed
	if err != nil {
		return s.explain(m, err)
	}
	if _, err := io.Copy(io.Discard, through); err != nil {
		return err
	}
	if through.count != m.Archive.Size || through.sum() != m.Archive.SHA256 {
		return domain.Corrupt("%s on the remote is not what was pushed", m.Archive.Name).
			WithHint("choose another backup; list them with: atocore backup remote list")
	}
	faults, err := s.cfg.Validate(ctx, dir, t.Stamp, report)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return domain.Corrupt("backup %s has %d faults, the first: %s", t.Stamp, len(faults), faults[0]).
			WithHint("nothing of it was kept; choose another backup: atocore backup remote list")
	}
	return nil
}

// explain says so when the archive has vanished under its summary.
func (s *Service) explain(m summary, err error) error {
	if domain.KindOf(err) != domain.KindNotFound {
		return err
	}
	return domain.Corrupt("%s has a summary on the remote but no archive", m.Stamp).
		WithHint("choose another backup; list them with: atocore backup remote list")
}
