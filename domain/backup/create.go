package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"github.com/dustin/go-humanize"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// chromaName is the component that Options can ask for by name.
const chromaName = "chroma"

// spare is what must be left on the disk beside the estimate: manifests, folders,
// and what the live state grows by in the meantime.
const spare = 1 << 20

// Options say what kind of backup to make.
type Options struct {
	Kind domain.BackupKind // "" means manual
	// IncludeChroma: true asks for the Chroma tree, false leaves it out, nil takes
	// it if there is one. Where it is asked for and there is none, the manifest
	// says so.
	IncludeChroma *bool
	Report        func(domain.CopyProgress) // may be nil
	// Warn is told what went wrong without keeping the backup from being whole; it
	// may be nil.
	Warn func(string)
}

// Create makes a backup of every component and returns its manifest. On an error
// nothing is left that looks like a backup. Where there is no state to back up yet
// it is KindUnavailable; only before a restore may truth be missing.
func (s *Service) Create(ctx context.Context, o Options) (m domain.Manifest, err error) {
	if o.Kind == "" {
		o.Kind = domain.BackupManual
	}
	m = domain.Manifest{
		Format: domain.BackupFormat, Kind: o.Kind, CreatedAt: s.now(), AppVersion: s.version,
	}
	defer func() { s.told(m, err) }()
	dir, err := s.store.Begin(ctx)
	if err != nil {
		return m, fmt.Errorf("create backup: %w", err)
	}
	defer func() {
		if err == nil {
			return
		}
		// Also when ctx has ended: what is half made must go.
		if derr := s.store.Discard(context.WithoutCancel(ctx), dir); derr != nil {
			err = errors.Join(err, fmt.Errorf("what was begun could not be removed and is swept by the next backup: %w", derr))
		}
	}()
	if err := s.room(dir); err != nil {
		return m, err
	}
	if s.quiet != nil && (o.IncludeChroma == nil || *o.IncludeChroma) {
		release, qerr := s.quiet(ctx)
		if qerr != nil {
			return m, fmt.Errorf("create backup: %w", qerr)
		}
		defer func() { err = errors.Join(err, release()) }()
	}
	for _, c := range s.components {
		e, err := s.capture(ctx, c, dir, o)
		if err != nil {
			return m, fmt.Errorf("create backup: %w", err)
		}
		m.Components = append(m.Components, e)
		m.SchemaVersion = max(m.SchemaVersion, e.Facts.Schema)
		if e.Facts.Embedding != nil {
			m.Embedding = *e.Facts.Embedding
		}
	}
	if _, known := m.Component(chromaName); !known && o.IncludeChroma != nil && *o.IncludeChroma {
		m.Components = append(m.Components, domain.ComponentEntry{
			Name: chromaName, Dir: chromaName, Derived: true,
			Reason: "no Chroma component is configured here; the vectors are kept in the database",
		})
	}
	if err := s.probeCopy(ctx, dir, &m, o); err != nil {
		return m, fmt.Errorf("create backup: %w", err)
	}
	done, err := s.store.Commit(ctx, dir, m)
	if err != nil {
		return m, fmt.Errorf("create backup: %w", err)
	}
	s.enter(ctx, done, o)
	return done, nil
}

// told tells how a backup ended.
func (s *Service) told(m domain.Manifest, err error) {
	if s.tell == nil || m.Kind == domain.BackupPreRestore {
		return
	}
	r := domain.JobReport{
		Job: domain.JobBackup, Stamp: m.Stamp, Started: m.CreatedAt, Took: max(0, s.now().Sub(m.CreatedAt)),
		Schedule: m.Kind == domain.BackupScheduled,
	}
	if err == nil {
		r.Bytes = m.Bytes()
		r.Summary = fmt.Sprintf("%s in %s", humanize.IBytes(uint64(max(0, r.Bytes))), domain.Span(r.Took))
	}
	s.tell(r.Failed(err))
}

// probeCopy records how the captured copy answers. A copy that cannot be asked is
// a backup all the same, and says why it has no probes.
func (s *Service) probeCopy(ctx context.Context, dir string, m *domain.Manifest, o Options) error {
	if s.probe == nil || s.proofs == nil {
		return nil
	}
	if o.Report != nil {
		o.Report(domain.CopyProgress{Stage: "ask the copy"})
	}
	set, err := s.probe(ctx, dir)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		m.NoProbes = err.Error()
		o.warn("no probe queries were recorded with the backup: %v", err)
		return nil
	}
	file, err := s.proofs.PutProbes(ctx, dir, set)
	if err != nil {
		return err
	}
	m.Probes = &file
	return nil
}

// enter notes the backup in the ledger. It is whole, whether or not that succeeds,
// also when ctx has ended since.
func (s *Service) enter(ctx context.Context, m domain.Manifest, o Options) {
	if s.record == nil {
		return
	}
	err := s.record(context.WithoutCancel(ctx), domain.LedgerEntry{
		Kind: domain.LedgerBackup, Outcome: domain.LedgerPassed, Stamp: m.Stamp, Took: s.now().Sub(m.CreatedAt),
		Details: map[string]string{"kind": string(m.Kind), "bytes": fmt.Sprint(m.Bytes())},
	})
	if err != nil {
		o.warn("the backup is whole, and could not be noted in the ledger: %v", err)
	}
}

func (o Options) warn(format string, args ...any) {
	if o.Warn != nil {
		o.Warn(fmt.Sprintf(format, args...))
	}
}

// capture copies one component and describes what was copied.
func (s *Service) capture(ctx context.Context, c ports.Component, dir string, o Options) (domain.ComponentEntry, error) {
	e := c.Describe()
	if e.Name == chromaName && o.IncludeChroma != nil && !*o.IncludeChroma {
		e.Reason = "left out as asked for"
		return e, nil
	}
	own := filepath.Join(dir, e.Dir)
	if err := s.disk.Mkdir(own); err != nil {
		return e, err
	}
	got, err := c.Capture(ctx, own, progress(o.Report, "capture "+e.Name))
	if err != nil {
		none, serr := s.stateless(c)
		if serr != nil || !none || domain.KindOf(err) != domain.KindUnavailable {
			return e, errors.Join(err, serr)
		}
		if !e.Derived && o.Kind != domain.BackupPreRestore {
			return e, err // a backup without it would lie
		}
		e.Reason = err.Error()
		return e, s.disk.RemoveAll(own)
	}
	e.Included, e.Facts = true, got.Facts
	e.Files, err = s.describe(ctx, own, e.Dir, got.Hashed, progress(o.Report, "hash "+e.Name))
	return e, err
}

// stateless tells whether a component has nothing at any of its places.
func (s *Service) stateless(c ports.Component) (bool, error) {
	for _, p := range c.Places() {
		if _, err := s.disk.Stat(p.Live); err == nil {
			return false, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return true, nil
}

// describe lists what a component wrote, and hashes what it did not hash itself.
func (s *Service) describe(ctx context.Context, dir, name string, hashed []domain.FileEntry, report func(done, total int64)) ([]domain.FileEntry, error) {
	found, err := s.walk(dir, name)
	if err != nil {
		return nil, err
	}
	known := map[string]domain.FileEntry{}
	for _, h := range hashed {
		known[name+"/"+h.Path] = h
	}
	var files []domain.FileEntry
	var todo []int // of files
	var total int64
	for _, f := range found {
		if f.info.IsDir() {
			continue
		}
		if !f.info.Mode().IsRegular() {
			return nil, domain.Corrupt("%s is neither a file nor a folder and cannot be backed up", f.path)
		}
		e := domain.FileEntry{Path: f.path, Mode: uint32(f.info.Mode().Perm())}
		switch h, ok := known[f.path]; {
		case !ok:
			todo = append(todo, len(files))
			total += f.info.Size()
		case h.Size != f.info.Size():
			return nil, domain.Corrupt("%s was written with %d bytes and has %d", f.path, h.Size, f.info.Size())
		default:
			e.Size, e.SHA256 = h.Size, h.SHA256
		}
		files = append(files, e)
	}
	var mu sync.Mutex
	var done int64
	err = s.parallel(len(todo), func(n int) error {
		i := todo[n]
		size, sum, err := s.disk.Hash(ctx, filepath.Join(filepath.Dir(dir), filepath.FromSlash(files[i].Path)), func(n int64) {
			if report != nil {
				mu.Lock()
				defer mu.Unlock()
				done += n
				report(done, total)
			}
		})
		files[i].Size, files[i].SHA256 = size, sum
		return err
	})
	return files, err
}

// room refuses to begin what cannot end: it adds up what the components hold now.
func (s *Service) room(dir string) error {
	need := int64(spare)
	for _, c := range s.components {
		for _, p := range c.Places() {
			n, err := s.size(p.Live)
			if err != nil {
				return fmt.Errorf("create backup: %w", err)
			}
			need += n
		}
	}
	have, _, err := s.disk.Free(dir)
	if err != nil {
		return fmt.Errorf("create backup: %w", err)
	}
	if have < need {
		return domain.Unavailable("not enough room for a backup in %s: about %d bytes are needed, %d are free", filepath.Dir(dir), need, have).
			WithHint("make room there, or choose another folder with backup.dir")
	}
	return nil
}

// size returns the bytes of a file or tree; 0 for what does not exist or vanishes
// meanwhile.
func (s *Service) size(path string) (int64, error) {
	info, err := s.disk.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil || !info.IsDir() {
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
	entries, err := s.disk.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, e := range entries {
		n, err := s.size(filepath.Join(path, e.Name()))
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}
