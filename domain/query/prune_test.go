package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
)

// Whatever vectors may add, what is no contender is never among the results.
func TestContendersHoldTheResults(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := domain.DefaultRankingWeights()
		for _, b := range domain.RankingBounds() {
			*b.Value(&w) = rapid.Float64Range(b.Min, min(b.Max, 3)).Draw(t, b.Key)
		}
		var text []domain.Candidate
		for i := range rapid.IntRange(0, 60).Draw(t, "text") {
			text = append(text, domain.Candidate{
				ID: fmt.Sprint(i), Score: rapid.Float64Range(0, 0.4).Draw(t, "score"), Passage: &domain.Passage{
					ID: fmt.Sprint(i), Path: rapid.SampledFrom([]string{"a.md", "adr/why.md", "old/how.md"}).Draw(t, "path"),
					Title:   rapid.SampledFrom([]string{"", "alpha", "alpha beta"}).Draw(t, "title"),
					Project: rapid.SampledFrom([]string{"", "p"}).Draw(t, "project"),
				},
			})
		}
		slices.SortStableFunc(text, func(a, b domain.Candidate) int { return cmp.Compare(b.Score, a.Score) })
		cosines := make([]float64, len(text))
		for i := range cosines {
			cosines[i] = rapid.Float64Range(0, 1).Draw(t, "cosine")
		}
		r := ranking{
			weights: w, lists: w.PathSignals(), tokens: []string{"alpha", "beta"}, topK: rapid.IntRange(1, 12).Draw(t, "top"),
			favoured: map[string]bool{"p": rapid.Bool().Draw(t, "favoured")},
		}
		c, unknown := calibrate(domain.EmbeddingModel{Name: "local/x"}), rapid.Float64Range(0, 1).Draw(t, "unknown")
		n, sure, traits := r.contenders(text, c.most(unknown))
		require.GreaterOrEqual(t, len(traits), n)
		for i := range traits {
			require.Equal(t, w.Traits(*text[i].Passage, r.favoured[text[i].Passage.Project], r.tokens), traits[i])
		}
		results := func(n int) []domain.Result {
			return rank(fuse(collect(proposals{text: text[:n], cosines: cosines[:n]}), c, unknown), r)
		}
		require.Equal(t, results(len(text)), results(n))

		// What only a vector speaks for is among the results only where that was not ruled out.
		alone := domain.Candidate{ID: "alone", Score: 1, Passage: &domain.Passage{ID: "alone", Path: "adr/a.md", Title: "alpha beta", Project: "p"}}
		with := rank(fuse(collect(proposals{text: text, cosines: cosines, vector: []domain.Candidate{alone}}), c, unknown), r)
		if c.most(unknown)*r.most() < sure {
			require.Equal(t, results(len(text)), with)
		}
	})
}

// To doubt only what would be among the results leads to the same results.
func TestDoubtingLateEqualsDoubtingEarly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var matches []match
		for i := range rapid.IntRange(0, 40).Draw(t, "matches") {
			p := &domain.Passage{ID: fmt.Sprint(i), Content: rapid.SampledFrom([]string{"a database", "the weather"}).Draw(t, "content")}
			matches = append(matches, match{
				ID: p.ID, Passage: p, text: rapid.SampledFrom([]float64{0, 0.1, 0.2}).Draw(t, "text"),
				vector: rapid.Float64Range(0.01, 0.2).Draw(t, "vector"), Cosine: rapid.SampledFrom([]float64{0.1, 0.4}).Draw(t, "cosine"),
			})
		}
		w := newWitness([]string{"databse"}, 0.3)
		r := ranking{weights: domain.DefaultRankingWeights(), topK: rapid.IntRange(1, 12).Draw(t, "top")}
		late := r
		late.doubt = w
		require.Equal(t, rank(witnessed(slices.Clone(matches), w), r), rank(matches, late))
	})
}

// Ranking ends early and answers as if it had not.
func TestRankEqualsSortingEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := domain.DefaultRankingWeights()
		for _, b := range domain.RankingBounds() {
			*b.Value(&w) = rapid.Float64Range(b.Min, min(b.Max, 3)).Draw(t, b.Key)
		}
		var matches []match
		for i := range rapid.IntRange(0, 60).Draw(t, "matches") {
			p := &domain.Passage{
				ID: fmt.Sprint(i), Path: rapid.SampledFrom([]string{"a.md", "adr/why.md", "old/how.md"}).Draw(t, "path"),
				Title:   rapid.SampledFrom([]string{"", "alpha", "alpha beta"}).Draw(t, "title"),
				Project: rapid.SampledFrom([]string{"", "p"}).Draw(t, "project"),
			}
			matches = append(matches, match{ID: p.ID, Passage: p, text: float64(rapid.IntRange(1, 20).Draw(t, "strength")) / 20})
		}
		r := ranking{
			weights: w, lists: w.PathSignals(), tokens: []string{"alpha", "beta"}, topK: rapid.IntRange(1, 12).Draw(t, "top"),
			favoured: map[string]bool{"p": rapid.Bool().Draw(t, "favoured")},
		}
		type scored struct {
			id    string
			score float64
		}
		var want []scored
		for _, m := range matches {
			score := m.base()
			for _, f := range w.Factors(*m.Passage, r.favoured[m.Passage.Project], r.tokens) {
				score *= f.Value
			}
			want = append(want, scored{m.ID, score})
		}
		slices.SortFunc(want, func(a, b scored) int {
			return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id))
		})
		var got []scored
		for _, found := range rank(matches, r) {
			got = append(got, scored{found.ID, found.Score})
		}
		require.Equal(t, want[:min(len(want), r.topK)], got)
	})
}

// halves are an index of both kinds that remembers what it was asked.
type halves struct {
	text     []domain.Candidate
	searched bool
	compared int
}

func (h *halves) Search(context.Context, string, domain.Scope, int) ([]domain.Candidate, error) {
	return h.text, nil
}

func (h *halves) Unknown(_ context.Context, words []string) ([]string, error) {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w != "strange" }), nil
}

type halfVectors struct{ *halves }

func (h halfVectors) Search(context.Context, []float32, domain.Scope, int) ([]domain.Candidate, error) {
	h.searched = true
	return []domain.Candidate{{ID: "v", Score: 0.9, Passage: &domain.Passage{ID: "v", Content: "known strange"}}}, nil
}

func (h halfVectors) Cosines(_ context.Context, _ []float32, of []domain.Candidate) ([]float64, error) {
	h.compared = len(of)
	return slices.Repeat([]float64{0.5}, len(of)), nil
}

type localSpace struct{ *portfake.Embedder }

func (localSpace) Model() domain.EmbeddingModel {
	return domain.EmbeddingModel{Name: "local/test", Dimension: 8}
}

// All vectors are compared when they could change the answer, and only then.
func TestVectorsAreSearchedWhenTheyCouldMatter(t *testing.T) {
	for name, test := range map[string]struct {
		found    int
		weakest  float64
		prompt   string
		whyNot   string
		searched bool
	}{
		"full text has plenty":        {200, 0.1, "known", "", false},
		"and it is weak":              {200, 0.01, "known", "", true},
		"it has not enough":           {90, 0.1, "known", "", true},
		"a word is unknown":           {200, 0.1, "known strange", "", true},
		"somebody asks why it is not": {200, 0.1, "known", "v", true},
	} {
		t.Run(name, func(t *testing.T) {
			h := &halves{}
			for i := range test.found {
				id := fmt.Sprintf("t%03d", i)
				h.text = append(h.text, domain.Candidate{ID: id, Score: test.weakest, Passage: &domain.Passage{ID: id, Content: "known"}})
			}
			s := New(Config{
				Text: h, Vectors: halfVectors{h}, Registry: portfake.NewProjectRegistry(),
				Embedder: localSpace{&portfake.Embedder{}}, Weights: domain.DefaultRankingWeights(),
			})
			c, err := s.Gather(t.Context(), domain.Query{Prompt: test.prompt, WhyNot: test.whyNot})
			require.NoError(t, err)
			assert.Equal(t, test.searched, h.searched)
			assert.Equal(t, test.found, h.compared)
			for _, m := range c.matches {
				assert.Positive(t, m.vector, "every candidate's cosine counts")
			}
		})
	}
}
