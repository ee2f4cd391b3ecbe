package backupdir

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"time"

	"github.com/atocore/atocore/domain"
)

// largestProbes bounds probes.json, in bytes.
const largestProbes = 16 << 20

// Format 1 had no method.
const probesFormat = 2

// The probes as they are written to probes.json. docs/proof.md explains each field.
type (
	probesWire struct {
		Format     int           `json:"format"`
		RecordedAt string        `json:"recorded_at"`
		AppVersion string        `json:"app_version"`
		Method     string        `json:"method,omitempty"`
		Embedding  embeddingWire `json:"embedding"`
		Probes     []probeWire   `json:"probes"`
		Crossings  crossingsWire `json:"crossings"`
	}
	probeWire struct {
		Origin string   `json:"origin"`
		Prompt string   `json:"prompt"`
		IDs    []string `json:"ids"`
	}
	crossingsWire struct {
		Projects   []projectWire `json:"projects"`
		Passages   setWire       `json:"passages"`
		Vectors    *setWire      `json:"vectors,omitempty"`
		Unvectored idsWire       `json:"unvectored"`
		Orphaned   idsWire       `json:"orphaned"`
	}
	projectWire struct {
		Name       string `json:"name"`
		Registered bool   `json:"registered"`
		Documents  int    `json:"documents"`
		Chunks     int    `json:"chunks"`
		Memories   int    `json:"memories"`
	}
	idsWire struct {
		setWire
		First []string `json:"first"`
	}
)

// PutProbes implements ports.ProofStore.
func (s *Store) PutProbes(ctx context.Context, dir string, p domain.ProbeSet) (domain.FileEntry, error) {
	if err := ctx.Err(); err != nil {
		return domain.FileEntry{}, fmt.Errorf("write probes: %w", err)
	}
	if !s.building(dir) {
		return domain.FileEntry{}, domain.Invalid("%s is not a backup that is being built here", dir)
	}
	raw, err := encodeProbes(p)
	if err != nil {
		return domain.FileEntry{}, err
	}
	if len(raw) > largestProbes {
		return domain.FileEntry{}, domain.Invalid("the probes take %d bytes, the most is %d", len(raw), largestProbes).
			WithHint("have fewer or shorter ones in backup.probes")
	}
	if err := s.disk.WriteFile(filepath.Join(dir, probesName), raw, 0o600); err != nil {
		return domain.FileEntry{}, err
	}
	return domain.FileEntry{Path: probesName, Mode: 0o600, Size: int64(len(raw)), SHA256: hashOf(raw)}, nil
}

// Probes implements ports.ProofStore.
func (s *Store) Probes(ctx context.Context, stamp domain.Stamp) (domain.ProbeSet, error) {
	m, dir, err := s.Open(ctx, stamp)
	if err != nil {
		return domain.ProbeSet{}, err
	}
	if m.Probes == nil {
		return domain.ProbeSet{}, domain.NotFound("backup %s has no probes", stamp).WithHint("%s", orElse(m.NoProbes, "backups of format 1 have none"))
	}
	damaged := domain.Corrupt("the probes of backup %s are not those that were recorded", stamp).
		WithHint("see everything that is wrong with it: atocore backup validate %s", stamp)
	raw, err := s.readSmall(filepath.Join(dir, probesName), largestProbes)
	if errors.Is(err, fs.ErrNotExist) || err == nil && hashOf(raw) != m.Probes.SHA256 {
		return domain.ProbeSet{}, damaged.Because(err)
	}
	if err != nil {
		return domain.ProbeSet{}, damaged.Because(err)
	}
	p, err := decodeProbes(raw)
	if err != nil {
		return domain.ProbeSet{}, damaged.Because(err)
	}
	return p, nil
}

func encodeProbes(p domain.ProbeSet) ([]byte, error) {
	w := probesWire{
		Format: probesFormat, RecordedAt: p.RecordedAt.UTC().Format(time.RFC3339Nano), AppVersion: p.AppVersion, Method: p.Method,
		Embedding: embeddingWire{p.Embedding.Name, p.Embedding.Dimension}, Probes: []probeWire{},
		Crossings: crossingsWire{
			Projects: []projectWire{}, Passages: setWire(p.Crossings.Passages),
			Unvectored: idsOf(p.Crossings.Unvectored), Orphaned: idsOf(p.Crossings.Orphaned),
		},
	}
	if v := p.Crossings.Vectors; v != nil {
		set := setWire(*v)
		w.Crossings.Vectors = &set
	}
	for _, q := range p.Probes {
		w.Probes = append(w.Probes, probeWire{string(q.Origin), q.Prompt, append([]string{}, q.IDs...)})
	}
	for _, c := range p.Crossings.Projects {
		w.Crossings.Projects = append(w.Crossings.Projects, projectWire{
			c.Name, c.Registered, c.Counts.Documents, c.Counts.Chunks, c.Counts.Memories,
		})
	}
	return marshal(w)
}

func idsOf(s domain.IDSet) idsWire {
	return idsWire{setWire(s.SetDigest), append([]string{}, s.First...)}
}

func decodeProbes(raw []byte) (domain.ProbeSet, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var w probesWire
	if err := dec.Decode(&w); err != nil {
		return domain.ProbeSet{}, err
	}
	if w.Format < 1 || w.Format > probesFormat {
		return domain.ProbeSet{}, fmt.Errorf("format %d is not known", w.Format)
	}
	at, err := time.Parse(time.RFC3339Nano, w.RecordedAt)
	if err != nil {
		return domain.ProbeSet{}, err
	}
	p := domain.ProbeSet{
		RecordedAt: at.UTC(), AppVersion: w.AppVersion, Method: w.Method,
		Embedding: domain.EmbeddingModel{Name: w.Embedding.Name, Dimension: w.Embedding.Dimension},
		Crossings: domain.Crossings{
			Passages:   domain.SetDigest(w.Crossings.Passages),
			Unvectored: domain.IDSet{SetDigest: domain.SetDigest(w.Crossings.Unvectored.setWire), First: w.Crossings.Unvectored.First},
			Orphaned:   domain.IDSet{SetDigest: domain.SetDigest(w.Crossings.Orphaned.setWire), First: w.Crossings.Orphaned.First},
		},
	}
	if v := w.Crossings.Vectors; v != nil {
		set := domain.SetDigest(*v)
		p.Crossings.Vectors = &set
	}
	for _, q := range w.Probes {
		p.Probes = append(p.Probes, domain.Probe{Origin: domain.ProbeOrigin(q.Origin), Prompt: q.Prompt, IDs: q.IDs})
	}
	for _, c := range w.Crossings.Projects {
		p.Crossings.Projects = append(p.Crossings.Projects, domain.ProjectCrossing{
			Name: c.Name, Registered: c.Registered,
			Counts: domain.StoreCounts{Documents: c.Documents, Chunks: c.Chunks, Memories: c.Memories},
		})
	}
	return p, nil
}

func count(n int) string { return strconv.Itoa(n) }
