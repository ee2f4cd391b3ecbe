package backupdir

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.ProofStore = (*Store)(nil)

// The proof as it is kept in proof.json, within the note. docs/proof.md explains
// each field.
type (
	proofWire struct {
		AppVersion     string           `json:"app_version"`
		Passed         bool             `json:"passed"`
		RestoreSeconds float64          `json:"restore_seconds"`
		Seconds        float64          `json:"seconds"`
		Compared       []comparisonWire `json:"compared"`
		Differences    []differenceWire `json:"differences"`
		Notes          []string         `json:"notes,omitempty"`
	}
	comparisonWire struct {
		What  string `json:"what"`
		Count int64  `json:"count"`
	}
	differenceWire struct {
		Subject  string `json:"subject"`
		Expected string `json:"expected"`
		Found    string `json:"found"`
	}
)

// mostDifferences bounds what is kept of a proof that failed; the rest is counted.
// So proof.json stays below what is read back as a note.
const (
	mostDifferences = 500
	longestText     = 1000 // bytes
)

// PutProof implements ports.ProofStore.
func (s *Store) PutProof(ctx context.Context, stamp domain.Stamp, p domain.Proof) error {
	dir, err := s.find(ctx, stamp)
	if err != nil {
		return err
	}
	w := &proofWire{
		AppVersion: p.AppVersion, Passed: p.Passed, RestoreSeconds: p.RestoreTook.Seconds(), Seconds: p.Took.Seconds(),
		Compared: []comparisonWire{}, Differences: []differenceWire{}, Notes: p.Notes,
	}
	for _, c := range p.Compared {
		w.Compared = append(w.Compared, comparisonWire(c))
	}
	for i, d := range p.Differences {
		if i == mostDifferences {
			w.Differences = append(w.Differences, differenceWire{"further differences", "0", count(len(p.Differences) - i)})
			break
		}
		w.Differences = append(w.Differences, differenceWire{short(d.Subject), short(d.Expected), short(d.Found)})
	}
	standing := string(domain.StandingProven)
	if !p.Passed {
		standing = disproved
	}
	return s.putNote(stamp, dir, provenName, noteWire{
		Standing: standing, At: p.At.UTC().Format(time.RFC3339Nano), Proof: w,
	})
}

// Proof implements ports.ProofStore.
func (s *Store) Proof(ctx context.Context, stamp domain.Stamp) (domain.Proof, error) {
	dir, err := s.find(ctx, stamp)
	if err != nil {
		return domain.Proof{}, err
	}
	none := domain.NotFound("backup %s was never proven", stamp).WithField("stamp").
		WithHint("prove it with: atocore backup prove %s", stamp)
	manifest, err := s.readManifestFile(dir)
	if err != nil {
		return domain.Proof{}, s.unreadable(stamp, err)
	}
	raw, err := s.readSmall(filepath.Join(dir, provenName), largestNote)
	if err != nil {
		return domain.Proof{}, none.Because(notMissing(err))
	}
	n, want, found := readNote(raw, domain.StandingProven, hashOf(manifest))
	if want != "" {
		none.Message += ", or its proof cannot be believed: expected " + want + ", found " + found
		return domain.Proof{}, none
	}
	p := domain.Proof{Stamp: stamp, At: n.at, Passed: !n.fails}
	if w := n.wire.Proof; w != nil {
		p.AppVersion, p.RestoreTook, p.Took, p.Notes = w.AppVersion, seconds(w.RestoreSeconds), seconds(w.Seconds), w.Notes
		for _, c := range w.Compared {
			p.Compared = append(p.Compared, domain.Comparison(c))
		}
		for _, d := range w.Differences {
			p.Differences = append(p.Differences, domain.Difference(d))
		}
	}
	return p, nil
}

func notMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// seconds keeps microseconds, which is what a clock of ours tells.
func seconds(s float64) time.Duration {
	return time.Duration(math.Round(s*1e6)) * time.Microsecond
}

func short(text string) string {
	if len(text) <= longestText {
		return text
	}
	return text[:longestText] + "…"
}
