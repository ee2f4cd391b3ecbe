package index_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/index"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// indexing is an index gate for one process.
type indexing struct{ free chan struct{} }

func (i indexing) Indexing(ctx context.Context) (func() error, error) {
	select {
	case <-i.free:
		return func() error { i.free <- struct{}{}; return nil }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// world is an index over fakes.
type world struct {
	ledger  *portfake.VectorLedger
	storage *portfake.VectorStorage
	gate    indexing
}

func newWorld() *world {
	w := &world{ledger: &portfake.VectorLedger{}, storage: &portfake.VectorStorage{}, gate: indexing{make(chan struct{}, 1)}}
	w.gate.free <- struct{}{}
	return w
}

// model is an embedder of the model with that name.
type model struct{ name string }

func (m model) Model() domain.EmbeddingModel {
	return domain.EmbeddingModel{Name: m.name, Dimension: 2}
}

func (m model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = []float32{float32(len(text)), 1}
	}
	return out, ctx.Err()
}

func (w *world) service(name string) *index.Service {
	return index.New(index.Config{
		Driver: "fake", Ledger: w.ledger, Queue: w.ledger, Text: w.ledger, Storage: w.storage, Embedder: model{name},
		Gate: &portfake.Gate{}, Indexing: w.gate,
	})
}

func (w *world) put(n, version int) {
	w.ledger.Put(domain.IndexTask{
		ID: fmt.Sprintf("p%03d", n), Kind: domain.PassageChunk, Project: "p", Text: fmt.Sprint("text ", n, " version ", version),
	})
}

func sound(t *testing.T, s *index.Service) domain.IndexCheck {
	t.Helper()
	check, err := s.Verify(t.Context())
	require.NoError(t, err)
	require.True(t, check.Sound(), "%+v", check)
	return check
}

func TestTheIndexFollowsTheText(t *testing.T) {
	w := newWorld()
	s := w.service("one")
	for n := range 600 {
		w.put(n, 1)
	}
	require.NoError(t, s.Prepare(t.Context()))
	require.NoError(t, s.Prepare(t.Context()), "a second time does nothing")
	_, err := s.Live().Search(t.Context(), []float32{1, 1}, domain.Scope{}, 5)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "it is being built")
	assert.ErrorContains(t, err, "600 passages are to go")

	var last domain.IndexProgress
	result, err := s.Drain(t.Context(), func(p domain.IndexProgress) { last = p })
	require.NoError(t, err)
	assert.Equal(t, 600, result.Stored)
	assert.True(t, result.Generation.Ready)
	assert.Equal(t, domain.IndexProgress{Done: 600, Total: 600}, last)
	assert.Equal(t, 600, sound(t, s).Records)

	w.put(1, 2)
	w.ledger.Remove("p002")
	n, err := s.Behind(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	check, err := s.Verify(t.Context())
	require.NoError(t, err)
	assert.True(t, check.Sound(), "what waits is no fault")
	assert.Equal(t, 2, check.Waiting)
	result, err = s.Drain(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 1, result.Stored)
	assert.Equal(t, 1, result.Removed)
	assert.Equal(t, 599, sound(t, s).Records)
	found, err := s.Live().Search(t.Context(), []float32{1, 0}, domain.Scope{Project: "p"}, 5)
	require.NoError(t, err)
	assert.Len(t, found, 5)
}

func TestVerifyFindsAndRepairMends(t *testing.T) {
	w := newWorld()
	s := w.service("one")
	for n := range 10 {
		w.put(n, 1)
	}
	require.NoError(t, s.Prepare(t.Context()))
	result, err := s.Drain(t.Context(), nil)
	require.NoError(t, err)
	x := w.storage.Open(result.Generation.Name, result.Generation.Model)
	require.NoError(t, x.Delete(t.Context(), []string{"p003"}))
	require.NoError(t, x.Upsert(t.Context(), []domain.VectorRecord{
		{ID: "p004", Vector: []float32{1, 1}, Digest: "old"}, {ID: "nobody", Vector: []float32{1, 1}, Digest: "x"},
	}))
	check, err := s.Verify(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"p003"}, check.Missing)
	assert.Equal(t, []string{"p004"}, check.Stale)
	assert.Equal(t, []string{"nobody"}, check.Orphaned)
	_, err = s.Repair(t.Context(), check, nil)
	require.NoError(t, err)
	assert.Equal(t, 10, sound(t, s).Records)

	t.Run("an index that the storage lost", func(t *testing.T) {
		require.NoError(t, w.storage.Drop(t.Context(), result.Generation.Name))
		check, err := s.Verify(t.Context())
		require.NoError(t, err)
		assert.Len(t, check.Missing, 10)
		_, err = s.Repair(t.Context(), check, nil)
		require.NoError(t, err)
		sound(t, s)
		require.NoError(t, w.storage.Drop(t.Context(), result.Generation.Name))
		w.put(1, 3) // and one that is only written to: everything comes back
		_, err = s.Drain(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, 10, sound(t, s).Records)
	})
}

// A server that damaged its files answers no call about the index until it is
// made again.
func TestADamagedIndexIsMadeAgain(t *testing.T) {
	w := newWorld()
	s := w.service("one")
	for n := range 10 {
		w.put(n, 1)
	}
	require.NoError(t, s.Prepare(t.Context()))
	_, err := s.Drain(t.Context(), nil)
	require.NoError(t, err)
	damaged := true
	w.storage.Fail = func(op string) error {
		switch {
		case op == "storage.drop":
			damaged = false
		case damaged && op != "storage.make" && op != "storage.alive":
			return domain.Corrupt("torn")
		}
		return nil
	}
	check, err := s.Verify(t.Context())
	require.NoError(t, err)
	assert.Len(t, check.Missing, 10)
	w.put(3, 2)
	_, err = s.Drain(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 10, sound(t, s).Records)
}

func TestRebuildTakesThePlaceOfTheOldOne(t *testing.T) {
	w := newWorld()
	s := w.service("one")
	w.put(1, 1)
	require.NoError(t, s.Prepare(t.Context()))
	first, err := s.Drain(t.Context(), nil)
	require.NoError(t, err)

	broken := errors.New("broken")
	w.storage.Fail = func(op string) error {
		if op == "storage.upsert" {
			return broken
		}
		return nil
	}
	_, err = s.Rebuild(t.Context(), index.RebuildOptions{})
	require.ErrorIs(t, err, broken)
	w.storage.Fail = nil
	assert.Equal(t, first.Generation.Name, sound(t, s).Generation.Name, "the old one answers meanwhile")

	second, err := s.Rebuild(t.Context(), index.RebuildOptions{})
	require.NoError(t, err)
	assert.NotEqual(t, first.Generation.Name, second.Generation.Name)
	assert.Equal(t, second.Generation.Name, sound(t, s).Generation.Name)
	all, err := w.ledger.Generations(t.Context())
	require.NoError(t, err)
	assert.Len(t, all, 1, "the interrupted one was gone on with, the old one removed")
	_, err = w.storage.Open(first.Generation.Name, first.Generation.Model).IDs(t.Context())
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
}

// A change of model leaves no gap, and going back costs what changed since.
func TestTheModelChangesAndGoesBack(t *testing.T) {
	w := newWorld()
	one, two := w.service("one"), w.service("two")
	for n := range 20 {
		w.put(n, 1)
	}
	require.NoError(t, one.Prepare(t.Context()))
	_, err := one.Drain(t.Context(), nil)
	require.NoError(t, err)

	require.NoError(t, two.Prepare(t.Context()))
	_, err = two.Live().Search(t.Context(), []float32{1, 1}, domain.Scope{}, 1)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "only of one")
	result, err := two.Rebuild(t.Context(), index.RebuildOptions{})
	require.NoError(t, err)
	require.Len(t, result.Former, 1)
	sound(t, two)
	sound(t, one) // who still runs with the former model is served

	w.put(3, 2)
	_, err = two.Drain(t.Context(), nil)
	require.NoError(t, err)
	n, err := one.Behind(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	back, err := one.Drain(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, 1, back.Stored)
	sound(t, one)

	_, err = one.Rebuild(t.Context(), index.RebuildOptions{Prune: true})
	require.NoError(t, err)
	all, err := w.ledger.Generations(t.Context())
	require.NoError(t, err)
	assert.Len(t, all, 1)
}

// Whatever call fails or is never returned from: once everything works again, a
// drain makes the index equal to the text.
func TestNothingIsLostWhateverFails(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld()
		s := w.service("one")
		calls, struck := 0, false
		fail := func(string) error {
			if calls++; calls == at {
				struck = true
				return errors.New("broken")
			}
			return nil
		}
		for n := range 300 {
			w.put(n, 1)
		}
		w.ledger.Fail, w.storage.Fail = fail, fail
		rng := rand.New(rand.NewPCG(1, uint64(at)))
		steps := []func() error{
			func() error { return s.Prepare(t.Context()) },
			func() error { _, err := s.Drain(t.Context(), nil); return err },
			func() error {
				for range 50 {
					w.put(rng.IntN(320), 2)
					w.ledger.Remove(fmt.Sprintf("p%03d", rng.IntN(300)))
				}
				return nil
			},
			func() error { _, err := s.Drain(t.Context(), nil); return err },
			func() error { _, err := s.Rebuild(t.Context(), index.RebuildOptions{}); return err },
		}
		for _, step := range steps {
			_ = step() // one of them fails
		}
		w.ledger.Fail, w.storage.Fail = nil, nil
		require.NoError(t, s.Prepare(t.Context()))
		_, err := s.Drain(t.Context(), nil)
		require.NoError(t, err, "call %d", at)
		sound(t, s)
		if !struck {
			assert.Greater(t, at, 30)
			t.Logf("%d calls failed, one at a time", at-1)
			return
		}
	}
}

var _ ports.IndexGate = indexing{}
