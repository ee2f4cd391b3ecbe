// Package offsite sends backups away, each as one encrypted archive, and fetches
// them back. A copy counts when the remote itself has told that it is what was
// sent, and its summary was written after that: archive first, summary last. What
// was cut off in between is never taken for a backup, and the next run begins it
// anew. What is fetched is unpacked and validated under a hidden name before
// anybody sees it.
package offsite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Latest names the newest backup in place of a stamp.
const Latest = "latest"

const (
	archiveSuffix = ".tar.zst.age"
	summarySuffix = ".json"
	manifestName  = "metadata.json"
	// spare is what must be left on the disk beside what is fetched, in bytes.
	spare = 1 << 20
	// patience is how often in a row a download may break without a byte gained.
	patience = 5
)

// Config is what a Service is made of. Everything must be set except where it says
// otherwise.
type Config struct {
	Remote   ports.RemoteStore
	Archiver ports.Archiver
	Store    ports.BackupStore // also a ports.BackupAdopter, for Pull
	Disk     ports.Disk
	Clock    ports.Clock
	// Validate looks for every fault of the backup that lies in the folder of its
	// name below dir.
	Validate func(ctx context.Context, dir string, stamp domain.Stamp, report func(domain.CopyProgress)) ([]domain.Fault, error)
	Policy   domain.RetentionPolicy // of the remote; an empty one keeps everything
	// Exclude keeps other processes from pushing at the same time; nil: there are none.
	Exclude func(ctx context.Context) (release func() error, err error)
	// Seals keeps what it takes to go on, in another process, with an upload that was
	// cut off, and Program says which program this is: only the same one packs the
	// same bytes. Without them an upload begins anew.
	Seals   ports.SealStore
	Program func() (string, error)
	// Record notes in the ledger what was done; nil means that there is none.
	Record func(ctx context.Context, e domain.LedgerEntry) error
	// Tell is told how every push and every sync ended; it must not block. nil for
	// nobody.
	Tell func(r domain.JobReport)
	// Wait waits before a broken download is taken up again, try counting from 1;
	// nil waits a second, then twice as long each time.
	Wait func(ctx context.Context, try int) error
}

// Service moves backups to the remote and back. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(c Config) *Service {
	if c.Wait == nil {
		c.Wait = wait
	}
	if c.Exclude == nil {
		c.Exclude = func(context.Context) (func() error, error) { return func() error { return nil }, nil }
	}
	if c.Record == nil {
		c.Record = func(context.Context, domain.LedgerEntry) error { return nil }
	}
	return &Service{cfg: c}
}

// Place says in words where the remote is.
func (s *Service) Place() string { return s.cfg.Remote.Place() }

func wait(ctx context.Context, try int) error {
	timer := time.NewTimer(time.Second << min(try-1, 6))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// use keeps the backups here from being removed while they are read.
func (s *Service) use(ctx context.Context) (func() error, error) {
	if k, ok := s.cfg.Store.(ports.BackupKeeper); ok {
		return k.Use(ctx)
	}
	return func() error { return nil }, nil
}

// local turns what a person says into the stamp of a backup that is here.
func (s *Service) local(ctx context.Context, name string) (domain.Stamp, error) {
	if name != Latest {
		return domain.ParseStamp(name)
	}
	list, err := s.cfg.Store.List(ctx)
	if err != nil {
		return "", err
	}
	return domain.LatestBackup(list)
}

// content is a backup here as it is packed.
type content struct {
	summary  domain.BackupSummary
	manifest domain.Manifest
	dir      string
	hash     string // of the manifest
	index    domain.ArchiveIndex
}

// look finds out what of a backup goes into its archive: the files that its
// manifest names and those that describe it, and nothing else.
func (s *Service) look(ctx context.Context, stamp domain.Stamp) (content, error) {
	c := content{index: domain.ArchiveIndex{Stamp: stamp}}
	in, err := s.inspect(ctx, stamp)
	if err != nil {
		return c, err
	}
	if len(in.Faults) > 0 || !in.Readable {
		first := "its manifest cannot be read"
		if len(in.Faults) > 0 {
			first = in.Faults[0].String()
		}
		return c, domain.Corrupt("backup %s is faulty and is not sent away: %s", stamp, first).
			WithHint("see everything that is wrong with it: atocore backup validate %s", stamp)
	}
	c.dir, c.manifest = in.Dir, in.Manifest
	if c.summary, err = s.summaryOf(ctx, stamp); err != nil {
		return c, err
	}
	if c.summary.Standing == domain.StandingBroken {
		return c, domain.Corrupt("backup %s is broken and is not sent away: %s", stamp, c.summary.Problem)
	}
	for _, name := range in.Companions {
		path := filepath.Join(in.Dir, name)
		info, err := s.cfg.Disk.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue // not every backup has them all; what is needed was looked at
		}
		size, sum, err := s.cfg.Disk.Hash(ctx, path, nil)
		if err != nil {
			return c, fmt.Errorf("read %s of backup %s: %w", name, stamp, err)
		}
		if name == manifestName {
			c.hash = sum
		}
		c.index.Files = append(c.index.Files, domain.ArchiveFile{
			Path: name, Mode: uint32(info.Mode().Perm()), Size: size, SHA256: sum,
		})
	}
	if c.hash == "" {
		return c, domain.Corrupt("backup %s has no manifest", stamp)
	}
	for _, part := range in.Manifest.Components {
		for _, f := range part.Files {
			c.index.Files = append(c.index.Files, domain.ArchiveFile(f))
		}
	}
	if p := in.Manifest.Probes; p != nil && !slices.Contains(in.Companions, p.Path) {
		c.index.Files = append(c.index.Files, domain.ArchiveFile(*p))
	}
	return c, nil
}

func (s *Service) inspect(ctx context.Context, stamp domain.Stamp) (ports.Inspection, error) {
	if inspector, ok := s.cfg.Store.(ports.BackupInspector); ok {
		return inspector.Inspect(ctx, stamp)
	}
	m, dir, err := s.cfg.Store.Open(ctx, stamp)
	if err != nil {
		return ports.Inspection{}, err
	}
	in := ports.Inspection{Dir: dir, Manifest: m, Readable: true}
	top, err := s.cfg.Disk.ReadDir(dir)
	for _, e := range top {
		if !e.IsDir() {
			in.Companions = append(in.Companions, e.Name()) // components have folders
		}
	}
	return in, err
}

func (s *Service) summaryOf(ctx context.Context, stamp domain.Stamp) (domain.BackupSummary, error) {
	list, err := s.cfg.Store.List(ctx)
	if err != nil {
		return domain.BackupSummary{}, err
	}
	for _, b := range list {
		if b.Stamp == stamp {
			return b, nil
		}
	}
	return domain.BackupSummary{}, domain.NotFound("there is no backup %s", stamp)
}

// note writes an entry into the ledger: how it went, and what is worth knowing.
func (s *Service) note(ctx context.Context, kind domain.LedgerKind, stamp domain.Stamp, began time.Time, details map[string]string, failure error) error {
	now := s.cfg.Clock.Now()
	e := domain.LedgerEntry{
		At: now, Kind: kind, Outcome: domain.LedgerPassed, Stamp: stamp, Took: now.Sub(began),
		Details: map[string]string{"place": s.Place()},
	}
	for k, v := range details {
		e.Details[k] = v
	}
	if failure != nil {
		e.Outcome = domain.LedgerFailed
		e.Details["problem"] = failure.Error()
	}
	// Also when ctx has ended: that it did is what is to be noted.
	if err := s.cfg.Record(context.WithoutCancel(ctx), e); err != nil {
		return errors.Join(failure, fmt.Errorf("note it in the ledger: %w", err))
	}
	return failure
}

func stage(report func(domain.CopyProgress), name string, total int64) func(done int64) {
	if report == nil {
		return nil
	}
	return func(done int64) { report(domain.CopyProgress{Stage: name, Done: done, Total: total}) }
}
