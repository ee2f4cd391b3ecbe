package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/atocore/atocore/domain"
)

// Bounds of what is held at a time.
const (
	batchRecords = 200
	batchBytes   = 4 << 20
	listed       = 1000 // conflicts, and skipped things, that a report lists
)

// Report is what became of an import.
type Report struct {
	Added     Tally
	Known     Tally
	Conflict  Tally
	Conflicts []domain.Outcome // the first 1000
	Skipped   int              // of a foreign source
	Skips     []domain.Skip    // the first 1000
	DryRun    bool             // nothing was stored: this is what would have become
}

func newReport(dry bool) *Report {
	return &Report{Added: Tally{}, Known: Tally{}, Conflict: Tally{}, DryRun: dry}
}

func (r *Report) note(o domain.Outcome) {
	switch o.Meeting {
	case domain.MeetsNothing:
		r.Added[o.Kind]++
	case domain.MeetsItself:
		r.Known[o.Kind]++
	case domain.MeetsAnother:
		r.Conflict[o.Kind]++
		if len(r.Conflicts) < listed {
			r.Conflicts = append(r.Conflicts, o)
		}
	}
}

// Import takes in an export. It is read to its end first: one that is cut off or was
// changed is KindCorrupt and stores nothing. Then it is stored in batches, each of
// them whole or not at all; what an import that was cut short has stored is known to
// the next one. What is there already stays as it is: differences are conflicts, which
// the report lists. report is told how far it is; it may be nil. With dry nothing is
// stored.
func (s *Service) Import(ctx context.Context, in io.ReadSeeker, dry bool, report func(domain.CopyProgress)) (Report, error) {
	size, err := in.Seek(0, io.SeekEnd)
	if err != nil {
		return Report{}, fmt.Errorf("import: %w", err)
	}
	pass := func(stage string, each func(domain.Record) error) error {
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("import: %w", err)
		}
		return s.Format.Read(ctx, &watched{in, 0, func(done int64) {
			if report != nil {
				report(domain.CopyProgress{Stage: stage, Done: done, Total: size})
			}
		}}, each)
	}
	if err := pass("checking", func(domain.Record) error { return nil }); err != nil {
		return Report{}, err
	}
	b := s.newBatch(dry)
	if err := pass("importing", func(r domain.Record) error { return b.add(ctx, r) }); err != nil {
		return *b.report, err
	}
	return *b.report, b.flush(ctx)
}

// watched tells how much was read.
type watched struct {
	io.Reader
	done int64
	tell func(int64)
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.done += int64(n)
	w.tell(w.done)
	return n, err
}

// batch gathers records and stores them together.
type batch struct {
	s       *Service
	dry     bool
	records []domain.Record
	bytes   int
	report  *Report
}

func (s *Service) newBatch(dry bool) *batch { return &batch{s: s, dry: dry, report: newReport(dry)} }

func (b *batch) add(ctx context.Context, r domain.Record) error {
	if len(b.records) > 0 && (r.Kind() == domain.RecordProject) != (b.records[0].Kind() == domain.RecordProject) {
		if err := b.flush(ctx); err != nil {
			return err
		}
	}
	b.records = append(b.records, r)
	b.bytes += weight(r)
	if len(b.records) < batchRecords && b.bytes < batchBytes {
		return nil
	}
	return b.flush(ctx)
}

func weight(r domain.Record) (n int) {
	switch r.Kind() {
	case domain.RecordMemory:
		for _, c := range r.Memory.Changes {
			n += len(c.Memory.Content)
		}
	case domain.RecordInteraction:
		n = len(r.Interaction.Prompt) + len(r.Interaction.Answer)
	case domain.RecordState:
		for _, f := range r.State.Entries {
			n += len(f.Value)
		}
	case domain.RecordProject:
	}
	return n
}

func (b *batch) flush(ctx context.Context) error {
	records := b.records
	b.records, b.bytes = nil, 0
	if len(records) == 0 {
		return nil
	}
	var outcomes []domain.Outcome
	var err error
	if records[0].Kind() == domain.RecordProject {
		outcomes, err = b.s.putProjects(ctx, records, b.dry)
	} else {
		outcomes, err = b.s.put(ctx, records, b.dry)
	}
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	for _, o := range outcomes {
		b.report.note(o)
	}
	return nil
}

var errNothing = errors.New("nothing to store")

// putProjects registers those that are new.
func (s *Service) putProjects(ctx context.Context, records []domain.Record, dry bool) ([]domain.Outcome, error) {
	var out []domain.Outcome
	err := s.Registry.Update(ctx, func(projects []domain.Project) ([]domain.Project, error) {
		out = out[:0]
		for _, r := range records {
			o := domain.Outcome{Kind: domain.RecordProject, Name: r.Project.Name}
			if o.Meeting, o.Reason = domain.MeetProject(projects, *r.Project); o.Meeting == domain.MeetsNothing {
				projects = append(projects, *r.Project)
			}
			out = append(out, o)
		}
		if dry || !slices.ContainsFunc(out, func(o domain.Outcome) bool { return o.Meeting == domain.MeetsNothing }) {
			return nil, errNothing
		}
		return projects, nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return out, err
}

// put stores a batch of everything else. Only what is new is embedded.
func (s *Service) put(ctx context.Context, records []domain.Record, dry bool) ([]domain.Outcome, error) {
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return nil, err
	}
	outcomes := make([]domain.Outcome, len(records))
	var fitting []domain.Record
	var places []int
	for i, r := range records {
		outcomes[i] = domain.Outcome{Kind: r.Kind(), Name: r.Name()}
		if name := misnamed(projects, r); name != "" {
			outcomes[i].Meeting, outcomes[i].Reason = domain.MeetsAnother, "its project is called "+name+" here"
			continue
		}
		fitting, places = append(fitting, r), append(places, i)
	}
	found, err := s.Store.Import(ctx, fitting, nil, true)
	if err != nil {
		return nil, err
	}
	if !dry {
		var fresh []domain.Record
		var at []int
		for i, o := range found {
			if o.Meeting == domain.MeetsNothing {
				fresh, at = append(fresh, fitting[i]), append(at, i)
			}
		}
		vectors, err := s.embed(ctx, fresh)
		if err != nil {
			return nil, err
		}
		stored, err := s.Store.Import(ctx, fresh, vectors, false)
		if err != nil {
			return nil, err
		}
		for i, o := range stored {
			found[at[i]] = o
		}
	}
	for i, o := range found {
		outcomes[places[i]] = o
	}
	return outcomes, nil
}

// misnamed returns what a record's project is called here, where that is another name.
func misnamed(projects []domain.Project, r domain.Record) string {
	var names []string
	switch r.Kind() {
	case domain.RecordMemory:
		if m, ok := r.Memory.Now(); ok {
			names = []string{m.Project}
		}
	case domain.RecordState:
		names = []string{r.State.Project}
	case domain.RecordInteraction:
		names = []string{r.Interaction.Project}
	case domain.RecordProject:
	}
	for _, n := range names {
		if n == "" {
			continue
		}
		if p, err := domain.FindProject(projects, n); err == nil && p.Name != n {
			return p.Name
		}
	}
	return ""
}

// embed returns the vectors of the memories that are there.
func (s *Service) embed(ctx context.Context, records []domain.Record) (map[string][]float32, error) {
	var ids, texts []string
	for _, r := range records {
		if r.Memory == nil {
			continue
		}
		if m, ok := r.Memory.Now(); ok {
			ids, texts = append(ids, m.ID), append(texts, m.Content)
		}
	}
	if len(texts) == 0 {
		return nil, nil
	}
	vectors, err := s.Embedder.Embed(ctx, texts)
	if err != nil {
		return nil, fmt.Errorf("embed memories, nothing of this batch was stored: %w", err)
	}
	if len(vectors) != len(ids) {
		return nil, fmt.Errorf("embed memories: asked for %d vectors, got %d", len(ids), len(vectors))
	}
	out := map[string][]float32{}
	for i, id := range ids {
		out[id] = vectors[i]
	}
	return out, nil
}
