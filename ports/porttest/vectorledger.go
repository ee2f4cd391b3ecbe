package porttest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// VectorLedgerFixture is a vector ledger with what changes the text that it is about.
type VectorLedgerFixture struct {
	Ledger ports.VectorLedger
	Queue  ports.VectorQueue
	Text   ports.VectorSource
	Put    func(id, text string) // an active memory without a project
	Remove func(id string)
}

// TestVectorLedger holds a ledger and its queue against their contracts.
func TestVectorLedger(t *testing.T, open func(t *testing.T) VectorLedgerFixture) {
	one, two := domain.EmbeddingModel{Name: "ledger/1", Dimension: 8}, domain.EmbeddingModel{Name: "ledger/2", Dimension: 4}
	begin := func(t *testing.T, f VectorLedgerFixture, m domain.EmbeddingModel) domain.Generation {
		t.Helper()
		g, err := f.Ledger.Begin(t.Context(), m)
		require.NoError(t, err)
		assert.Equal(t, m, g.Model)
		assert.False(t, g.Ready)
		return g
	}
	pending := func(t *testing.T, f VectorLedgerFixture, name string) []domain.IndexTask {
		t.Helper()
		tasks, err := f.Queue.Pending(t.Context(), name, 100)
		require.NoError(t, err)
		n, err := f.Queue.Waiting(t.Context(), name)
		require.NoError(t, err)
		assert.Len(t, tasks, n)
		return tasks
	}

	t.Run("a new index lacks everything, and then what changes", func(t *testing.T) {
		f := open(t)
		f.Put("a", "alpha")
		f.Put("b", "beta")
		g := begin(t, f, one)
		tasks := pending(t, f, g.Name)
		require.Len(t, tasks, 2)
		assert.Equal(t, "alpha", tasks[0].Text)
		assert.Equal(t, domain.PassageMemory, tasks[0].Kind)
		require.NoError(t, f.Queue.Settle(t.Context(), g.Name, tasks))
		assert.Empty(t, pending(t, f, g.Name))

		f.Put("a", "alpha, changed")
		f.Remove("b")
		f.Put("c", "gamma")
		tasks = pending(t, f, g.Name)
		require.Len(t, tasks, 3)
		assert.Equal(t, "alpha, changed", tasks[0].Text)
		assert.Equal(t, "b", tasks[1].ID)
		assert.True(t, tasks[1].Gone)
		assert.Equal(t, "c", tasks[2].ID)
	})
	t.Run("a task whose passage changed since stays", func(t *testing.T) {
		f := open(t)
		f.Put("a", "alpha")
		g := begin(t, f, one)
		tasks := pending(t, f, g.Name)
		f.Put("a", "alpha, changed")
		require.NoError(t, f.Queue.Settle(t.Context(), g.Name, tasks))
		left := pending(t, f, g.Name)
		require.Len(t, left, 1)
		assert.Equal(t, "alpha, changed", left[0].Text)
		assert.NotEqual(t, tasks[0].Digest(), left[0].Digest())
	})
	t.Run("the backlog up to a ticket", func(t *testing.T) {
		f := open(t)
		g := begin(t, f, one)
		n, newest, err := f.Queue.Backlog(t.Context(), g.Name, 0)
		require.NoError(t, err)
		assert.Zero(t, n)
		assert.Zero(t, newest)
		f.Put("a", "alpha")
		f.Put("b", "beta")
		n, mark, err := f.Queue.Backlog(t.Context(), g.Name, 0)
		require.NoError(t, err)
		assert.Equal(t, 2, n)
		assert.Equal(t, pending(t, f, g.Name)[1].Ticket, mark)
		f.Put("c", "gamma")
		n, newest, err = f.Queue.Backlog(t.Context(), g.Name, mark)
		require.NoError(t, err)
		assert.Equal(t, 2, n, "what came later is not asked for")
		assert.Equal(t, mark, newest)
		require.NoError(t, f.Queue.Settle(t.Context(), g.Name, pending(t, f, g.Name)[:2]))
		n, _, err = f.Queue.Backlog(t.Context(), g.Name, mark)
		require.NoError(t, err)
		assert.Zero(t, n)
		n, _, err = f.Queue.Backlog(t.Context(), g.Name, 0)
		require.NoError(t, err)
		assert.Equal(t, 1, n)
	})
	t.Run("every index has its own queue", func(t *testing.T) {
		f := open(t)
		f.Put("a", "alpha")
		first, second := begin(t, f, one), begin(t, f, two)
		require.NotEqual(t, first.Name, second.Name)
		require.NoError(t, f.Queue.Settle(t.Context(), first.Name, pending(t, f, first.Name)))
		assert.Empty(t, pending(t, f, first.Name))
		assert.Len(t, pending(t, f, second.Name), 1)
		f.Put("b", "beta")
		assert.Len(t, pending(t, f, first.Name), 1)
		assert.Len(t, pending(t, f, second.Name), 2)
	})
	t.Run("promotion", func(t *testing.T) {
		f := open(t)
		f.Put("a", "alpha")
		first, other, second := begin(t, f, one), begin(t, f, two), begin(t, f, one)
		_, err := f.Ledger.Promote(t.Context(), first.Name)
		assert.Equal(t, domain.KindConflict, domain.KindOf(err), "it is not whole")
		for _, g := range []domain.Generation{first, other, second} {
			require.NoError(t, f.Queue.Settle(t.Context(), g.Name, pending(t, f, g.Name)))
		}
		replaced, err := f.Ledger.Promote(t.Context(), second.Name)
		require.NoError(t, err)
		require.Len(t, replaced, 1)
		assert.Equal(t, first.Name, replaced[0].Name)
		all, err := f.Ledger.Generations(t.Context())
		require.NoError(t, err)
		require.Len(t, all, 2)
		assert.Equal(t, other.Name, all[0].Name)
		assert.False(t, all[0].Ready)
		assert.True(t, all[1].Ready)
		_, err = f.Ledger.Promote(t.Context(), "none")
		assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	})
	t.Run("forgetting", func(t *testing.T) {
		f := open(t)
		f.Put("a", "alpha")
		g := begin(t, f, one)
		require.NoError(t, f.Ledger.Forget(t.Context(), g.Name))
		require.NoError(t, f.Ledger.Forget(t.Context(), g.Name))
		assert.Empty(t, pending(t, f, g.Name))
		again := begin(t, f, one)
		assert.NotEqual(t, g.Name, again.Name, "a name is never used twice")
	})
	t.Run("passages and requeueing", func(t *testing.T) {
		f := open(t)
		for _, id := range []string{"c", "a", "b"} {
			f.Put(id, "text of "+id)
		}
		n, err := f.Text.Count(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 3, n)
		some, err := f.Text.Passages(t.Context(), "a", 1)
		require.NoError(t, err)
		require.Len(t, some, 1)
		assert.Equal(t, "b", some[0].ID)
		assert.Equal(t, "text of b", some[0].Text)

		g := begin(t, f, one)
		require.NoError(t, f.Queue.Settle(t.Context(), g.Name, pending(t, f, g.Name)))
		require.NoError(t, f.Queue.Requeue(t.Context(), g.Name, []string{"b", "nobody"}))
		tasks := pending(t, f, g.Name)
		require.Len(t, tasks, 2)
		assert.Equal(t, some[0].Digest(), tasks[0].Digest())
		assert.True(t, tasks[1].Gone)
		assert.Equal(t, domain.KindNotFound, domain.KindOf(f.Queue.Requeue(t.Context(), "none", nil)))
	})
}
