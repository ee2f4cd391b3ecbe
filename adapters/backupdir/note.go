package backupdir

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/domain"
)

// noteWire says that a backup reached a standing, or that a proof of it failed. It
// names the manifest that it is about, and carries its own hash, so that a note
// which was damaged, or which strayed in from another backup, is not believed.
type noteWire struct {
	Format   int        `json:"format"`
	Standing string     `json:"standing"`
	At       string     `json:"at"`
	Manifest string     `json:"manifest_sha256"`
	Proof    *proofWire `json:"proof,omitempty"` // from format 2
	Check    string     `json:"check"`           // SHA-256 of this file with an empty check
}

// noteFormat is the newest; 1 had no proof.
const noteFormat = 2

// disproved is what proof.json says of a backup whose proof failed.
const disproved = "disproved"

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

// note is what a believable note says.
type note struct {
	at    time.Time
	wire  noteWire
	fails bool // it says that a proof failed
}

// readNote returns what the note about a standing says, or what is wrong with it.
func readNote(raw []byte, standing domain.Standing, manifest string) (n note, want, found string) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&n.wire); err != nil {
		return n, "a note that can be read", err.Error()
	}
	again, err := encodeNote(n.wire)
	if err != nil || !bytes.Equal(again, raw) {
		return n, "a note as it was written", "one that was changed since"
	}
	n.fails = standing == domain.StandingProven && n.wire.Standing == disproved
	if n.wire.Format < 1 || n.wire.Format > noteFormat || !n.fails && n.wire.Standing != string(standing) {
		return n, fmt.Sprintf("a note of format %d or older about %s", noteFormat, standing),
			fmt.Sprintf("one of format %d about %s", n.wire.Format, n.wire.Standing)
	}
	if n.wire.Manifest != manifest {
		return n, "a note about the manifest " + manifest, "one about " + n.wire.Manifest
	}
	if n.at, err = time.Parse(time.RFC3339Nano, n.wire.At); err != nil {
		return n, "a moment", n.wire.At
	}
	n.at = n.at.UTC()
	return n, "", ""
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
	return s.putNote(stamp, dir, name, noteWire{Standing: string(standing), At: at.UTC().Format(time.RFC3339Nano)})
}

// putNote writes a note beside the backups and renames it into place.
func (s *Store) putNote(stamp domain.Stamp, dir, name string, w noteWire) error {
	manifest, err := s.disk.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return s.unreadable(stamp, err)
	}
	w.Format, w.Manifest = noteFormat, hashOf(manifest)
	text, err := encodeNote(w)
	if err != nil {
		return err
	}
	temp := filepath.Join(s.dir, notePrefix+randomName())
	err = s.disk.WriteFile(temp, text, 0o600)
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

// stand fills in the highest standing that a believable note tells of, and what
// the last proof came to. What cannot be read proves nothing.
func (s *Store) stand(sum *domain.BackupSummary, dir, manifest string) {
	sum.Standing, sum.Since = domain.StandingWritten, sum.CreatedAt
	for _, standing := range []domain.Standing{domain.StandingValidated, domain.StandingProven} {
		raw, err := s.readSmall(filepath.Join(dir, noteNames[standing]), largestNote)
		if err != nil {
			continue
		}
		n, want, _ := readNote(raw, standing, manifest)
		switch {
		case want != "":
		case n.fails:
			sum.Disproved = n.at
		default:
			sum.Standing, sum.Since = standing, n.at
		}
		if want == "" && n.wire.Proof != nil && !n.fails {
			sum.RestoreTook = seconds(n.wire.Proof.RestoreSeconds)
		}
	}
}
