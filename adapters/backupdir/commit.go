package backupdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/atocore/atocore/domain"
)

// The files of a backup that belong to no component.
const (
	manifestName  = "metadata.json"
	sumsName      = "SHA256SUMS"
	guideName     = "RESTORE.md"
	validatedName = "validation.json"
	provenName    = "proof.json"
)

var companions = []string{manifestName, sumsName, guideName, validatedName, provenName}

// mostInASecond bounds the stamps of one second; ParseStamp accepts no more.
const mostInASecond = 9999

// Commit makes the folder a backup. The stamp is part of what is written, so a
// stamp that another process takes in the meantime means writing again.
func (s *Store) Commit(ctx context.Context, dir string, m domain.Manifest) (domain.Manifest, error) {
	if !s.building(dir) {
		return m, domain.Invalid("%s is not a backup that is being built here", dir)
	}
	if m.Format == 0 {
		m.Format = domain.BackupFormat
	}
	if err := s.syncTree(ctx, dir); err != nil {
		return m, fmt.Errorf("commit backup: %w", err)
	}
	for n := 1; n <= mostInASecond; n++ {
		if err := ctx.Err(); err != nil {
			return m, fmt.Errorf("commit backup: %w", err)
		}
		m.Stamp = domain.NewStamp(m.CreatedAt, n)
		final := filepath.Join(s.dir, string(m.Stamp))
		if _, err := s.disk.Stat(final); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return m, fmt.Errorf("commit backup: %w", err)
		}
		if err := s.writeCompanions(dir, final, m); err != nil {
			return m, fmt.Errorf("commit backup: %w", err)
		}
		err := s.disk.Rename(dir, final)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return m, fmt.Errorf("commit backup: %w", err)
		}
		return m, s.seal(dir, final)
	}
	return m, domain.Unavailable("there are %d backups of the second %s already", mostInASecond, domain.NewStamp(m.CreatedAt, 1)).
		WithHint("check the clock and try again")
}

// writeCompanions writes what describes the backup, the manifest last.
func (s *Store) writeCompanions(dir, final string, m domain.Manifest) error {
	manifest, err := encodeManifest(m)
	if err != nil {
		return err
	}
	// What cannot be read back must not be written.
	if _, readable, faults := readManifest(manifest, m.Stamp); !readable || len(faults) > 0 {
		return domain.Corrupt("the manifest of the new backup contradicts itself: %v", faults)
	}
	guide := guideOf(m, final, s.dataDir)
	for _, f := range []struct {
		name string
		data []byte
	}{
		{guideName, guide},
		{sumsName, sumsOf(m, hashOf(manifest), hashOf(guide))},
		{manifestName, manifest},
	} {
		if err := s.disk.WriteFile(filepath.Join(dir, f.name), f.data, 0o600); err != nil {
			return err
		}
	}
	if err := s.inherit(dir, s.dir); err != nil {
		return err
	}
	return s.disk.Sync(dir)
}

// seal makes the new name durable, or takes it back. Then the lock may go.
func (s *Store) seal(dir, final string) error {
	if err := s.disk.Sync(s.dir); err != nil {
		// Whether the name is on the disk is not known: it must not be listed.
		return errors.Join(fmt.Errorf("commit backup: %w", err), s.disk.Rename(final, dir))
	}
	release, err := s.take(dir)
	if err != nil {
		return err
	}
	// The backup is whole. A lock file that stays is swept by the next build.
	_ = s.unlock(dir, release)
	return nil
}

// syncTree syncs every file below dir, then its folder, the deepest first.
func (s *Store) syncTree(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := s.disk.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if e.IsDir() {
			err = s.syncTree(ctx, path)
		} else {
			err = s.disk.Sync(path)
		}
		if err != nil {
			return err
		}
	}
	return s.disk.Sync(dir)
}
