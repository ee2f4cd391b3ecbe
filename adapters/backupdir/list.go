package backupdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
)

// largestManifest bounds what is read as a manifest, in bytes.
const largestManifest = 64 << 20

// List returns what there is, newest first. A folder that does not exist holds no
// backups; what does not bear a stamp is not one.
func (s *Store) List(ctx context.Context) ([]domain.BackupSummary, error) {
	stamps, err := s.stamps(ctx)
	if err != nil {
		return nil, err
	}
	var out []domain.BackupSummary
	for _, stamp := range stamps {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("list backups: %w", err)
		}
		out = append(out, s.summary(stamp))
	}
	return out, nil
}

func (s *Store) summary(stamp domain.Stamp) domain.BackupSummary {
	dir := filepath.Join(s.dir, string(stamp))
	broken := domain.BackupSummary{Stamp: stamp, CreatedAt: stamp.Time(), Since: stamp.Time(), Standing: domain.StandingBroken}
	if info, err := s.disk.Stat(dir); err != nil || !info.IsDir() {
		broken.Problem = "it is not a folder"
		return broken
	}
	raw, err := s.readManifestFile(dir)
	if err != nil {
		broken.Problem = err.Error()
		return broken
	}
	m, _, faults := readManifest(raw, stamp)
	if len(faults) > 0 {
		broken.Problem = faults[0].String()
		return broken
	}
	sum := domain.BackupSummary{Stamp: stamp, Kind: m.Kind, CreatedAt: m.CreatedAt, Bytes: m.Bytes()}
	for _, c := range m.Components {
		if c.Included {
			sum.Included = append(sum.Included, c.Name)
		}
	}
	sum.Standing, sum.Since = s.standing(dir, hashOf(raw), m.CreatedAt)
	return sum
}

// stamps returns the stamps there are, newest first.
func (s *Store) stamps(ctx context.Context) ([]domain.Stamp, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	entries, err := s.disk.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, domain.Unavailable("the backups in %s cannot be listed", s.dir).Because(err).
			WithHint("the folder must be readable; it is set by backup.dir")
	}
	var stamps []domain.Stamp
	for _, e := range entries {
		if stamp, err := domain.ParseStamp(e.Name()); err == nil {
			stamps = append(stamps, stamp)
		}
	}
	slices.SortFunc(stamps, func(a, b domain.Stamp) int { return compareStamps(b, a) })
	return stamps, nil
}

// compareStamps orders by second, then by number: -2 comes before -10.
func compareStamps(a, b domain.Stamp) int {
	const second = len("20060102T150405Z")
	if c := strings.Compare(string(a)[:second], string(b)[:second]); c != 0 {
		return c
	}
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(string(a), string(b))
}

// find returns the folder of a backup, or KindNotFound with the nearest stamps.
func (s *Store) find(ctx context.Context, stamp domain.Stamp) (string, error) {
	if _, err := domain.ParseStamp(string(stamp)); err != nil {
		return "", err // before any path is built from it
	}
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("open backup %s: %w", stamp, err)
	}
	dir := filepath.Join(s.dir, string(stamp))
	info, err := s.disk.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", s.notFound(ctx, stamp)
	}
	if err != nil {
		return "", domain.Unavailable("backup %s cannot be reached", stamp).Because(err)
	}
	if !info.IsDir() {
		return "", domain.Corrupt("backup %s is not a folder", stamp).
			WithHint("a backup is a plain folder; put the real one there, not a link to it")
	}
	return dir, nil
}

func (s *Store) notFound(ctx context.Context, stamp domain.Stamp) error {
	err := domain.NotFound("there is no backup %s in %s", stamp, s.dir).WithField("stamp").
		WithHint("list the backups with: atocore backup list")
	known, lerr := s.stamps(ctx)
	if lerr != nil {
		return err
	}
	var names []string
	for _, k := range known {
		names = append(names, string(k))
	}
	err.Nearest = nearestStamps(string(stamp), names)
	if len(err.Nearest) > 0 {
		err = err.WithHint("%s", domain.DidYouMean(err.Nearest))
	}
	return err
}

// nearestStamps returns at most three stamps that look most like the one meant:
// first those that begin with the most characters of it, then the newest.
func nearestStamps(stamp string, known []string) []string {
	common := func(k string) int {
		n := 0
		for n < len(k) && n < len(stamp) && k[n] == stamp[n] {
			n++
		}
		return n
	}
	near := slices.Clone(known)
	slices.SortStableFunc(near, func(a, b string) int { return common(b) - common(a) })
	return near[:min(3, len(near))]
}

// Open returns the manifest and the folder of a backup whose manifest is sound.
func (s *Store) Open(ctx context.Context, stamp domain.Stamp) (domain.Manifest, string, error) {
	dir, err := s.find(ctx, stamp)
	if err != nil {
		return domain.Manifest{}, "", err
	}
	raw, err := s.readManifestFile(dir)
	if err != nil {
		return domain.Manifest{}, "", s.unreadable(stamp, err)
	}
	m, _, faults := readManifest(raw, stamp)
	if len(faults) > 0 {
		return domain.Manifest{}, "", domain.Corrupt("backup %s cannot be used: %s", stamp, faults[0]).
			WithHint("see everything that is wrong with it: atocore backup validate %s", stamp)
	}
	return m, dir, nil
}

func (s *Store) unreadable(stamp domain.Stamp, err error) error {
	return domain.Corrupt("the manifest of backup %s cannot be read", stamp).Because(err).
		WithHint("see everything that is wrong with it: atocore backup validate %s", stamp)
}

// readManifestFile reads metadata.json, if it is a file of a sensible size.
func (s *Store) readManifestFile(dir string) ([]byte, error) {
	return s.readSmall(filepath.Join(dir, manifestName), largestManifest)
}

func (s *Store) readSmall(path string, most int64) ([]byte, error) {
	info, err := s.disk.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: %w", filepath.Base(path), fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), errNotAFile)
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s has %d bytes, the most is %d", filepath.Base(path), info.Size(), most)
	}
	return s.disk.ReadFile(path)
}

var errNotAFile = errors.New("is a link, a folder or a device, not a file")
