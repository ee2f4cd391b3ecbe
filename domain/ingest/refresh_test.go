package ingest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

func TestRefreshFollowsTheFiles(t *testing.T) {
	w := newWorld(t)
	w.tree.Write(w.notes, "a.md", "# A\n\none\n\ntwo\n")
	w.tree.Write(w.notes, "sub/b.md", "bee\n")
	w.tree.Write(w.code, "c.go", "package c\n")

	result := w.refresh(t)
	assert.Equal(t, domain.RefreshIngested, result.Status)
	assert.Equal(t, "Alpha", result.Project)
	assert.Equal(t, 2, result.RootsIngested)
	assert.Equal(t, 2, result.Roots[0].Added)
	assert.Equal(t, map[string]string{"a.md": "# A\n\none\n\ntwo|", "sub/b.md": "bee|"}, w.stored(t, "notes"))
	assert.Equal(t, map[string]string{"c.go": "package c|"}, w.stored(t, "code"))

	reads, embedded := w.tree.Reads(), w.embedder.Calls()
	result = w.refresh(t)
	assert.Equal(t, 2, result.Roots[0].Unchanged)
	assert.Equal(t, reads, w.tree.Reads(), "unchanged files are not read")
	assert.Equal(t, embedded, w.embedder.Calls())

	w.tree.Write(w.notes, "a.md", "# A\n\nthree\n")
	w.tree.Delete(w.notes, "sub/b.md")
	w.tree.Touch(w.code, "c.go")
	result = w.refresh(t)
	assert.Equal(t, domain.RootResult{
		Root: result.Roots[0].Root, Status: domain.RootIngested, Updated: 1, Removed: 1, Chunks: 1, Skipped: map[domain.SkipReason]int{},
	}, result.Roots[0])
	assert.Equal(t, map[string]string{"a.md": "# A\n\nthree|"}, w.stored(t, "notes"))
	assert.Equal(t, 1, result.Roots[1].Unchanged, "another time, the same content")

	reads = w.tree.Reads()
	w.refresh(t)
	assert.Equal(t, reads, w.tree.Reads(), "the new time was remembered")
}

func TestRefreshListsWhatItPassesOver(t *testing.T) {
	w := newWorld(t)
	w.tree.Write(w.notes, "good.md", "good\n")
	w.tree.Write(w.notes, "large.md", strings.Repeat("x", 1001))
	w.tree.Write(w.notes, "binary.md", "\x00")
	w.tree.Write(w.notes, "latin.md", "\xfc")
	w.tree.Write(w.notes, ".gitignore", "*.log\n")
	w.tree.Write(w.notes, "a.log", "x\n")
	w.tree.Block(w.notes, "pipe", domain.SkipSpecial)
	result := w.refresh(t).Roots[0]
	assert.Equal(t, map[domain.SkipReason]int{
		domain.SkipTooLarge: 1, domain.SkipBinary: 1, domain.SkipInvalidUTF8: 1, domain.SkipIgnored: 2, domain.SkipSpecial: 1,
	}, result.Skipped)
	var paths []string
	for _, f := range result.Files {
		paths = append(paths, f.Path)
	}
	assert.Equal(t, []string{".gitignore", "a.log", "binary.md", "large.md", "latin.md", "pipe"}, paths, "in path order")
	assert.Equal(t, 1, result.Added)

	w.tree.Write(w.notes, "good.md", strings.Repeat("x", 1001))
	result = w.refresh(t).Roots[0]
	assert.Equal(t, 1, result.Removed, "what is no longer fit is no longer found")
	assert.Empty(t, w.stored(t, "notes"))
}

func TestRefreshKeepsWhatItCannotLookAt(t *testing.T) {
	w := newWorld(t)
	w.tree.Write(w.notes, "dir/a.md", "a\n")
	w.tree.Write(w.notes, "directory.md", "b\n")
	w.tree.Write(w.notes, "c.md", "c\n")
	w.refresh(t)
	before := w.stored(t, "notes")

	w.tree.Block(w.notes, "dir", domain.SkipUnreadable)
	w.tree.Block(w.notes, "c.md", domain.SkipUnreadable)
	result := w.refresh(t).Roots[0]
	assert.Zero(t, result.Removed)
	assert.Equal(t, map[domain.SkipReason]int{domain.SkipUnreadable: 2}, result.Skipped)
	assert.Equal(t, before, w.stored(t, "notes"))

	w.tree.Block(w.notes, "c.md", domain.SkipIgnored)
	assert.Equal(t, 1, w.refresh(t).Roots[0].Removed)
}

func TestRefreshOfRootsThatAreNotThere(t *testing.T) {
	w := newWorld(t)
	w.tree.Write(w.notes, "a.md", "a\n")
	w.tree.Write(w.code, "c.go", "c\n")
	w.refresh(t)
	before := w.stored(t, "notes")

	w.tree.DeleteRoot(w.notes)
	result := w.refresh(t)
	assert.Equal(t, domain.RefreshPartial, result.Status)
	assert.Equal(t, []int{1, 1}, []int{result.RootsIngested, result.RootsSkipped})
	assert.Equal(t, domain.RootSkipped, result.Roots[0].Status)
	assert.Contains(t, result.Roots[0].Reason, "does not exist")
	assert.Equal(t, before, w.stored(t, "notes"))

	w.tree.DeleteRoot(w.code)
	assert.Equal(t, domain.RefreshNothing, w.refresh(t).Status)

	w.tree.AddRoot(w.notes) // the mount point without its disk
	result = w.refresh(t)
	assert.Equal(t, domain.RootSkipped, result.Roots[0].Status)
	assert.Contains(t, result.Roots[0].Reason, "is empty, but 1 documents")
	assert.Equal(t, before, w.stored(t, "notes"))

	w.tree.Write(w.notes, ".gitignore", "")
	result = w.refresh(t)
	assert.Equal(t, 1, result.Roots[0].Removed, "a folder that holds anything is taken at its word")
}

func TestRefreshOfAnEmptyRootThatNeverHeldAnything(t *testing.T) {
	assert.Equal(t, domain.RefreshIngested, newWorld(t).refresh(t).Status)
}

func TestRefreshDropsTheDocumentsOfFormerRoots(t *testing.T) {
	w := newWorld(t)
	w.tree.Write(w.notes, "a.md", "a\n")
	w.tree.Write(w.code, "c.go", "c\n")
	w.refresh(t)
	require.NoError(t, w.registry.Update(t.Context(), func(all []domain.Project) ([]domain.Project, error) {
		all[0].IngestRoots = all[0].IngestRoots[:1]
		return all, nil
	}))
	result := w.refresh(t)
	assert.Equal(t, 1, result.Dropped)
	assert.Empty(t, w.stored(t, "code"))
	assert.NotEmpty(t, w.stored(t, "notes"))
}

func TestRefreshReadsAgainWhatChangedJustBefore(t *testing.T) {
	w := newWorld(t)
	w.tree.Write(w.notes, "a.md", "a\n")
	var changed time.Time
	require.NoError(t, w.tree.Walk(t.Context(), w.notes, func(f ports.SourceFile) error {
		changed = f.State.ModTime
		return nil
	}, nil))
	w.clock.Set(changed.Add(time.Second)) // within the two seconds of a coarse clock
	w.refresh(t)
	w.clock.Advance(time.Hour)
	reads := w.tree.Reads()
	assert.Equal(t, 1, w.refresh(t).Roots[0].Unchanged)
	assert.Equal(t, reads+1, w.tree.Reads(), "its time proves nothing")
	w.refresh(t)
	assert.Equal(t, reads+1, w.tree.Reads(), "now it does")
}

func TestRefreshNamesTheNearestProject(t *testing.T) {
	w := newWorld(t)
	_, err := w.service.Refresh(t.Context(), "alfa", nil)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	assert.ErrorContains(t, err, `did you mean "Alpha"?`)
	_, err = w.service.Refresh(t.Context(), "A1", nil)
	require.NoError(t, err, "by its alias")
}

func TestRefreshIsAlone(t *testing.T) {
	w := newWorld(t)
	release, err := w.gate.Ingestion(t.Context())
	require.NoError(t, err)
	_, err = w.service.Refresh(t.Context(), "alpha", nil)
	assert.Equal(t, domain.KindConflict, domain.KindOf(err))
	require.NoError(t, release())
	w.refresh(t)
}

func TestRefreshTellsItsProgress(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		w.tree.Write(w.notes, fmt.Sprintf("%02d.md", i), "text\n")
	}
	var told []domain.RefreshProgress
	_, err := w.service.Refresh(t.Context(), "alpha", func(p domain.RefreshProgress) { told = append(told, p) })
	require.NoError(t, err)
	require.Len(t, told, 20)
	for i, p := range told {
		assert.Equal(t, i+1, p.Files)
		assert.Equal(t, "notes", p.Root)
	}
}

func TestRefreshEndsWithItsContext(t *testing.T) {
	w := newWorld(t)
	for i := range 50 {
		w.tree.Write(w.notes, fmt.Sprintf("%02d.md", i), "text\n")
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.service.Refresh(ctx, "alpha", func(p domain.RefreshProgress) {
		if p.Files == 3 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	stored := w.stored(t, "notes")
	assert.GreaterOrEqual(t, len(stored), 3)
	assert.Less(t, len(stored), 50)
	result := w.refresh(t)
	assert.Equal(t, 50-len(stored), result.Roots[0].Added, "the next one carries on")
}

func TestRefreshAll(t *testing.T) {
	w := newWorld(t)
	other := folder(t, "other")
	require.NoError(t, w.registry.Update(t.Context(), func(all []domain.Project) ([]domain.Project, error) {
		return append(all, domain.Project{Name: "beta", IngestRoots: []domain.IngestRoot{{Path: other, Label: "x"}}}), nil
	}))
	w.tree.Write(w.notes, "a.md", "a\n")
	w.tree.Write(other, "b.md", "b\n")
	told := map[string]int{}
	results, err := w.service.RefreshAll(t.Context(), func(project string, _ domain.RefreshProgress) { told[project]++ })
	require.NoError(t, err)
	require.Len(t, results, 2)
	assert.Equal(t, map[string]int{"Alpha": 1, "beta": 1}, told)

	w.tree.Write(w.notes, "a.md", "new\n")
	w.tree.Write(other, "b.md", "new\n")
	w.failNth("embed", 1)
	results, err = w.service.RefreshAll(t.Context(), nil)
	require.ErrorIs(t, err, errBoom)
	require.Len(t, results, 1, "what fails in one does not keep the other from being refreshed")
	assert.Equal(t, "beta", results[0].Project)
}

// TestRefreshFailsAtEveryCall fails each port at each of its calls: whatever is
// stored then is a whole document of before or of after, and the next refresh
// completes it.
func TestRefreshFailsAtEveryCall(t *testing.T) {
	before := map[string]string{"a.md": "# A\n\nold text\n", "b.md": "bee\n", "gone.md": "gone\n", "touched.md": "same\n"}
	after := map[string]string{"a.md": "# A\n\nnew text, longer than one chunk holds\n\nand more of it, which makes a second\n", "b.md": "bee\n", "new.md": "new\n", "touched.md": "same\n"}
	whole := func(content string) string {
		_, blocks := portfake.Parser{}.Parse("x.md", []byte(content))
		var all string
		for _, c := range ingest.Chunks(domain.DocumentKey{}, []byte(content), blocks, ingest.Chunking{Max: 60}) {
			all += c.Content + "|"
		}
		return all
	}
	for _, op := range []string{
		"registry.list", "gate.ingestion", "gate.release", "source.walk", "source.file", "source.read", "embed",
		"document.files", "document.replace", "document.touch", "document.remove", "document.roots",
	} {
		reached := 0
		for n := 1; ; n++ {
			w := newWorld(t)
			for name, content := range before {
				w.tree.Write(w.notes, name, content)
			}
			w.refresh(t)
			for name, content := range after {
				if before[name] != content {
					w.tree.Write(w.notes, name, content)
				}
			}
			w.tree.Delete(w.notes, "gone.md")
			w.tree.Touch(w.notes, "touched.md")

			told := w.failNth(op, n)
			_, err := w.service.Refresh(t.Context(), "alpha", nil)
			if !told() {
				require.NoError(t, err)
				break
			}
			reached++
			require.ErrorIs(t, err, errBoom, "%s, call %d", op, n)
			w.setFail(nil)
			for path, text := range w.stored(t, "notes") {
				assert.Contains(t, []string{whole(before[path]), whole(after[path])}, text, "%s, call %d: half of %s", op, n, path)
			}
			w.refresh(t)
			want := map[string]string{}
			for path, content := range after {
				want[path] = whole(content)
			}
			assert.Equal(t, want, w.stored(t, "notes"), "%s, call %d", op, n)
		}
		assert.Positive(t, reached, "%s is never called", op)
	}
}
