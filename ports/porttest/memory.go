package porttest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestMemoryStore checks a ports.MemoryStore. open returns an empty one.
func TestMemoryStore(t *testing.T, open func(t *testing.T) ports.MemoryStore) {
	t.Run("get returns what was created", func(t *testing.T) {
		s := open(t)
		m := memory("m1", 1, "The cat's name is \"Minka\" – it's 7;\n日本 🐈")
		m.Project, m.Confidence, m.Status = "p", 0.25, domain.MemoryCandidate
		create(t, s, m)
		got, err := s.Get(t.Context(), "m1")
		require.NoError(t, err)
		assert.Equal(t, m, got)
	})
	t.Run("an id that exists is a conflict and changes nothing", func(t *testing.T) {
		s := open(t)
		create(t, s, memory("m1", 1, "first"))
		kind(t, domain.KindConflict, s.Create(t.Context(), memory("m1", 2, "second"), vectorOf("second")))
		got, err := s.Get(t.Context(), "m1")
		require.NoError(t, err)
		assert.Equal(t, "first", got.Content)
		history, err := s.History(t.Context(), "m1")
		require.NoError(t, err)
		assert.Len(t, history, 1)
	})
	t.Run("what is missing is not found", func(t *testing.T) {
		s := open(t)
		_, err := s.Get(t.Context(), "none")
		kind(t, domain.KindNotFound, err)
		_, err = s.Update(t.Context(), "none", func(*domain.Memory) ([]float32, error) {
			t.Error("change was called")
			return nil, nil
		})
		kind(t, domain.KindNotFound, err)
		kind(t, domain.KindNotFound, s.Delete(t.Context(), "none", at(1)))
		_, err = s.History(t.Context(), "none")
		kind(t, domain.KindNotFound, err)
	})
	t.Run("a vector of another dimension stores nothing", func(t *testing.T) {
		s := open(t)
		kind(t, domain.KindInvalid, s.Create(t.Context(), memory("m1", 1, "x"), []float32{1, 2}))
		_, err := s.Get(t.Context(), "m1")
		kind(t, domain.KindNotFound, err)
	})
	t.Run("update", func(t *testing.T) { memoryUpdate(t, open) })
	t.Run("history", func(t *testing.T) { memoryHistory(t, open) })
	t.Run("list", func(t *testing.T) { memoryList(t, open) })
	t.Run("pages", func(t *testing.T) { memoryPages(t, open) })
	t.Run("a context that ended changes nothing", func(t *testing.T) {
		s := open(t)
		ctx := ended(t)
		err := s.Create(ctx, memory("m1", 1, "x"), vectorOf("x"))
		require.ErrorIs(t, err, ctx.Err())
		_, err = s.Get(t.Context(), "m1")
		kind(t, domain.KindNotFound, err)
	})
}

func memoryUpdate(t *testing.T, open func(t *testing.T) ports.MemoryStore) {
	t.Run("stores what change leaves and counts revisions", func(t *testing.T) {
		s := open(t)
		create(t, s, memory("m1", 1, "old"))
		got, err := s.Update(t.Context(), "m1", func(m *domain.Memory) ([]float32, error) {
			assert.Equal(t, memory("m1", 1, "old"), *m)
			m.Content, m.Type, m.Project, m.Confidence = "new", domain.MemoryProject, "p", 1
			m.Source, m.Status, m.UpdatedAt = "me", domain.MemorySuperseded, at(9)
			return vectorOf("new"), nil
		})
		require.NoError(t, err)
		want := domain.Memory{
			ID: "m1", Type: domain.MemoryProject, Content: "new", Project: "p", Confidence: 1, Source: "me",
			Status: domain.MemorySuperseded, CreatedAt: at(1), UpdatedAt: at(9), Revision: 2,
		}
		assert.Equal(t, want, got)
		got, err = s.Get(t.Context(), "m1")
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
	t.Run("id and creation time cannot be changed", func(t *testing.T) {
		s := open(t)
		create(t, s, memory("m1", 1, "old"))
		got, err := s.Update(t.Context(), "m1", func(m *domain.Memory) ([]float32, error) {
			m.ID, m.CreatedAt, m.Revision = "m2", at(99), 77
			return nil, nil
		})
		require.NoError(t, err)
		assert.Equal(t, memory("m1", 1, "old").CreatedAt, got.CreatedAt)
		assert.Equal(t, "m1", got.ID)
		assert.EqualValues(t, 2, got.Revision)
	})
	t.Run("an error of change stores nothing", func(t *testing.T) {
		s := open(t)
		create(t, s, memory("m1", 1, "old"))
		boom := errors.New("boom")
		_, err := s.Update(t.Context(), "m1", func(m *domain.Memory) ([]float32, error) {
			m.Content = "new"
			return nil, boom
		})
		require.ErrorIs(t, err, boom)
		got, err := s.Get(t.Context(), "m1")
		require.NoError(t, err)
		assert.Equal(t, memory("m1", 1, "old"), got)
	})
	t.Run("updates at the same time all count", func(t *testing.T) {
		s := open(t)
		create(t, s, memory("m1", 1, ""))
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_, err := s.Update(t.Context(), "m1", func(m *domain.Memory) ([]float32, error) {
					m.Content += "x"
					return vectorOf(m.Content), nil
				})
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		got, err := s.Get(t.Context(), "m1")
		require.NoError(t, err)
		assert.Len(t, got.Content, 20)
		assert.EqualValues(t, 21, got.Revision)
	})
}

func memoryHistory(t *testing.T, open func(t *testing.T) ports.MemoryStore) {
	s := open(t)
	create(t, s, memory("m1", 1, "one"), memory("m2", 2, "other"))
	updated, err := s.Update(t.Context(), "m1", func(m *domain.Memory) ([]float32, error) {
		m.Content, m.UpdatedAt = "two", at(5)
		return vectorOf("two"), nil
	})
	require.NoError(t, err)
	require.NoError(t, s.Delete(t.Context(), "m1", at(7)))
	_, err = s.Get(t.Context(), "m1")
	kind(t, domain.KindNotFound, err)
	kind(t, domain.KindNotFound, s.Delete(t.Context(), "m1", at(8)))

	history, err := s.History(t.Context(), "m1")
	require.NoError(t, err)
	assert.Equal(t, []domain.MemoryChange{
		{Kind: domain.ChangeCreated, At: at(1), Memory: memory("m1", 1, "one")},
		{Kind: domain.ChangeUpdated, At: at(5), Memory: updated},
		{Kind: domain.ChangeDeleted, At: at(7), Memory: updated},
	}, history)
}

func memoryList(t *testing.T, open func(t *testing.T) ports.MemoryStore) {
	s := open(t)
	a, b, c, d := memory("a", 1, "a"), memory("b", 2, "b"), memory("c", 2, "c"), memory("d", 3, "d")
	a.Project, b.Project = "p", "p"
	b.Type, d.Status = domain.MemoryIdentity, domain.MemoryRejected
	create(t, s, c, a, d, b)
	none, p := "", "p"
	for name, tc := range map[string]struct {
		filter domain.MemoryFilter
		want   string
	}{
		"everything, newest first, then by id": {domain.MemoryFilter{}, "dcba"},
		"of a project":                         {domain.MemoryFilter{Project: &p}, "ba"},
		"of no project":                        {domain.MemoryFilter{Project: &none}, "dc"},
		"of a type":                            {domain.MemoryFilter{Type: domain.MemoryIdentity}, "b"},
		"of a status":                          {domain.MemoryFilter{Status: domain.MemoryActive}, "cba"},
		"of all of them":                       {domain.MemoryFilter{Project: &p, Type: domain.MemoryKnowledge, Status: domain.MemoryActive}, "a"},
		"of some projects":                     {domain.MemoryFilter{Among: []string{"p", "other"}}, "ba"},
		"of a project and none":                {domain.MemoryFilter{Among: []string{"p", ""}}, "dcba"},
		"of one that is not among them":        {domain.MemoryFilter{Project: &p, Among: []string{""}}, ""},
		"among nothing":                        {domain.MemoryFilter{Among: []string{}}, ""},
		"none":                                 {domain.MemoryFilter{Type: domain.MemoryEpisodic}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := s.List(t.Context(), tc.filter)
			require.NoError(t, err)
			assert.Equal(t, tc.want, memoryIDs(page))
			assert.Empty(t, page.NextCursor)
		})
	}
	for _, limit := range []int{-1, domain.MaxPageSize + 1} {
		_, err := s.List(t.Context(), domain.MemoryFilter{Limit: limit})
		kind(t, domain.KindInvalid, err)
	}
}

func memoryPages(t *testing.T, open func(t *testing.T) ports.MemoryStore) {
	s := open(t)
	for i := range 10 {
		create(t, s, memory(fmt.Sprint(i), i/3, "x")) // three at a time
	}
	var got string
	f := domain.MemoryFilter{Limit: 3}
	for i := 0; ; i++ {
		page, err := s.List(t.Context(), f)
		require.NoError(t, err)
		got += memoryIDs(page)
		if page.NextCursor == "" {
			break
		}
		// What is added now is newer; what is removed was seen already.
		create(t, s, memory(fmt.Sprint("new", i), 100+i, "x"))
		require.NoError(t, s.Delete(t.Context(), page.Memories[2].ID, at(200)))
		f.Cursor = page.NextCursor
	}
	assert.Equal(t, "9876543210", got)

	page, err := s.List(t.Context(), domain.MemoryFilter{Limit: 2})
	require.NoError(t, err)
	c := page.NextCursor
	for _, bad := range []string{"x", "0", c + "A", c[1:], "B" + c[1:], c[:len(c)-1], "🐈", "AQ"} {
		_, err := s.List(t.Context(), domain.MemoryFilter{Cursor: bad})
		kind(t, domain.KindInvalid, err)
	}
}

func memoryIDs(page domain.MemoryPage) (s string) {
	for _, m := range page.Memories {
		s += m.ID
	}
	return s
}
