package portfake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// BackupStore keeps backups below a folder of a Disk, so that they share the
// disk's fate. Make it with NewBackupStore.
type BackupStore struct {
	// Fail is called at the start of every call with a name such as
	// "backups.begin"; what it returns is returned. It may be nil.
	Fail func(op string) error

	disk ports.Disk
	home string

	mu     sync.Mutex
	builds int
}

var _ ports.BackupStore = (*BackupStore)(nil)

const (
	buildPrefix  = ".building-"
	manifestName = "metadata.json"
	standingName = "standing.json"
)

// NewBackupStore returns a store below the folder home, which must exist.
func NewBackupStore(disk ports.Disk, home string) *BackupStore {
	return &BackupStore{disk: disk, home: home}
}

type standing struct {
	Standing domain.Standing
	Since    time.Time
}

// Begin makes a hidden folder.
func (b *BackupStore) Begin(ctx context.Context) (string, error) {
	if err := begin(ctx, b.Fail, "backups.begin"); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	first := b.builds == 0
	b.builds++
	entries, err := b.disk.ReadDir(b.home)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		// Builds of this very store are under way; all others belong to the dead.
		if first && strings.HasPrefix(e.Name(), buildPrefix) {
			if err := b.disk.RemoveAll(filepath.Join(b.home, e.Name())); err != nil {
				return "", err
			}
		}
	}
	dir := filepath.Join(b.home, fmt.Sprintf("%s%d", buildPrefix, b.builds))
	return dir, b.disk.Mkdir(dir)
}

// Commit writes the manifest and gives the folder its name.
func (b *BackupStore) Commit(ctx context.Context, dir string, m domain.Manifest) (domain.Manifest, error) {
	if err := begin(ctx, b.Fail, "backups.commit"); err != nil {
		return m, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for n := 1; ; n++ {
		m.Stamp = domain.NewStamp(m.CreatedAt, n)
		_, err := b.disk.Stat(b.folder(m.Stamp))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return m, err
		}
	}
	data, err := json.Marshal(m)
	if err != nil {
		return m, err
	}
	if err := b.disk.WriteFile(filepath.Join(dir, manifestName), data, 0o600); err != nil {
		return m, err
	}
	if err := b.syncTree(dir); err != nil {
		return m, err
	}
	if err := b.disk.Rename(dir, b.folder(m.Stamp)); err != nil {
		return m, err
	}
	if err := b.disk.Sync(b.home); err != nil {
		return m, errors.Join(err, b.disk.Rename(b.folder(m.Stamp), dir))
	}
	return m, nil
}

// Discard removes a hidden folder.
func (b *BackupStore) Discard(ctx context.Context, dir string) error {
	if err := begin(context.WithoutCancel(ctx), b.Fail, "backups.discard"); err != nil {
		return err
	}
	if filepath.Dir(dir) != filepath.Clean(b.home) || !strings.HasPrefix(filepath.Base(dir), buildPrefix) {
		return fmt.Errorf("discard %s: it is not unfinished", dir)
	}
	return b.disk.RemoveAll(dir)
}

// List returns the backups, newest first.
func (b *BackupStore) List(ctx context.Context) ([]domain.BackupSummary, error) {
	if err := begin(ctx, b.Fail, "backups.list"); err != nil {
		return nil, err
	}
	entries, err := b.disk.ReadDir(b.home)
	if err != nil {
		return nil, err
	}
	var out []domain.BackupSummary
	for _, e := range entries {
		stamp, err := domain.ParseStamp(e.Name())
		if err != nil {
			continue
		}
		m, err := b.manifest(stamp)
		if err != nil {
			out = append(out, domain.BackupSummary{
				Stamp: stamp, CreatedAt: stamp.Time(), Standing: domain.StandingBroken, Problem: err.Error(),
			})
			continue
		}
		s := domain.BackupSummary{
			Stamp: stamp, Kind: m.Kind, CreatedAt: m.CreatedAt, Bytes: m.Bytes(),
			Standing: domain.StandingWritten, Since: m.CreatedAt,
		}
		for _, c := range m.Components {
			if c.Included {
				s.Included = append(s.Included, c.Name)
			}
		}
		var reached standing
		if data, err := b.disk.ReadFile(filepath.Join(b.folder(stamp), standingName)); err == nil && json.Unmarshal(data, &reached) == nil {
			s.Standing, s.Since = reached.Standing, reached.Since
		}
		out = append(out, s)
	}
	sort.SliceStable(out, func(i, j int) bool { return newer(out[i].Stamp, out[j].Stamp) })
	return out, nil
}

// newer compares stamps of the same second by their number, not their spelling.
func newer(a, b domain.Stamp) bool {
	if !a.Time().Equal(b.Time()) {
		return a.Time().After(b.Time())
	}
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}

// Open returns the manifest and the folder.
func (b *BackupStore) Open(ctx context.Context, stamp domain.Stamp) (domain.Manifest, string, error) {
	if err := begin(ctx, b.Fail, "backups.open"); err != nil {
		return domain.Manifest{}, "", err
	}
	if _, err := domain.ParseStamp(string(stamp)); err != nil {
		return domain.Manifest{}, "", err
	}
	_, err := b.disk.Stat(b.folder(stamp))
	if errors.Is(err, fs.ErrNotExist) {
		return domain.Manifest{}, "", b.unknown(stamp)
	}
	if err != nil {
		return domain.Manifest{}, "", err
	}
	m, err := b.manifest(stamp)
	return m, b.folder(stamp), err
}

func (b *BackupStore) unknown(stamp domain.Stamp) error {
	var known []string
	if entries, err := b.disk.ReadDir(b.home); err == nil {
		for _, e := range entries {
			if _, err := domain.ParseStamp(e.Name()); err == nil {
				known = append(known, e.Name())
			}
		}
	}
	err := domain.NotFound("there is no backup %s", stamp).WithHint("list them with: atocore backup list")
	err.Nearest = domain.Nearest(string(stamp), known)
	return err
}

// Record notes a standing.
func (b *BackupStore) Record(ctx context.Context, stamp domain.Stamp, s domain.Standing, at time.Time) error {
	if err := begin(ctx, b.Fail, "backups.record"); err != nil {
		return err
	}
	if _, err := domain.ParseStamp(string(stamp)); err != nil {
		return err
	}
	if _, err := b.disk.Stat(b.folder(stamp)); errors.Is(err, fs.ErrNotExist) {
		return b.unknown(stamp)
	}
	if s == domain.StandingWritten { // what was noted holds no more
		return b.disk.RemoveAll(filepath.Join(b.folder(stamp), standingName))
	}
	data, err := json.Marshal(standing{Standing: s, Since: at})
	if err != nil {
		return err
	}
	if err := b.disk.WriteFile(filepath.Join(b.folder(stamp), standingName), data, 0o600); err != nil {
		return domain.Unavailable("cannot record the standing of %s", stamp).Because(err)
	}
	return b.disk.Sync(b.folder(stamp))
}

func (b *BackupStore) manifest(stamp domain.Stamp) (domain.Manifest, error) {
	var m domain.Manifest
	data, err := b.disk.ReadFile(filepath.Join(b.folder(stamp), manifestName))
	if errors.Is(err, ErrStopped) {
		return m, err
	}
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err == nil && m.Stamp != stamp {
		err = fmt.Errorf("it says %s", m.Stamp)
	}
	if err != nil {
		return m, domain.Corrupt("the manifest of backup %s cannot be read", stamp).Because(err).
			WithHint("choose another backup; list them with: atocore backup list")
	}
	return m, nil
}

func (b *BackupStore) folder(stamp domain.Stamp) string {
	return filepath.Join(b.home, string(stamp))
}

func (b *BackupStore) syncTree(dir string) error {
	entries, err := b.disk.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		if e.IsDir() {
			err = b.syncTree(at)
		} else {
			err = b.disk.Sync(at)
		}
		if err != nil {
			return err
		}
	}
	return b.disk.Sync(dir)
}
