package porttest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Transferred is a way in and out with the stores that it belongs to.
type Transferred struct {
	ports.TransferStore
	Memories     Archive
	Facts        ports.FactStore
	Interactions InteractionStores
	Vectors      ports.VectorSearcher
}

// TestTransferStore checks a ports.TransferStore. open returns empty stores.
func TestTransferStore(t *testing.T, open func(t *testing.T) Transferred) {
	t.Run("what goes out comes in as it was", func(t *testing.T) { transferRound(t, open) })
	t.Run("what is there stays", func(t *testing.T) { transferMeetings(t, open(t)) })
	t.Run("all or none", func(t *testing.T) { transferAtomic(t, open(t)) })
}

// lived fills the stores with what has a past.
func lived(t *testing.T, s Transferred) {
	create(t, s.Memories, memory("b", 2, "two"), memory("a", 1, "one – 日本"), memory("c", 3, "three"))
	_, err := s.Memories.Update(t.Context(), "a", func(m *domain.Memory) ([]float32, error) {
		m.Content, m.Status, m.UpdatedAt, m.AffirmedAt, m.Confidence = "uno", domain.MemoryRejected, at(5), at(4), 1.0/3
		m.Last = domain.Act{Kind: domain.ChangeRejected, By: "Ada", Reason: "wrong"}
		return vectorOf("uno"), nil
	})
	require.NoError(t, err)
	require.NoError(t, s.Memories.Forget(t.Context(), "b", at(6), domain.Act{By: "Eve"}))
	require.NoError(t, s.Memories.Forget(t.Context(), "c", at(6), domain.Act{}))
	_, err = s.Memories.Revive(t.Context(), "c", func(m *domain.Memory) ([]float32, error) {
		m.UpdatedAt, m.Last = at(7), domain.Act{Kind: domain.ChangeRestored, By: "Ada"}
		return vectorOf("three"), nil
	})
	require.NoError(t, err)
	for _, f := range []domain.Fact{
		{Project: "q", Key: "phase", Value: "x", By: "Ada", At: at(1)},
		{Project: "p", Key: "phase", Value: "one", At: at(1)},
		{Project: "p", Key: "owner", Value: "Ada", Reason: "so", At: at(2)},
		{Project: "p", Key: "phase", Removed: true, At: at(3)},
	} {
		require.NoError(t, s.Facts.Put(t.Context(), f, func(*domain.Fact) error { return nil }))
	}
	i := interaction("z", 1)
	i.Used, i.Confirmations = []domain.UsedItem{{Kind: domain.ItemChunk, ID: "c"}}, []domain.Confirmation{{By: "Ada", At: at(3)}}
	i.Extraction = domain.Extraction{State: domain.ExtractionDone, Candidates: []string{"a"}, At: at(2)}
	require.NoError(t, s.Interactions.Add(t.Context(), interaction("y", 2)))
	require.NoError(t, s.Interactions.Add(t.Context(), i))
}

func exported(t *testing.T, s Transferred) (all []domain.Record, names []string) {
	t.Helper()
	require.NoError(t, s.Export(t.Context(), func(r domain.Record) error {
		require.NoError(t, r.Validate())
		all, names = append(all, r), append(names, string(r.Kind())+" "+r.Name())
		return nil
	}))
	return all, names
}

func meetings(t *testing.T, s Transferred, records []domain.Record, dry bool) (out []domain.Meeting) {
	t.Helper()
	vectors := map[string][]float32{}
	for _, r := range records {
		if r.Memory != nil {
			if m, ok := r.Memory.Now(); ok {
				vectors[m.ID] = vectorOf(m.Content)
			}
		}
	}
	outcomes, err := s.Import(t.Context(), records, vectors, dry)
	require.NoError(t, err)
	require.Len(t, outcomes, len(records))
	for n, o := range outcomes {
		assert.Equal(t, records[n].Kind(), o.Kind)
		assert.Equal(t, records[n].Name(), o.Name)
		out = append(out, o.Meeting)
	}
	return out
}

func transferRound(t *testing.T, open func(t *testing.T) Transferred) {
	from, to := open(t), open(t)
	_, names := exported(t, from)
	assert.Empty(t, names)
	lived(t, from)
	all, names := exported(t, from)
	assert.Equal(t, []string{
		"memory a", "memory b", "memory c", "state p/owner", "state p/phase", "state q/phase", "interaction z", "interaction y",
	}, names)
	for _, r := range all[:3] {
		history, err := from.Memories.History(t.Context(), r.Memory.ID)
		require.NoError(t, err)
		assert.Equal(t, history, r.Memory.Changes)
	}
	added := make([]domain.Meeting, len(all))
	known := make([]domain.Meeting, len(all))
	for i := range all {
		added[i], known[i] = domain.MeetsNothing, domain.MeetsItself
	}
	assert.Equal(t, added, meetings(t, to, all, true))
	empty, _ := exported(t, to)
	assert.Empty(t, empty, "a dry run stores nothing")
	assert.Equal(t, added, meetings(t, to, all, false))
	again, _ := exported(t, to)
	assert.Equal(t, all, again)
	assert.Equal(t, known, meetings(t, to, all, false))
	assert.Equal(t, known, meetings(t, to, all, true))
	again, _ = exported(t, to)
	assert.Equal(t, all, again, "twice is once")

	a, err := to.Memories.Get(t.Context(), "a")
	require.NoError(t, err)
	want, err := from.Memories.Get(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, want, a)
	_, err = to.Memories.Get(t.Context(), "b")
	kind(t, domain.KindNotFound, err)
	found, err := to.Vectors.Search(t.Context(), vectorOf("three"), domain.Scope{}, 5)
	require.NoError(t, err)
	assert.Equal(t, []string{"c"}, ids(found), "active ones are found, others are not")
	facts, err := to.Facts.Facts(t.Context(), "p", at(2))
	require.NoError(t, err)
	assert.Len(t, facts, 2)

	boom := errors.New("boom")
	calls := 0
	require.ErrorIs(t, from.Export(t.Context(), func(domain.Record) error { calls++; return boom }), boom)
	assert.Equal(t, 1, calls)
}

func transferMeetings(t *testing.T, s Transferred) {
	lived(t, s)
	all, _ := exported(t, s)
	one := func(r domain.Record) domain.Meeting { return meetings(t, s, []domain.Record{r}, false)[0] }
	short := *all[0].Memory
	short.Changes = short.Changes[:1]
	assert.Equal(t, domain.MeetsItself, one(domain.Record{Memory: &short}), "the store has more")
	long := *all[0].Memory
	next := long.Changes[1]
	next.Kind, next.At, next.Memory.Revision, next.Memory.Content = domain.ChangeUpdated, at(50), 3, "tre"
	long.Changes = append(append([]domain.MemoryChange{}, long.Changes...), next)
	assert.Equal(t, domain.MeetsAnother, one(domain.Record{Memory: &long}))
	other := domain.MemoryHistory{ID: "a", Changes: []domain.MemoryChange{{Kind: domain.ChangeCreated, At: at(9), Memory: memory("a", 9, "else")}}}
	assert.Equal(t, domain.MeetsAnother, one(domain.Record{Memory: &other}))
	fact := domain.FactHistory{Project: "p", Key: "owner", Entries: []domain.Fact{{Project: "p", Key: "owner", Value: "Bob", At: at(1)}}}
	assert.Equal(t, domain.MeetsAnother, one(domain.Record{State: &fact}))
	turn := interaction("z", 1)
	turn.Answer = "else"
	assert.Equal(t, domain.MeetsAnother, one(domain.Record{Interaction: &turn}))
	after, _ := exported(t, s)
	assert.Equal(t, all, after, "nothing that is there is changed")
}

func transferAtomic(t *testing.T, s Transferred) {
	records := []domain.Record{{Memory: &domain.MemoryHistory{ID: "a", Changes: []domain.MemoryChange{
		{Kind: domain.ChangeCreated, At: at(1), Memory: memory("a", 1, "one")},
	}}}}
	_, err := s.Import(t.Context(), records, map[string][]float32{"a": {1, 2}}, false)
	kind(t, domain.KindInvalid, err)
	ctx := ended(t)
	_, err = s.Import(ctx, records, nil, false)
	require.ErrorIs(t, err, ctx.Err())
	_, err = s.Import(t.Context(), append(records, domain.Record{}), nil, false)
	require.Error(t, err)
	if _, again := exported(t, s); !assert.Empty(t, again) {
		t.Log("half of a batch was stored")
	}
	_, err = s.Import(t.Context(), records, nil, false)
	require.NoError(t, err, "without a vector, too")
}
