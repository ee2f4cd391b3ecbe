package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// ask opens the restored copy, makes its record, and holds that against the one of
// the captured state.
func (t *trial) ask(ctx context.Context, dataDir string) (err error) {
	state, err := t.s.cfg.OpenRestored(ctx, dataDir)
	if err != nil {
		return t.broken(ctx, "opening the restored copy", "an open store", err)
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	want := t.recorded
	if want == nil {
		captured, cerr := t.captured(ctx, nil)
		if cerr != nil {
			return t.broken(ctx, "asking the captured copy", "answers", cerr)
		}
		want = captured
	}
	got, err := t.s.record(ctx, state, want) // with its own questions when there are none to repeat
	if err != nil {
		return t.broken(ctx, "asking the restored copy", "answers", err)
	}
	if want == nil {
		t.compared("probes that were answered", int64(len(got.Probes)))
		return nil
	}
	t.compareCrossings(want.Crossings, got.Crossings)
	return t.compareAnswers(ctx, state, *want, got)
}

// broken makes a difference of an error, unless it only kept the proof from being
// made.
func (t *trial) broken(ctx context.Context, subject, expected string, err error) error {
	if ctx.Err() != nil || domain.KindOf(err) == domain.KindUnavailable {
		return err
	}
	t.differ(subject, expected, err.Error())
	return nil
}

// captured makes the record of the captured copy as this program sees it; nil when
// the copy cannot be asked by it, because its schema is older.
func (t *trial) captured(ctx context.Context, like *domain.ProbeSet) (*domain.ProbeSet, error) {
	state, err := t.s.cfg.OpenCaptured(ctx, t.backupDir)
	if domain.KindOf(err) == domain.KindUnavailable {
		t.note("the captured copy cannot be asked by this version: %v", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	set, err := t.s.record(ctx, state, like)
	if err := errors.Join(err, state.Close()); err != nil {
		return nil, err
	}
	return &set, nil
}

func (t *trial) compareCrossings(want, got domain.Crossings) {
	theirs := map[string]domain.ProjectCrossing{}
	for _, p := range got.Projects {
		theirs[p.Name] = p
	}
	var things int64
	for _, w := range want.Projects {
		g, ok := theirs[w.Name]
		delete(theirs, w.Name)
		subject := fmt.Sprintf("project %q", w.Name)
		if w.Name == "" {
			subject = "what belongs to no project"
		}
		switch {
		case !ok:
			t.differ(subject, countsText(w), "nothing of it")
		case g != w:
			t.differ(subject, countsText(w), countsText(g))
		}
		things += int64(w.Counts.Documents + w.Counts.Memories)
		if w.Name != "" && !w.Registered {
			t.note("%s is not registered, and was not when the backup was made: %s", subject, countsText(w))
		}
	}
	for _, p := range got.Projects {
		if _, left := theirs[p.Name]; left {
			t.differ(fmt.Sprintf("project %q", p.Name), "nothing of it", countsText(p))
		}
	}
	t.compared("projects, in registry and database", int64(len(want.Projects)))
	t.compared("documents and memories, by project", things)
	t.compareIDs("passages", want.Passages, got.Passages)
	if want.Vectors == nil || got.Vectors == nil {
		t.note("the ids in the vector index were not compared: it is kept elsewhere, or made with another model")
		return
	}
	t.compareIDs("vectors", *want.Vectors, *got.Vectors)
	t.compareLoose("passages without a vector", want.Unvectored, got.Unvectored)
	t.compareLoose("vectors of no passage", want.Orphaned, got.Orphaned)
}

func (t *trial) compareIDs(what string, want, got domain.SetDigest) {
	t.compared(what+", by id", want.Count)
	if want != got {
		t.differ(what, setText(want), setText(got))
	}
}

// compareLoose compares what should not be; what was so already when the backup was
// made is no fault of the backup, and said.
func (t *trial) compareLoose(what string, want, got domain.IDSet) {
	if want.SetDigest != got.SetDigest {
		t.differ(what, looseText(want), looseText(got))
		return
	}
	if want.Count > 0 {
		t.note("%s, as when the backup was made: %s", what, looseText(want))
	}
}

// compareAnswers requires the same ids in the same order. A program of another
// version may rank otherwise: then the captured copy, whose bytes have been
// compared, is asked by this program, and the restored one must answer alike.
func (t *trial) compareAnswers(ctx context.Context, state ports.State, want, got domain.ProbeSet) error {
	t.compared("answers to probes, ids in order", int64(len(want.Probes)))
	differing := 0
	for i, w := range want.Probes {
		if !slices.Equal(w.IDs, got.Probes[i].IDs) {
			differing++
		}
	}
	if differing == 0 {
		return nil
	}
	if want.AppVersion != got.AppVersion || want.Method != got.Method || want.Embedding != got.Embedding {
		return t.compareAcrossVersions(ctx, state, want, got, differing)
	}
	t.sayAnswers(want, got)
	return nil
}

func (t *trial) sayAnswers(want, got domain.ProbeSet) {
	for i, w := range want.Probes {
		if g := got.Probes[i]; !slices.Equal(w.IDs, g.IDs) {
			t.differ(fmt.Sprintf("answer to probe %q (%s)", w.Prompt, w.Origin), idsText(w.IDs), idsText(g.IDs))
		}
	}
}

func (t *trial) compareAcrossVersions(ctx context.Context, state ports.State, want, got domain.ProbeSet, differing int) error {
	t.note("%d of %d probes are answered otherwise by this program (%s, %s) than by the one that made the backup (%s, %s)",
		differing, len(want.Probes), got.AppVersion, got.Embedding.Name, want.AppVersion, want.Embedding.Name)
	captured, err := t.captured(ctx, &want)
	if err != nil {
		return t.broken(ctx, "asking the captured copy", "answers", err)
	}
	if captured != nil {
		t.sayAnswers(*captured, got)
		return nil
	}
	// The captured copy cannot be asked. What it answered must at least be there.
	for _, w := range want.Probes {
		there, err := state.Passages.Passages(ctx, w.IDs)
		if err != nil {
			return t.broken(ctx, "asking the restored copy", "passages", err)
		}
		missing := slices.DeleteFunc(slices.Clone(w.IDs), func(id string) bool { _, ok := there[id]; return ok })
		if len(missing) > 0 {
			t.differ(fmt.Sprintf("passages that answered probe %q", w.Prompt), "all of them", "not: "+idsText(missing))
		}
	}
	return nil
}

func countsText(p domain.ProjectCrossing) string {
	state := "registered"
	if !p.Registered {
		state = "not registered"
	}
	return fmt.Sprintf("%s, %d documents, %d chunks, %d memories", state, p.Counts.Documents, p.Counts.Chunks, p.Counts.Memories)
}

func setText(s domain.SetDigest) string {
	return fmt.Sprintf("%d with the ids %s", s.Count, shortDigest(s.Digest))
}

func shortDigest(d string) string {
	if len(d) > 16 {
		return d[:16] + "…"
	}
	return d
}

func looseText(s domain.IDSet) string {
	if s.Count == 0 {
		return "none"
	}
	text := fmt.Sprintf("%d: %s", s.Count, strings.Join(s.First, " "))
	if int64(len(s.First)) < s.Count {
		text += " …"
	}
	return text
}

func idsText(ids []string) string {
	if len(ids) == 0 {
		return "nothing"
	}
	return strings.Join(ids, " ")
}
