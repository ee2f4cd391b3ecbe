// Package prove restores backups into scratch and asks them: a backup is proven
// when its restored copy holds what was captured and gives the answers that the
// captured state gave.
//
// What the captured state answers is recorded while the backup is made, from the
// captured copy and not from the live store, so that no writer can come between
// (record.go). A proof restores the backup by the same steps as a restore into
// another folder, opens the result as a service would, makes the same record of it,
// and compares (service.go, compare.go).
package prove

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Latest names the newest backup in place of a stamp.
const Latest = "latest"

// spare is what must be left on the disk of scratch beside the restored copy: the
// database's write-ahead log, folders.
const spare = 32 << 20

// Config is what a Service needs. Everything must be set except where it says
// otherwise.
type Config struct {
	Backups ports.BackupStore
	Proofs  ports.ProofStore
	Scratch ports.Scratch
	Disk    ports.DiskReader
	Clock   ports.Clock
	// Restore restores a backup into target, a folder that does not exist. The faults
	// are those that kept it from doing so, with an error of KindCorrupt.
	Restore func(ctx context.Context, stamp domain.Stamp, target string, report func(domain.CopyProgress)) (domain.RestoreResult, []domain.Fault, error)
	// OpenCaptured opens the captured copy in a backup's folder and changes nothing.
	OpenCaptured func(ctx context.Context, backupDir string) (ports.State, error)
	// OpenRestored opens a data directory as a service does.
	OpenRestored func(ctx context.Context, dataDir string) (ports.State, error)
	// Ask answers a query from what a state's Search made, with the same weights
	// whatever is configured, as if it were asked at that moment.
	Ask        func(ctx context.Context, s ports.State, on ports.Searched, at time.Time, q domain.Query) (domain.Answer, error)
	Embedding  domain.EmbeddingModel // of Ask
	AppVersion string
	Prompts    []string // the operator's own probes; may be empty
	// Record notes the proof in the ledger; nil for none.
	Record func(ctx context.Context, e domain.LedgerEntry) error
	// Tell is told how every proof ended; it must not block. nil for nobody.
	Tell func(r domain.JobReport)
}

// Service proves backups. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(c Config) *Service { return &Service{cfg: c} }

// Prove restores the backup into scratch and compares. name is a stamp or Latest.
// A backup that fails its proof is no error: the proof lists every difference. The
// error is for what kept it from being proven at all (no such backup, no room), and
// then nothing is noted.
func (s *Service) Prove(ctx context.Context, name string, report func(domain.CopyProgress)) (domain.Proof, error) {
	began := s.cfg.Clock.Now()
	p, err := s.prove(ctx, name, report)
	s.tell(began, name, p, err)
	return p, err
}

func (s *Service) prove(ctx context.Context, name string, report func(domain.CopyProgress)) (domain.Proof, error) {
	stamp, err := s.resolve(ctx, name)
	if err != nil {
		return domain.Proof{}, err
	}
	release, err := s.use(ctx)
	if err != nil {
		return domain.Proof{}, err
	}
	defer func() { _ = release() }() // the lock ends with the process in any case
	t := &trial{s: s, report: report, proof: domain.Proof{Stamp: stamp, AppVersion: s.cfg.AppVersion}}
	began := s.cfg.Clock.Now()
	if err := t.run(ctx); err != nil {
		return domain.Proof{}, fmt.Errorf("prove backup %s: %w", stamp, err)
	}
	p := &t.proof
	p.At = s.cfg.Clock.Now()
	p.Took, p.Passed = p.At.Sub(began), len(p.Differences) == 0
	s.keep(ctx, p)
	if err := ctx.Err(); err != nil {
		return domain.Proof{}, fmt.Errorf("prove backup %s: %w", stamp, err)
	}
	return *p, nil
}

// use keeps backups from being removed while one is proven.
func (s *Service) use(ctx context.Context) (release func() error, err error) {
	if keeper, ok := s.cfg.Backups.(ports.BackupKeeper); ok {
		return keeper.Use(ctx)
	}
	return func() error { return nil }, nil
}

// All proves every backup that is not broken, the newest first, and goes on after
// one that fails its proof. each is told of every proof, and of what kept one from
// being made; it may be nil. The error is the first of those.
func (s *Service) All(ctx context.Context, report func(domain.CopyProgress), each func(domain.Stamp, domain.Proof, error)) error {
	list, err := s.cfg.Backups.List(ctx)
	if err != nil {
		return fmt.Errorf("prove all backups: %w", err)
	}
	if len(list) == 0 {
		return domain.NotFound("there is no backup yet").WithHint("make one with: atocore backup create")
	}
	var first error
	for _, b := range list {
		p, err := s.Prove(ctx, string(b.Stamp), report)
		if each != nil {
			each(b.Stamp, p, err)
		}
		if err != nil && first == nil {
			first = err
		}
		if ctx.Err() != nil {
			return errors.Join(first)
		}
	}
	return first
}

// Last returns the last proof of a backup, passed or not; KindNotFound when there
// is none.
func (s *Service) Last(ctx context.Context, name string) (domain.Proof, error) {
	stamp, err := s.resolve(ctx, name)
	if err != nil {
		return domain.Proof{}, err
	}
	return s.cfg.Proofs.Proof(ctx, stamp)
}

func (s *Service) resolve(ctx context.Context, name string) (domain.Stamp, error) {
	if name != Latest {
		return domain.ParseStamp(name)
	}
	list, err := s.cfg.Backups.List(ctx)
	if err != nil {
		return "", err
	}
	return domain.LatestBackup(list)
}

// keep notes the proof with the backup and in the ledger. A folder that cannot be
// written (a read-only disk) is no fault of the backup: it is said.
func (s *Service) keep(ctx context.Context, p *domain.Proof) {
	if err := s.cfg.Proofs.PutProof(ctx, p.Stamp, *p); err != nil {
		p.Unkept = err.Error()
		p.Notes = append(p.Notes, "the proof could not be kept with the backup: "+p.Unkept)
	}
	if s.cfg.Record == nil {
		return
	}
	e := domain.LedgerEntry{
		At: p.At, Kind: domain.LedgerProof, Outcome: domain.LedgerPassed, Stamp: p.Stamp, Took: p.Took,
		Details: map[string]string{"restore_seconds": fmt.Sprintf("%.6f", p.RestoreTook.Seconds())},
	}
	if !p.Passed {
		e.Outcome = domain.LedgerFailed
		e.Details["differences"] = fmt.Sprint(len(p.Differences))
		e.Details["first"] = p.Differences[0].String()
	}
	if err := s.cfg.Record(ctx, e); err != nil {
		p.Notes = append(p.Notes, "the proof could not be noted in the ledger: "+err.Error())
	}
}

// trial is one proof under way.
type trial struct {
	s      *Service
	report func(domain.CopyProgress)
	proof  domain.Proof

	manifest  domain.Manifest
	backupDir string
	recorded  *domain.ProbeSet // nil when there is none
}

func (t *trial) differ(subject, expected, found string) {
	t.proof.Differences = append(t.proof.Differences, domain.Difference{Subject: subject, Expected: expected, Found: found})
}

func (t *trial) note(format string, args ...any) {
	t.proof.Notes = append(t.proof.Notes, fmt.Sprintf(format, args...))
}

func (t *trial) compared(what string, count int64) {
	t.proof.Compared = append(t.proof.Compared, domain.Comparison{What: what, Count: count})
}

func (t *trial) run(ctx context.Context) (err error) {
	m, dir, err := t.s.cfg.Backups.Open(ctx, t.proof.Stamp)
	if domain.KindOf(err) == domain.KindCorrupt {
		t.differ("manifest", "one that can be used", err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	t.manifest, t.backupDir = m, dir
	if err := t.readProbes(ctx); err != nil {
		return err
	}
	scratch, release, err := t.s.cfg.Scratch.Take(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if rerr := release(); rerr != nil && err == nil {
			t.note("the scratch folder %s could not be removed and is swept by the next proof: %v", scratch, rerr)
		}
	}()
	if err := t.room(scratch); err != nil {
		return err
	}
	target := filepath.Join(scratch, "data")
	res, faults, err := t.s.cfg.Restore(ctx, t.proof.Stamp, target, t.report)
	if err != nil {
		return t.unrestored(ctx, faults, err)
	}
	t.proof.RestoreTook = res.Took
	t.countRestored()
	return t.ask(ctx, target)
}

func (t *trial) readProbes(ctx context.Context) error {
	if t.manifest.Probes == nil {
		why := t.manifest.NoProbes
		if why == "" {
			why = fmt.Sprintf("it is of format %d", t.manifest.Format)
		}
		t.note("no probes were recorded when the backup was made (%s): the captured copy was asked instead", why)
		return nil
	}
	set, err := t.s.cfg.Proofs.Probes(ctx, t.proof.Stamp)
	switch {
	case err == nil:
		t.recorded = &set
	case domain.KindOf(err) != domain.KindCorrupt:
		return err // corrupt: the restore's validation finds it, too
	}
	return nil
}

func (t *trial) room(scratch string) error {
	free, _, err := t.s.cfg.Disk.Free(scratch)
	if err != nil {
		return err
	}
	if need := t.manifest.Bytes() + spare; free < need {
		return domain.Unavailable("not enough room to restore into %s: about %d bytes are needed, %d are free", filepath.Dir(scratch), need, free).
			WithHint("make room there, or choose another folder with backup.scratch_dir")
	}
	return nil
}

// unrestored tells a backup that cannot be restored from a restore that could not
// be done now.
func (t *trial) unrestored(ctx context.Context, faults []domain.Fault, err error) error {
	if ctx.Err() != nil || domain.KindOf(err) != domain.KindCorrupt {
		return err
	}
	for _, f := range faults {
		file := f.File
		if file == "" {
			file = "backup"
		}
		t.differ(fmt.Sprintf("%s (%s)", file, f.Kind), f.Expected, f.Found)
	}
	if len(faults) == 0 {
		t.differ("restore", "a restored copy", err.Error())
	}
	return nil
}

// countRestored says what the restore itself has compared, byte by byte and by
// content: the validation before and the verification after the copy.
func (t *trial) countRestored() {
	var files, bytes int64
	for _, c := range t.manifest.Components {
		files += int64(len(c.Files))
		bytes += c.Bytes()
		for _, table := range c.Facts.Tables {
			t.compared(fmt.Sprintf("rows of %s %s, by content digest", c.Name, table.Name), table.Rows)
		}
	}
	t.compared("files, by SHA-256", files)
	t.compared("bytes, by SHA-256", bytes)
}
