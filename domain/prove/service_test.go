package prove_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/prove"
	"github.com/atocore/atocore/ports"
)

func (w *world) standing(t *testing.T, stamp domain.Stamp) domain.BackupSummary {
	t.Helper()
	list, err := w.backups.List(t.Context())
	require.NoError(t, err)
	for _, b := range list {
		if b.Stamp == stamp {
			return b
		}
	}
	return domain.BackupSummary{}
}

// clean checks that a proof left nothing open and nothing in scratch.
func (w *world) clean(t *testing.T) {
	t.Helper()
	assert.Zero(t, w.opened, "every state is closed")
	assert.Empty(t, w.disk.Tree("/scratch"))
}

func TestPasses(t *testing.T) {
	w := newWorld(t)
	stamp := w.backUp(t)
	p, err := w.service().Prove(t.Context(), prove.Latest, nil)
	require.NoError(t, err)
	assert.True(t, p.Passed)
	assert.Empty(t, p.Differences)
	assert.Empty(t, p.Notes)
	assert.Equal(t, stamp, p.Stamp)
	assert.Equal(t, 2*time.Second, p.RestoreTook)
	assert.Equal(t, "1.2.3", p.AppVersion)
	assert.Contains(t, p.Compared, domain.Comparison{What: "answers to probes, ids in order", Count: 6})
	assert.Contains(t, p.Compared, domain.Comparison{What: "passages, by id", Count: 5})
	assert.Contains(t, p.Compared, domain.Comparison{What: "vectors, by id", Count: 5})

	b := w.standing(t, stamp)
	assert.Equal(t, domain.StandingProven, b.Standing)
	assert.Equal(t, 2*time.Second, b.RestoreTook)
	kept, err := w.service().Last(t.Context(), string(stamp))
	require.NoError(t, err)
	assert.Equal(t, p, kept)
	require.Len(t, w.ledger, 1)
	assert.Equal(t, domain.LedgerProof, w.ledger[0].Kind)
	assert.Equal(t, domain.LedgerPassed, w.ledger[0].Outcome)
	assert.Equal(t, p.At, w.ledger[0].At)
	w.clean(t)
}

// Each way in which the restored copy can differ is a difference, and named.
func TestFails(t *testing.T) {
	cases := map[string]struct {
		spoil func(t *testing.T, w *world)
		want  string
	}{
		"a memory is missing": {func(t *testing.T, w *world) {
			require.NoError(t, w.restored.Memories().Delete(t.Context(), "m2", w.clock.Now()))
		}, "what belongs to no project: expected not registered, 0 documents, 0 chunks, 3 memories, found not registered, 0 documents, 0 chunks, 2 memories"},
		"a memory is too many": {
			func(t *testing.T, w *world) { add(t, w.restored, "m4", "one more", nil) },
			"passages: expected 5 with the ids ",
		},
		"another id": {func(t *testing.T, w *world) {
			require.NoError(t, w.restored.Memories().Delete(t.Context(), "m2", w.clock.Now()))
			add(t, w.restored, "m9", "backups are kept for a year", []float32{1, 0})
		}, "passages: expected 5 with the ids "},
		"the text is another": {func(t *testing.T, w *world) {
			_, err := w.restored.Memories().Update(t.Context(), "m1", func(m *domain.Memory) ([]float32, error) {
				m.Content = "the store is postgres"
				return []float32{1, 0}, nil
			})
			require.NoError(t, err)
		}, `answer to probe "database sqlite" (memory): expected m1 `},
		"a project is not registered": {func(t *testing.T, w *world) {
			require.NoError(t, w.registries["restored"].Update(t.Context(), func([]domain.Project) ([]domain.Project, error) { return nil, nil }))
		}, `project "atlas": expected registered, 1 documents, 2 chunks, 0 memories, found not registered, 1 documents, 2 chunks, 0 memories`},
		"a vector is missing": {func(t *testing.T, w *world) {
			require.NoError(t, w.restored.Vectors().Delete(t.Context(), []string{"m3"}))
		}, "passages without a vector: expected none, found 1: m3"},
		"a vector of nothing": {func(t *testing.T, w *world) {
			require.NoError(t, w.restored.Vectors().Upsert(t.Context(), []domain.VectorRecord{{ID: "zz", Vector: []float32{1, 0}}}))
		}, "vectors of no passage: expected none, found 1: zz"},
		"it cannot be opened": {func(_ *testing.T, w *world) {
			w.openErr["restored"] = domain.Corrupt("no database at all")
		}, "opening the restored copy: expected an open store, found no database at all"},
		"it cannot be asked": {func(_ *testing.T, w *world) {
			w.restored.Fail = func(op string) error {
				if op == "text.search" {
					return domain.Corrupt("malformed index")
				}
				return nil
			}
		}, `asking the restored copy: expected answers, found ask "`},
		"validation finds a fault": {func(_ *testing.T, w *world) {
			w.restoreErr = domain.Corrupt("the backup is faulty")
			w.restoreFaults = []domain.Fault{{Kind: domain.FaultHash, File: "db/atocore.db", Expected: "one", Found: "another"}}
		}, "db/atocore.db (hash): expected one, found another"},
		"the copy changed meanwhile": {func(_ *testing.T, w *world) {
			w.restoreErr = domain.Corrupt("it changed after it was validated")
		}, "restore: expected a restored copy, found it changed after it was validated"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			stamp := w.backUp(t)
			_, err := w.service().Prove(t.Context(), string(stamp), nil)
			require.NoError(t, err)
			c.spoil(t, w)
			p, err := w.service().Prove(t.Context(), string(stamp), nil)
			require.NoError(t, err, "a failed proof is no error")
			assert.False(t, p.Passed)
			found := false
			var all []string
			for _, d := range p.Differences {
				all = append(all, d.String())
				found = found || len(d.String()) >= len(c.want) && d.String()[:len(c.want)] == c.want
			}
			assert.True(t, found, "%q is not among %q", c.want, all)
			b := w.standing(t, stamp)
			assert.NotEqual(t, domain.StandingProven, b.Standing)
			assert.Equal(t, p.At, b.Disproved)
			last := w.ledger[len(w.ledger)-1]
			assert.Equal(t, domain.LedgerFailed, last.Outcome)
			assert.NotEmpty(t, last.Details["first"])
			w.clean(t)
		})
	}
}

// What keeps a proof from being made is an error, and says nothing of the backup.
func TestIsKeptFrom(t *testing.T) {
	cases := map[string]struct {
		spoil func(w *world)
		kind  domain.Kind
	}{
		"no room": {func(w *world) { w.disk.SetCapacity(1 << 20) }, domain.KindUnavailable},
		"no scratch": {func(w *world) {
			w.scratch.Fail = func(string) error { return domain.Unavailable("read-only") }
		}, domain.KindUnavailable},
		"the restore cannot": {func(w *world) { w.restoreErr = domain.Unavailable("disk full") }, domain.KindUnavailable},
		"the restore fails":  {func(w *world) { w.restoreErr = errors.New("who knows") }, domain.KindInternal},
		"the disk under it fails": {func(w *world) {
			w.openErr["restored"] = domain.Unavailable("input/output error")
		}, domain.KindUnavailable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			stamp := w.backUp(t)
			c.spoil(w)
			_, err := w.service().Prove(t.Context(), string(stamp), nil)
			assert.Equal(t, c.kind, domain.KindOf(err), err)
			b := w.standing(t, stamp)
			assert.Equal(t, domain.StandingWritten, b.Standing)
			assert.Zero(t, b.Disproved)
			assert.Empty(t, w.ledger)
			w.clean(t)
		})
	}
	w := newWorld(t)
	_, err := w.service().Prove(t.Context(), prove.Latest, nil)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	_, err = w.service().Prove(t.Context(), "20260101T000000Z", nil)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	_, err = w.service().Prove(t.Context(), "../x", nil)
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err))
	stamp := w.backUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = w.service().Prove(ctx, string(stamp), nil)
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, w.ledger)
}

func TestWithoutProbes(t *testing.T) {
	w := newWorld(t)
	dir, err := w.backups.Begin(t.Context())
	require.NoError(t, err)
	w.commit(t, dir, nil)
	p, err := w.service().Prove(t.Context(), prove.Latest, nil)
	require.NoError(t, err)
	assert.True(t, p.Passed)
	assert.Contains(t, p.Notes[0], "the captured copy was asked instead")
	require.NoError(t, w.restored.Memories().Delete(t.Context(), "m2", w.clock.Now()))
	p, err = w.service().Prove(t.Context(), prove.Latest, nil)
	require.NoError(t, err)
	assert.False(t, p.Passed, "the captured copy is compared with all the same")

	// One that this program cannot ask, because its schema is older: what can be
	// compared is compared.
	w.openErr["captured"] = domain.Unavailable("schema 1")
	p, err = w.service().Prove(t.Context(), prove.Latest, nil)
	require.NoError(t, err)
	assert.True(t, p.Passed)
	assert.Len(t, p.Notes, 2)
	w.clean(t)
}

// A newer program may rank otherwise. Then both copies are asked by it.
func TestAcrossVersions(t *testing.T) {
	w := newWorld(t)
	w.backUp(t)
	ask := w.cfg.Ask
	w.cfg.AppVersion = "2.0.0"
	w.cfg.Ask = func(ctx context.Context, s ports.State, on ports.Searched, at time.Time, q domain.Query) (domain.Answer, error) {
		a, err := ask(ctx, s, on, at, q)
		for i, j := 0, len(a.Results)-1; i < j; i, j = i+1, j-1 {
			a.Results[i], a.Results[j] = a.Results[j], a.Results[i]
		}
		return a, err
	}
	p, err := w.service().Prove(t.Context(), prove.Latest, nil)
	require.NoError(t, err)
	assert.True(t, p.Passed, p.Differences)
	require.Len(t, p.Notes, 1)
	assert.Contains(t, p.Notes[0], "are answered otherwise by this program (2.0.0")

	w.openErr["captured"] = domain.Unavailable("schema 1")
	p, err = w.service().Prove(t.Context(), prove.Latest, nil)
	require.NoError(t, err)
	assert.True(t, p.Passed, p.Differences)

	w.cfg.AppVersion = "1.2.3"
	p, err = w.service().Prove(t.Context(), prove.Latest, nil)
	require.NoError(t, err)
	assert.False(t, p.Passed, "the same program must answer the same")
	w.clean(t)
}

// What was wrong with the state when it was backed up is no fault of the backup.
func TestOldWounds(t *testing.T) {
	w := newWorld(t)
	for _, s := range []interface {
		Delete(context.Context, []string) error
	}{w.captured.Vectors(), w.restored.Vectors()} {
		require.NoError(t, s.Delete(t.Context(), []string{"m1"}))
	}
	for _, r := range w.registries {
		require.NoError(t, r.Update(t.Context(), func([]domain.Project) ([]domain.Project, error) { return nil, nil }))
	}
	w.backUp(t)
	p, err := w.service().Prove(t.Context(), prove.Latest, nil)
	require.NoError(t, err)
	assert.True(t, p.Passed, p.Differences)
	require.Len(t, p.Notes, 2)
	assert.Contains(t, p.Notes[0], `project "atlas" is not registered, and was not`)
	assert.Contains(t, p.Notes[1], "passages without a vector, as when the backup was made: 1: m1")
}

func TestAll(t *testing.T) {
	w := newWorld(t)
	require.Error(t, w.service().All(t.Context(), nil, nil))
	first := w.backUp(t)
	w.clock.Advance(time.Hour)
	second := w.backUp(t)
	w.disk.Put("/backups/20250101T000000Z/metadata.json", "no manifest")
	var order []domain.Stamp
	passed := map[domain.Stamp]bool{}
	require.NoError(t, w.service().All(t.Context(), nil, func(s domain.Stamp, p domain.Proof, err error) {
		require.NoError(t, err)
		order = append(order, s)
		passed[s] = p.Passed
	}))
	assert.Equal(t, []domain.Stamp{second, first, "20250101T000000Z"}, order)
	assert.Equal(t, map[domain.Stamp]bool{first: true, second: true, "20250101T000000Z": false}, passed)
}

// A place that cannot be written keeps nobody from knowing.
func TestCannotBeKept(t *testing.T) {
	w := newWorld(t)
	w.backUp(t)
	w.backups.Fail = func(op string) error {
		if op == "backups.put_proof" {
			return domain.Unavailable("read-only")
		}
		return nil
	}
	w.cfg.Record = func(context.Context, domain.LedgerEntry) error { return errors.New("read-only, too") }
	p, err := w.service().Prove(t.Context(), prove.Latest, nil)
	require.NoError(t, err)
	assert.True(t, p.Passed)
	assert.Len(t, p.Notes, 2)
}

// The same state asks the same questions, whenever; they fit on a line.
func TestQuestions(t *testing.T) {
	w := newWorld(t)
	long := ""
	for range 200 {
		long += "many words\nof a long memory — "
	}
	add(t, w.captured, "m5", long, nil)
	add(t, w.captured, "m6", "— — —", nil)
	one, err := w.service().Capture(t.Context(), "/backups")
	require.NoError(t, err)
	w.clock.Advance(time.Hour)
	two, err := w.service().Capture(t.Context(), "/backups")
	require.NoError(t, err)
	assert.Equal(t, one.Probes, two.Probes)
	assert.Equal(t, domain.ProbeOperator, one.Probes[0].Origin)
	assert.Len(t, one.Probes, 1+3+2, "marks alone ask for nothing")
	for _, p := range one.Probes {
		assert.LessOrEqual(t, len(strings.Fields(p.Prompt)), 6+1)
		assert.NotContains(t, p.Prompt, "\n")
	}
	assert.Equal(t, []string{"what the operator asks about sqlite"}, w.parts[0].Prompts)
	assert.Len(t, w.parts[0].IDs, 5+2, "a small state is asked as a whole")
	for n := range 400 {
		add(t, w.captured, fmt.Sprint("x", n), "another memory", nil)
	}
	three, err := w.service().Capture(t.Context(), "/backups")
	require.NoError(t, err)
	assert.Len(t, three.Probes, 1+3+2, "a sample, whatever the size")
	part := w.parts[len(w.parts)-1]
	assert.Len(t, part.IDs, 250+2)
	_, err = w.service().Capture(t.Context(), "/backups")
	require.NoError(t, err)
	assert.Equal(t, part, w.parts[len(w.parts)-1], "the same part of the same state")

	w.openErr["captured"] = errors.New("broken")
	_, err = w.service().Capture(t.Context(), "/backups")
	require.ErrorContains(t, err, "broken")
	delete(w.openErr, "captured")
	for _, op := range []string{"passage.each", "vector.ids", "document.counts", "passage.passages", "text.search"} {
		w.captured.Fail = func(at string) error {
			if at == op {
				return errors.New("broken")
			}
			return nil
		}
		_, err = w.service().Capture(t.Context(), "/backups")
		require.ErrorContains(t, err, "broken", op)
	}
	w.clean(t)
}
