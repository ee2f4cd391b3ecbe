package eval

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// world is a service whose scratch stores are fakes.
type world struct {
	*Service
	store  *portfake.Store // the scratch store made last
	fail   func(op string) error
	closed int
}

func newWorld(live *query.Service) *world {
	w := &world{}
	w.Service = New(Config{
		Live: live, Clock: &portfake.Clock{}, Weights: domain.DefaultRankingWeights(),
		Scratch: func(context.Context) (*Scratch, error) {
			w.store = portfake.NewStore()
			w.store.Fail = w.fail
			return &Scratch{
				Documents: w.store.Documents(), Text: w.store.Text(), Vectors: w.store.Vectors(), Passages: w.store.Passages(),
				Embedder: &portfake.Embedder{},
				Cut: func(_ domain.DocumentKey, text string) []domain.Chunk {
					half := len(text) / 2
					return []domain.Chunk{{StartLine: 1, EndLine: 1, Content: text[:half]}, {StartLine: 2, EndLine: 3, Content: text[half:]}}
				},
				Close: func() error { w.closed++; return nil },
			}, nil
		},
	})
	return w
}

func queries(store *portfake.Store, projects ports.ProjectRegistry) *query.Service {
	return query.New(query.Config{
		Text: store.Text(), Vectors: store.Vectors(), Passages: store.Passages(), Registry: projects,
		Embedder: &portfake.Embedder{}, Weights: domain.DefaultRankingWeights(), Catalog: store.Catalog(), Memories: store.Memories(),
	})
}

func small() Corpus {
	return Corpus{
		Texts: []Text{
			{"d1", "", "apples and pears", ""},
			{"d2", "", "pears and plums", ""},
			{"d3", "", "cherries of the orchard", "Orchard"},
			{"d4", "", strings.Repeat("quince ", 1200), ""},
			{"d5", "", "  ", ""},
		},
		Questions: []Question{
			{ID: "q1", Text: "apples pears", Expected: []Expectation{{"d2", 1}}},
			{ID: "q2", Text: "cherries", Project: "orchard", Expected: []Expectation{{"d3", 2}, {"gone", 1}}},
			{ID: "q3", Text: "quince", Expected: []Expectation{{"d4", 1}}},
		},
		Unjudged: 2, Unknown: 1,
	}
}

func TestEvaluateCorpus(t *testing.T) {
	w := newWorld(nil)
	c := small()
	var told []string
	r, err := w.Evaluate(t.Context(), Source{Name: "set", Corpus: &c}, domain.RankingChange{}, 1, func(stage string, done, total int) {
		told = append(told, fmt.Sprintf("%s %d/%d", stage, done, total))
	})
	require.NoError(t, err)
	assert.Equal(t, 1, w.closed, "the scratch store is removed")
	assert.Equal(t, []string{"import 0/5", "import 1/5", "import 2/5", "import 3/5", "ask 0/3", "ask 1/3", "ask 2/3", "ask 3/3"}, told)
	assert.False(t, r.Live)
	assert.Equal(t, []int{5, 5, 2, 1}, []int{r.Documents, r.Passages, r.Unjudged, r.Unknown}, "the long text is two passages, the empty one none")
	require.Len(t, r.Outcomes, 3)
	assert.Equal(t, []Found{{Expectation: Expectation{"d2", 1}, Rank: 2}}, r.Outcomes[0].Found)
	assert.InDelta(t, 0.5, r.Outcomes[0].Base.MRR10, 1e-9)
	assert.Empty(t, r.Outcomes[0].Lost())
	assert.Equal(t, []Found{{Expectation: Expectation{"gone", 1}}}, r.Outcomes[1].Lost(), "the project is matched whatever its case")
	assert.InDelta(t, 1, r.Outcomes[2].Base.NDCG10, 1e-9, "two passages of a document count once")
	assert.InDelta(t, (0.5+1+1)/3, r.Base.MRR10, 1e-9)
	assert.Nil(t, r.Against)
}

func TestEvaluateAgainst(t *testing.T) {
	w := newWorld(nil)
	c := Corpus{Texts: []Text{{"a", "fig", "fig tart fig", ""}, {"b", "", "fig tart cake", ""}}}
	for i := range 6 {
		c.Questions = append(c.Questions, Question{ID: fmt.Sprint(i), Text: "fig tart cake", Expected: []Expectation{{"a", 1}}})
	}
	change := domain.RankingChange{Numbers: map[string]float64{"query_token_step": 1, "query_token_cap": 10}}
	r, err := w.Evaluate(t.Context(), Source{Name: "set", Corpus: &c}, change, 1, nil)
	require.NoError(t, err)
	assert.InDelta(t, 0.5, r.Base.MRR10, 1e-9)
	assert.InDelta(t, 1, r.Against.MRR10, 1e-9)
	assert.Equal(t, 2, r.Outcomes[0].Found[0].Rank)
	assert.Equal(t, 1, r.Outcomes[0].Found[0].AgainstRank)
	require.Len(t, r.Comparisons, len(AllMeasures()))
	assert.InDelta(t, 2.0/64, r.Comparisons[0].P, 1e-9)
	assert.True(t, r.Comparisons[0].Significant())

	weighed, err := w.Weigh(t.Context(), Source{Name: "set", Corpus: &c}, nil)
	require.NoError(t, err)
	other, err := change.Apply(w.Weights)
	require.NoError(t, err)
	assert.InDelta(t, r.Outcomes[0].Base.NDCG10, weighed[0].NDCG10(w.Weights), 1e-12, "both ways of ranking agree")
	assert.InDelta(t, r.Outcomes[0].Against.NDCG10, weighed[0].NDCG10(other), 1e-12)

	_, err = w.Evaluate(t.Context(), Source{Name: "set", Corpus: &c}, domain.RankingChange{Numbers: map[string]float64{"x": 1}}, 1, nil)
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err))
}

func TestEvaluateFailures(t *testing.T) {
	boom := errors.New("boom")
	for _, op := range []string{"document.replace", "text.search", "passage.passages"} {
		w := newWorld(nil)
		w.fail = func(o string) error {
			if o == op {
				return boom
			}
			return nil
		}
		c := small()
		_, err := w.Evaluate(t.Context(), Source{Name: "set", Corpus: &c}, domain.RankingChange{}, 1, nil)
		require.ErrorIs(t, err, boom, op)
		assert.Equal(t, 1, w.closed, "%s: the scratch store is removed", op)
	}
	_, err := newWorld(nil).Evaluate(t.Context(), Source{Name: "q.yaml", Questions: small().Questions}, domain.RankingChange{}, 1, nil)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
}

func TestEvaluateLive(t *testing.T) {
	store := portfake.NewStore()
	key := domain.DocumentKey{Project: "P", Root: "docs", Path: "fruit/apples.md"}
	require.NoError(t, store.Documents().Replace(t.Context(), domain.Document{DocumentKey: key}.With([]domain.Chunk{
		{ID: "c0", StartLine: 1, EndLine: 5, Content: "apples grow"}, {ID: "c1", Seq: 1, StartLine: 6, EndLine: 9, Content: "apples ripen late"},
	})))
	for _, id := range []string{"m1", "m2"} {
		require.NoError(t, store.Memories().Create(t.Context(), domain.Memory{
			ID: id, Type: domain.MemoryKnowledge, Status: domain.MemoryActive, Content: "apples of " + id,
		}, nil))
	}
	store.Fail = func(op string) error {
		for _, write := range []string{"create", "update", "delete", "replace", "touch", "remove", "upsert"} {
			if strings.HasSuffix(op, "."+write) {
				t.Errorf("%s: a measurement only reads", op)
			}
		}
		return nil
	}
	w := newWorld(queries(store, portfake.NewProjectRegistry()))
	r, err := w.Evaluate(t.Context(), Source{Name: "q.yaml", Questions: []Question{
		{ID: "1", Text: "apples", Expected: []Expectation{{"apples.md", 1}}},
		{ID: "2", Text: "apples ripen", Expected: []Expectation{{"fruit/apples.md:7", 1}, {"m2", 1}}},
		{ID: "3", Text: "apples", Expected: []Expectation{{"fruit/aples.md", 1}}},
	}}, domain.RankingChange{}, 1, nil)
	require.NoError(t, err)
	assert.True(t, r.Live)
	assert.Equal(t, 1, r.Outcomes[0].Found[0].Rank, "any passage of the document counts")
	assert.Equal(t, 1, r.Outcomes[1].Found[0].Rank)
	assert.Positive(t, r.Outcomes[1].Found[1].Rank)
	lost := r.Outcomes[2].Lost()
	require.Len(t, lost, 1)
	assert.Equal(t, "nothing is called so", lost[0].Problem)
	assert.Equal(t, []string{"fruit/apples.md"}, lost[0].Nearest)
	assert.Zero(t, w.closed)
}

func TestTurnsFollowEachOther(t *testing.T) {
	for name, test := range map[string]struct {
		a, b Text
		want bool
	}{
		"turns":           {Text{ID: "c1/D1:3", Project: "P"}, Text{ID: "c1/D1:4", Project: "P"}, true},
		"a gap":           {Text{ID: "D1:3", Project: "P"}, Text{ID: "D1:5", Project: "P"}, false},
		"other session":   {Text{ID: "D1:3", Project: "P"}, Text{ID: "D2:4", Project: "P"}, false},
		"other project":   {Text{ID: "D1:3", Project: "P"}, Text{ID: "D1:4", Project: "Q"}, false},
		"no project":      {Text{ID: "D1:3"}, Text{ID: "D1:4"}, false},
		"own titles":      {Text{ID: "D1:3", Project: "P", Title: "a"}, Text{ID: "D1:4", Project: "P", Title: "b"}, false},
		"mere numbers":    {Text{ID: "3", Project: "P"}, Text{ID: "4", Project: "P"}, false},
		"no number":       {Text{ID: "D1:a", Project: "P"}, Text{ID: "D1:b", Project: "P"}, false},
		"nine to ten":     {Text{ID: "D1:9", Project: "P"}, Text{ID: "D1:10", Project: "P"}, true},
		"other beginning": {Text{ID: "x#1", Project: "P"}, Text{ID: "y#2", Project: "P"}, false},
	} {
		assert.Equal(t, test.want, follows(test.a, test.b), name)
	}
	texts := []Text{{"D:1", "", "one\nmore", "P"}, {"D:2", "", "two", "P"}, {"D:4", "", "four", "P"}}
	var got []bundle
	for _, b := range bundles(texts, nil) {
		got = append(got, b)
	}
	require.Len(t, got, 2)
	assert.Equal(t, []string{"D:1", "D:2"}, got[0].texts)
	assert.Equal(t, []int{1, 2, 3, 3}, []int{got[0].chunks[0].StartLine, got[0].chunks[0].EndLine, got[0].chunks[1].StartLine, got[0].chunks[1].EndLine})
	assert.Equal(t, 1, got[0].chunks[1].Seq)
}
