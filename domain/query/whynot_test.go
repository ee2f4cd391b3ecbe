package query_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// shelf is a store with documents, memories, and the use case over them.
func shelf(t *testing.T) (*portfake.Store, *query.Service) {
	t.Helper()
	store := portfake.NewStore()
	put := func(project, path string, texts ...string) {
		key := domain.DocumentKey{Project: project, Root: "docs", Path: path}
		var chunks []domain.Chunk
		for i, text := range texts {
			chunks = append(chunks, domain.Chunk{ID: fmt.Sprintf("%s#%d", path, i), Seq: i, StartLine: 10*i + 1, EndLine: 10*i + 5, Content: text})
		}
		require.NoError(t, store.Documents().Replace(t.Context(), domain.Document{DocumentKey: key}.With(chunks)))
	}
	put("Apollo", "launch.md", "the launch window opens at dawn", "the crew eats breakfast")
	put("Apollo", "sub/notes.md", "nobody knows the date")
	put("Borealis", "ship/hull.md", "the launch of the ship")
	for i := range 12 {
		put("Apollo", fmt.Sprintf("rank/%02d.md", i), "the launch window")
	}
	at := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	for _, m := range []domain.Memory{
		{ID: "m-active", Status: domain.MemoryActive, Content: "launch with the window closed"},
		{ID: "m-asleep", Status: domain.MemoryCandidate, Content: "launch"},
		{ID: "m-gone", Status: domain.MemoryActive, Content: "launch"},
	} {
		m.Type, m.CreatedAt, m.UpdatedAt = domain.MemoryKnowledge, at, at
		require.NoError(t, store.Memories().Create(t.Context(), m, nil))
	}
	require.NoError(t, store.Memories().Delete(t.Context(), "m-gone", at))
	return store, query.New(query.Config{
		Text: store.Text(), Vectors: store.Vectors(), Passages: store.Passages(), Registry: portfake.NewProjectRegistry(projects...),
		Embedder: &portfake.Embedder{}, Weights: domain.DefaultRankingWeights(), Catalog: store.Catalog(), Memories: store.Memories(),
	})
}

func TestWhyNotOfFullTextAlone(t *testing.T) {
	_, s := shelf(t)
	a, err := s.Query(t.Context(), domain.Query{Prompt: "launch", Mode: domain.ModeText, WhyNot: "sub/notes.md"})
	require.NoError(t, err)
	assert.Equal(t, domain.WhyNotNotProposed, a.WhyNot.Verdict)
	assert.Contains(t, a.WhyNot.Reason, "full text alone")
}

func TestWhyNot(t *testing.T) {
	_, s := shelf(t)
	for name, test := range map[string]struct {
		q       domain.Query
		verdict domain.WhyNotVerdict
		reason  string
		id      string
		nearest []string
		lacks   []string
	}{
		"answered":        {domain.Query{Prompt: "window opens", WhyNot: "launch.md", TopK: 1}, domain.WhyNotAnswered, "it is result 1 of 1", "launch.md#0", nil, nil},
		"by line":         {domain.Query{Prompt: "window crew", WhyNot: "launch.md:12-14", TopK: 100}, domain.WhyNotAnswered, "it is result 2 of 15", "launch.md#1", nil, []string{"window"}},
		"outranked":       {domain.Query{Prompt: "launch window opens", WhyNot: "rank/11.md", TopK: 2}, domain.WhyNotOutranked, "it is number 14 of 16 with", "rank/11.md#0", nil, []string{"opens"}},
		"memory":          {domain.Query{Prompt: "launch closed", WhyNot: "memory m-active", TopK: 1}, domain.WhyNotAnswered, "it is result 1 of 1", "m-active", nil, nil},
		"end of a path":   {domain.Query{Prompt: "launch", WhyNot: "notes.md"}, domain.WhyNotNotProposed, "no index proposed it: it holds no word of the question", "sub/notes.md#0", nil, []string{"launch"}},
		"other project":   {domain.Query{Prompt: "launch", WhyNot: "ship/hull.md", Project: "apollo"}, domain.WhyNotOutOfScope, `it belongs to project "Borealis", and the question is narrowed to "Apollo"`, "ship/hull.md#0", nil, nil},
		"other kind":      {domain.Query{Prompt: "launch", WhyNot: "launch.md", Kinds: []domain.PassageKind{domain.PassageMemory}}, domain.WhyNotOutOfScope, "it is a chunk, and the question asks for another kind", "launch.md#0", nil, nil},
		"no such path":    {domain.Query{Prompt: "launch", WhyNot: "docs/lanch.md"}, domain.WhyNotMissing, `no document, chunk or memory is called "docs/lanch.md"`, "", []string{"launch.md"}, nil},
		"no such line":    {domain.Query{Prompt: "launch", WhyNot: "launch.md:99"}, domain.WhyNotMissing, "no passage of launch.md covers line 99; its last one ends at line 15", "", nil, nil},
		"not active":      {domain.Query{Prompt: "launch", WhyNot: "m-asleep"}, domain.WhyNotInactive, "memory m-asleep is candidate; only active memories take part in answers", "", nil, nil},
		"deleted":         {domain.Query{Prompt: "launch", WhyNot: "memory:m-gone"}, domain.WhyNotInactive, "memory m-gone was deleted", "", nil, nil},
		"nothing matches": {domain.Query{Prompt: "zebra", WhyNot: "launch.md"}, domain.WhyNotNotProposed, "no index proposed it", "launch.md#0", nil, []string{"zebra"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, s, test.q)
			w := a.WhyNot
			require.NotNil(t, w)
			assert.Equal(t, test.verdict, w.Verdict, w.Reason)
			assert.Contains(t, w.Reason, test.reason)
			assert.Equal(t, test.q.WhyNot, w.Expected)
			assert.Equal(t, test.nearest, w.Nearest)
			if test.id == "" {
				assert.Nil(t, w.Passage)
				return
			}
			require.NotNil(t, w.Passage)
			assert.Equal(t, test.id, w.Passage.ID)
			if w.Verdict != domain.WhyNotOutOfScope {
				assert.Equal(t, test.lacks, w.Lacks)
			}
			if w.Rank > 0 {
				wide := test.q
				wide.TopK, wide.Explain = 100, true
				all := ask(t, s, wide).Results
				assert.Equal(t, test.id, all[w.Rank-1].ID, "the rank is the one in the whole order")
				assert.Equal(t, all[w.Rank-1].Explanation, w.Explanation)
			}
		})
	}
	assert.Nil(t, ask(t, s, domain.Query{Prompt: "launch"}).WhyNot)
}

func TestWhyNotBesideTheLast(t *testing.T) {
	_, s := shelf(t)
	a := ask(t, s, domain.Query{Prompt: "launch window opens", WhyNot: "rank/11.md", TopK: 2})
	w := a.WhyNot
	require.NotNil(t, w.Last)
	assert.Equal(t, a.Results[1].ID, w.Last.ID)
	assert.Greater(t, w.Last.Score, w.Explanation.Score-1e-12)
	a = ask(t, s, domain.Query{Prompt: "launch window opens", WhyNot: "rank/11.md", TopK: 1})
	require.NotEmpty(t, a.WhyNot.Behind)
	assert.Equal(t, "text", a.WhyNot.Behind[0].Name)
	assert.Greater(t, a.WhyNot.Behind[0].Last, a.WhyNot.Behind[0].Expected)
}

func TestTooWeak(t *testing.T) {
	store, s := shelf(t)
	p := &proposing{text: []domain.Candidate{{ID: "rank/00.md#0", Score: 0.9}, {ID: "sub/notes.md#0", Score: 0.004}}}
	s.Text, s.Vectors = textHalf{p}, vectorHalf{p}
	w := ask(t, s, domain.Query{Prompt: "date", WhyNot: "sub/notes.md"}).WhyNot
	assert.Equal(t, domain.WhyNotTooWeak, w.Verdict)
	assert.InDelta(t, 0.004, w.TextScore, 1e-12)
	assert.Contains(t, w.Reason, "proposed and dropped")
	require.NotNil(t, w.Last)
	require.NotEmpty(t, w.Behind)

	boom := errors.New("boom")
	for _, op := range []string{"catalog.at", "catalog.paths", "memory.get", "memory.history"} {
		store.Fail = func(o string) error {
			if o == op {
				return boom
			}
			return nil
		}
		_, err := s.Query(t.Context(), domain.Query{Prompt: "date", WhyNot: "nowhere.md"})
		require.ErrorIs(t, err, boom, op)
	}
	store.Fail = nil
	s.Catalog = ports.PassageCatalog(nil)
	_, err := s.Query(t.Context(), domain.Query{Prompt: "date", WhyNot: "x"})
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
}

func TestWhatIf(t *testing.T) {
	_, s := shelf(t)
	q := domain.Query{Prompt: "apollo launch window", TopK: 100, Explain: true, Project: "apollo"}
	before := ask(t, s, q)
	q.Weights = domain.RankingChange{Numbers: map[string]float64{"project_match_boost": 5}}
	after := ask(t, s, q)
	assert.InDelta(t, before.Results[0].Score*2.5, after.Results[0].Score, 1e-9)
	assert.InDelta(t, 2.0, s.Weights.ProjectMatchBoost, 0, "the configured weights stay")

	q.Weights.Numbers["project_match_boost"] = 11
	_, err := s.Query(t.Context(), q)
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "rank.project_match_boost", e.Field)
}

// Weighing is ranking: the same order and the same scores.
func TestWeighingIsRanking(t *testing.T) {
	_, s := shelf(t)
	c, err := s.Gather(t.Context(), domain.Query{Prompt: "launch window of the crew", Project: "apollo"})
	require.NoError(t, err)
	w := domain.DefaultRankingWeights()
	w.QueryTokenStep, w.PathHighSignal = 0.5, []string{"rank"}
	scores := map[string]float64{}
	for _, x := range c.Weigh(w) {
		score := x.Base
		for _, f := range w.Weigh(x.Traits) {
			score *= f.Value
		}
		scores[x.Passage.ID] = score
	}
	ranked := c.Rank(w, c.Len(), false)
	require.Len(t, scores, len(ranked))
	for _, r := range ranked {
		assert.InDelta(t, r.Score, scores[r.ID], 0)
	}
	assert.Equal(t, ranked, c.Rank(w, c.Len(), false), "ranking leaves the candidates as they were")
}
