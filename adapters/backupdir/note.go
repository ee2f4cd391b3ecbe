package backupdir

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/domain"
)

// noteWire says that a backup reached a standing. It names the manifest that it
// is about, and carries its own hash, so that a note which was damaged, or which
// strayed in from another backup, is not believed.
type noteWire struct {
	Format   int    `json:"format"`
	Standing string `json:"standing"`
	At       string `json:"at"`
	Manifest string `json:"manifest_sha256"`
	Check    string `json:"check"` // SHA-256 of this file with an empty check
}

const noteFormat = 1

// noteNames maps a standing to the file that says so.
var noteNames = map[domain.Standing]string{
	domain.StandingValidated: validatedName,
	domain.StandingProven:    provenName,
}

func encodeNote(n noteWire) ([]byte, error) {
	n.Check = ""
	bare, err := marshal(n)
	if err != nil {
		return nil, err
	}
	n.Check = hashOf(bare)
	return marshal(n)
}

// readNote returns when the standing was reached, or what is wrong with the note.
func readNote(raw []byte, standing domain.Standing, manifest string) (at time.Time, want, found string) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var n noteWire
	if err := dec.Decode(&n); err != nil {
		return at, "a note that can be read", err.Error()
	}
	again, err := encodeNote(n)
	if err != nil || !bytes.Equal(again, raw) {
		return at, "a note as it was written", "one that was changed since"
	}
	if n.Format != noteFormat || n.Standing != string(standing) {
		return at, "a note of format 1 about " + string(standing), "one about " + n.Standing
	}
	if n.Manifest != manifest {
		return at, "a note about the manifest " + manifest, "one about " + n.Manifest
	}
	if at, err = time.Parse(time.RFC3339Nano, n.At); err != nil {
		return at, "a moment", n.At
	}
	return at.UTC(), "", ""
}

// Record notes a standing. StandingWritten takes back what was noted before. The
// note is written beside the backups and renamed into place: half a note is never
// there, and a kill in between leaves none.
func (s *Store) Record(ctx context.Context, stamp domain.Stamp, standing domain.Standing, at time.Time) error {
	dir, err := s.find(ctx, stamp)
	if err != nil {
		return err
	}
	if standing == domain.StandingWritten {
		for _, name := range noteNames {
			if err := s.disk.RemoveAll(filepath.Join(dir, name)); err != nil {
				return s.notNoted(stamp, err)
			}
		}
		if err := s.disk.Sync(dir); err != nil {
			return s.notNoted(stamp, err)
		}
		return nil
	}
	name, ok := noteNames[standing]
	if !ok {
		return domain.Invalid("the standing %q cannot be recorded", standing)
	}
	manifest, err := s.disk.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return s.unreadable(stamp, err)
	}
	note, err := encodeNote(noteWire{
		Format: noteFormat, Standing: string(standing),
		At: at.UTC().Format(time.RFC3339Nano), Manifest: hashOf(manifest),
	})
	if err != nil {
		return err
	}
	temp := filepath.Join(s.dir, notePrefix+randomName())
	err = s.disk.WriteFile(temp, note, 0o600)
	if err == nil {
		err = s.inherit(temp, filepath.Join(dir, manifestName))
	}
	if err == nil {
		err = s.disk.RemoveAll(filepath.Join(dir, name))
	}
	if err == nil {
		err = s.disk.Rename(temp, filepath.Join(dir, name))
	}
	if err == nil {
		err = errors.Join(s.disk.Sync(dir), s.disk.Sync(s.dir))
	}
	if err != nil {
		return s.notNoted(stamp, errors.Join(err, s.disk.RemoveAll(temp)))
	}
	return nil
}

func (s *Store) notNoted(stamp domain.Stamp, err error) error {
	return domain.Unavailable("the standing of backup %s could not be noted", stamp).Because(err).
		WithHint("make the folder of the backups writable; the backup itself is as it was")
}

// standing returns the highest standing that a believable note tells of.
func (s *Store) standing(dir, manifest string, written time.Time) (domain.Standing, time.Time) {
	for _, standing := range []domain.Standing{domain.StandingProven, domain.StandingValidated} {
		raw, err := s.disk.ReadFile(filepath.Join(dir, noteNames[standing]))
		if errors.Is(err, fs.ErrNotExist) || err != nil {
			continue // what cannot be read proves nothing
		}
		if at, want, _ := readNote(raw, standing, manifest); want == "" {
			return standing, at
		}
	}
	return domain.StandingWritten, written
}
