package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/interaction"
)

// importer is who the history names for what was imported.
const importer = "import"

// ForeignOptions say how foreign memories are stored.
type ForeignOptions struct {
	Project string // name or alias that everything belongs to, "" for none
	Status  string // active or candidate; "" for candidate where there are conversations, otherwise active
	DryRun  bool
}

// ImportForeign takes in what another system keeps. The ids that memories get depend
// on the source alone, so that importing twice changes nothing. From conversations
// candidates are extracted by the rules of capture. report is told the number of
// things read so far; it may be nil.
func (s *Service) ImportForeign(ctx context.Context, format domain.ForeignFormat, path string, o ForeignOptions, report func(int)) (Report, error) {
	status := domain.MemoryActive
	if format.Conversations() {
		status = domain.MemoryCandidate
	}
	if o.Status != "" {
		status = domain.MemoryStatus(o.Status)
		switch {
		case status != domain.MemoryActive && status != domain.MemoryCandidate:
			return Report{}, domain.Invalid("what is imported cannot be %s", o.Status).WithField("status").WithHint("active or candidate")
		case format.Conversations() && status == domain.MemoryActive:
			return Report{}, domain.Invalid("what is found in conversations is a candidate").WithField("status").
				WithHint("promote what is right with: atocore memory review")
		}
	}
	project := ""
	if o.Project != "" {
		projects, err := s.Registry.List(ctx)
		if err != nil {
			return Report{}, fmt.Errorf("look up project: %w", err)
		}
		p, err := domain.FindProject(projects, o.Project)
		if err != nil {
			return Report{}, err
		}
		project = p.Name
	}
	// Read to its end first: what is cut off changes nothing.
	err := s.Foreign.Read(ctx, format, path, func(domain.ForeignItem) error { return nil }, func(domain.Skip) {})
	if err != nil {
		return Report{}, err
	}
	b := s.newBatch(o.DryRun)
	f := foreign{s, b, format, project, status, map[[16]byte]bool{}}
	n := 0
	err = s.Foreign.Read(ctx, format, path, func(item domain.ForeignItem) error {
		if n++; report != nil {
			report(n)
		}
		return f.take(ctx, item)
	}, b.skip)
	if err != nil {
		return *b.report, err
	}
	return *b.report, b.flush(ctx)
}

func (b *batch) skip(k domain.Skip) {
	b.report.Skipped++
	if len(b.report.Skips) < listed {
		b.report.Skips = append(b.report.Skips, k)
	}
}

// foreign makes records of what another system keeps.
type foreign struct {
	s       *Service
	b       *batch
	format  domain.ForeignFormat
	project string
	status  domain.MemoryStatus
	seen    map[[16]byte]bool // ids of this run
}

func (f *foreign) take(ctx context.Context, item domain.ForeignItem) error {
	if item.Content != "" {
		return f.memory(ctx, item, item.Key, item.Type, item.Content, domain.DefaultConfidence)
	}
	found := interaction.Find(item.Prompt, item.Answer)
	for _, found := range found {
		// The same words of the same exchange are the same candidate.
		if err := f.memory(ctx, item, item.Key+"\x00"+found.Content, found.Type, found.Content, found.Confidence); err != nil {
			return err
		}
	}
	return nil
}

func (f *foreign) memory(ctx context.Context, item domain.ForeignItem, key string, kind domain.MemoryType, content string, confidence float64) error {
	sum := sha256.Sum256([]byte(string(f.format) + "\x00" + f.project + "\x00" + key))
	short := [16]byte(sum[:16])
	if f.seen[short] {
		f.b.skip(domain.Skip{Where: item.Where, Reason: "it is there twice"})
		return nil
	}
	f.seen[short] = true
	at := item.At.UTC()
	now := f.s.Clock.Now()
	if at.IsZero() || at.After(now) {
		at = now
	}
	at = at.Truncate(1000) // microseconds
	m := domain.Memory{
		ID: string(f.format) + "-" + hex.EncodeToString(short[:]), Type: kind, Content: content, Project: f.project,
		Confidence: confidence, Source: clip(item.Source, domain.MaxSourceBytes), Status: f.status,
		// Importing says it again: otherwise what is old would fade before anybody saw it.
		CreatedAt: at, UpdatedAt: at, AffirmedAt: now, Revision: 1, Last: domain.Act{By: importer, Reason: "imported from " + string(f.format)},
	}
	h := domain.MemoryHistory{ID: m.ID, Changes: []domain.MemoryChange{{Kind: domain.ChangeCreated, At: at, Memory: m}}, Undated: true}
	r := domain.Record{Memory: &h}
	if err := r.Validate(); err != nil {
		f.b.skip(domain.Skip{Where: item.Where, Reason: err.Error()})
		return nil
	}
	return f.b.add(ctx, r)
}

// clip bounds a source.
func clip(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most-len("…")], "") + "…"
	}
	return text
}
