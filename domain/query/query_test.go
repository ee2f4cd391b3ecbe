package query_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports/portfake"
)

// proposing answers every search with fixed candidates. It stands for both
// indexes, where a test is about what follows from given scores.
type proposing struct {
	text, vector       []domain.Candidate
	textErr, vectorErr error
	hang               bool          // the vector index waits for its context
	deaf               chan struct{} // … or for this, whatever becomes of its context
	scope              domain.Scope
}

type textHalf struct{ *proposing }

func (p textHalf) Search(_ context.Context, _ string, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	p.scope = scope
	return p.text[:min(limit, len(p.text))], p.textErr
}

type vectorHalf struct{ *proposing }

func (p vectorHalf) Search(ctx context.Context, _ []float32, _ domain.Scope, limit int) ([]domain.Candidate, error) {
	if p.deaf != nil {
		<-p.deaf
	}
	if p.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return p.vector[:min(limit, len(p.vector))], p.vectorErr
}
func (vectorHalf) Upsert(context.Context, []domain.VectorRecord) error { return nil }
func (vectorHalf) Delete(context.Context, []string) error              { return nil }
func (vectorHalf) IDs(context.Context) ([]string, error)               { return nil, nil }

type passages []domain.Passage

func (p passages) Passages(_ context.Context, ids []string) (map[string]domain.Passage, error) {
	out := map[string]domain.Passage{}
	for _, x := range p {
		if slices.Contains(ids, x.ID) {
			out[x.ID] = x
		}
	}
	return out, nil
}

type failing struct{ err error }

func (f failing) Passages(context.Context, []string) (map[string]domain.Passage, error) {
	return nil, f.err
}

var projects = []domain.Project{
	{Name: "Apollo", Aliases: []string{"moon shot"}, IngestRoots: []domain.IngestRoot{{Path: "/srv/apollo", Label: "docs"}}},
	{Name: "Borealis", IngestRoots: []domain.IngestRoot{{Path: "/srv/borealis", Label: "docs"}}},
	{Name: "it", IngestRoots: []domain.IngestRoot{{Path: "/srv/it", Label: "docs"}}},
}

func service(t *testing.T, p *proposing, stored ...domain.Passage) *query.Service {
	t.Helper()
	return query.New(query.Config{
		Text: textHalf{p}, Vectors: vectorHalf{p}, Passages: passages(stored),
		Registry: portfake.NewProjectRegistry(projects...), Embedder: &portfake.Embedder{}, Weights: domain.DefaultRankingWeights(),
	})
}

func chunk(id, project, path string, seq int) domain.Passage {
	return domain.Passage{
		ID: id, Kind: domain.PassageChunk, Project: project, Root: "docs", Path: path, Seq: seq,
		StartLine: 10*seq + 1, EndLine: 10*seq + 10, Content: "content of " + id,
	}
}

func note(id, project string) domain.Passage {
	return domain.Passage{ID: id, Kind: domain.PassageMemory, Project: project, Type: domain.MemoryKnowledge, Content: "content of " + id}
}

func ids(a domain.Answer) []string {
	var out []string
	for _, r := range a.Results {
		out = append(out, r.ID)
	}
	return out
}

func ask(t *testing.T, s *query.Service, q domain.Query) domain.Answer {
	t.Helper()
	a, err := s.Query(t.Context(), q)
	require.NoError(t, err)
	return a
}

func TestInvalidQueries(t *testing.T) {
	s := service(t, &proposing{})
	for name, test := range map[string]struct {
		q     domain.Query
		field string
	}{
		"empty":        {domain.Query{Prompt: " \n"}, "prompt"},
		"too long":     {domain.Query{Prompt: strings.Repeat("x", domain.MaxPromptBytes+1)}, "prompt"},
		"not UTF-8":    {domain.Query{Prompt: "\xff"}, "prompt"},
		"top_k":        {domain.Query{Prompt: "x", TopK: 101}, "top_k"},
		"top_k below":  {domain.Query{Prompt: "x", TopK: -1}, "top_k"},
		"unknown mode": {domain.Query{Prompt: "x", Mode: "vector"}, "mode"},
		"unknown kind": {domain.Query{Prompt: "x", Kinds: []domain.PassageKind{"chunks"}}, "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Query(t.Context(), test.q)
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, domain.KindInvalid, e.Kind)
			assert.Equal(t, test.field, e.Field)
		})
	}
}

func TestProjectIsResolvedAndFailsClosed(t *testing.T) {
	p := &proposing{text: []domain.Candidate{{ID: "a", Score: 0.5}}}
	s := service(t, p, note("a", "Apollo"))

	a := ask(t, s, domain.Query{Prompt: "launch", Project: "MOON shot"})
	assert.Equal(t, "Apollo", a.Project)
	assert.Equal(t, "Apollo", p.scope.Project, "the index is asked for the canonical name")

	_, err := s.Query(t.Context(), domain.Query{Prompt: "launch", Project: "Apolo"})
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, domain.KindNotFound, e.Kind)
	assert.Equal(t, []string{"Apollo"}, e.Nearest)
}

func TestHintsOnlyBoost(t *testing.T) {
	p := &proposing{text: []domain.Candidate{{ID: "b", Score: 0.4}, {ID: "a", Score: 0.3}, {ID: "c", Score: 0.35}}}
	s := service(t, p, note("a", "Apollo"), note("b", "Borealis"), note("c", ""))
	for _, test := range []struct {
		prompt string
		hinted []string
		want   []string
	}{
		{"when does it launch", nil, []string{"b", "c", "a"}},
		{"when does Apollo launch", []string{"Apollo"}, []string{"a", "b", "c"}},
		{"the launch of the Moon-Shot", []string{"Apollo"}, []string{"a", "b", "c"}},
		{"the shot at the moon", nil, []string{"b", "c", "a"}},
		{"apollonian launches", nil, []string{"b", "c", "a"}},
		{"apollo or borealis?", []string{"Apollo", "Borealis"}, []string{"b", "a", "c"}},
	} {
		t.Run(test.prompt, func(t *testing.T) {
			a := ask(t, s, domain.Query{Prompt: test.prompt})
			assert.Equal(t, test.hinted, a.Hinted)
			assert.Equal(t, test.want, ids(a))
			assert.Empty(t, a.Project)
			assert.Empty(t, p.scope.Project, "a hint narrows nothing")
		})
	}
}

func TestNothingMatches(t *testing.T) {
	weak := []domain.Candidate{{ID: "a", Score: 0.1}, {ID: "b", Score: 0.05}, {ID: "gone", Score: 0.9}}
	a := ask(t, service(t, &proposing{vector: weak}, note("a", ""), note("b", "")), domain.Query{Prompt: "xqzvw blorptk"})
	assert.Empty(t, a.Results, "unrelated vectors have a cosine above 0")
	assert.Zero(t, a.TextCandidates)
	assert.Empty(t, a.VectorDegraded)

	a = ask(t, service(t, &proposing{text: []domain.Candidate{{ID: "a", Score: math.NaN()}, {ID: "b", Score: 0.001}}},
		note("a", ""), note("b", "")), domain.Query{Prompt: "x"})
	assert.Empty(t, a.Results)
}

func TestScoresMeanTheSameAcrossQueries(t *testing.T) {
	strong := ask(t, service(t, &proposing{text: []domain.Candidate{{ID: "a", Score: 0.9}}}, note("a", "")), domain.Query{Prompt: "x"})
	weak := ask(t, service(t, &proposing{text: []domain.Candidate{{ID: "a", Score: 0.1}}}, note("a", "")), domain.Query{Prompt: "x"})
	assert.InDelta(t, 0.9, strong.Results[0].Score, 1e-9)
	assert.InDelta(t, 0.1, weak.Results[0].Score, 1e-9, "the best of a weak lot stays weak")
}

func TestBothIndexesAddUp(t *testing.T) {
	p := &proposing{
		text:   []domain.Candidate{{ID: "both", Score: 0.4}, {ID: "text", Score: 0.4}},
		vector: []domain.Candidate{{ID: "vector", Score: 0.6}, {ID: "both", Score: 0.6}},
	}
	a := ask(t, service(t, p, note("both", ""), note("text", ""), note("vector", "")), domain.Query{Prompt: "content"})
	assert.Equal(t, []string{"both", "text", "vector"}, ids(a))
}

func TestStagesOfTheTextIndexAreExplained(t *testing.T) {
	p := &proposing{text: []domain.Candidate{{ID: "a", Score: 0.5, Signals: domain.Signals{
		Names: []string{"bm25", "phrase", "context", "agreement"}, Values: []float64{0.45, 0, 0.15, -0.1},
	}}}}
	a := ask(t, service(t, p, note("a", "")), domain.Query{Prompt: "content", Explain: true})
	require.Len(t, a.Results, 1)
	assert.Equal(t, []domain.Contribution{
		{Name: "bm25", Value: 0.45, Detail: "content"}, {Name: "context", Value: 0.15}, {Name: "agreement", Value: -0.1},
	}, a.Results[0].Explanation.Signals)
	assert.InDelta(t, 0.5, a.Results[0].Explanation.Base, 1e-9)
}

func TestTopK(t *testing.T) {
	p := &proposing{}
	var stored []domain.Passage
	for i := range 40 {
		id := string(rune('A' + i))
		p.text = append(p.text, domain.Candidate{ID: id, Score: 0.5})
		stored = append(stored, note(id, ""))
	}
	slices.Reverse(p.text)
	s := service(t, p, stored...)
	assert.Len(t, ask(t, s, domain.Query{Prompt: "x"}).Results, domain.DefaultTopK)
	a := ask(t, s, domain.Query{Prompt: "x", TopK: 3})
	assert.Equal(t, []string{"A", "B", "C"}, ids(a), "ties go by id")
	a = ask(t, s, domain.Query{Prompt: "x", TopK: 100})
	assert.Len(t, a.Results, 40)
	assert.Equal(t, 40, a.TextCandidates)
}

func TestWithoutVectorsFullTextAnswers(t *testing.T) {
	text := []domain.Candidate{{ID: "a", Score: 0.5}}
	down := domain.Unavailable("the vector server does not answer")

	t.Run("vector index", func(t *testing.T) {
		a := ask(t, service(t, &proposing{text: text, vectorErr: down}, note("a", "")), domain.Query{Prompt: "x"})
		assert.Equal(t, []string{"a"}, ids(a))
		assert.Contains(t, a.VectorDegraded, "the vector server does not answer")
	})
	t.Run("embedder", func(t *testing.T) {
		s := service(t, &proposing{text: text}, note("a", ""))
		s.Embedder = &portfake.Embedder{Fail: func(string) error { return domain.Unavailable("no embedding today") }}
		a := ask(t, s, domain.Query{Prompt: "x"})
		assert.Equal(t, []string{"a"}, ids(a))
		assert.Contains(t, a.VectorDegraded, "no embedding today")
	})
	t.Run("vector index that hangs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a := ask(t, service(t, &proposing{text: text, hang: true}, note("a", "")), domain.Query{Prompt: "x"})
			assert.Equal(t, []string{"a"}, ids(a))
			assert.Contains(t, a.VectorDegraded, "no answer within")
		})
	})
	t.Run("vector index that heeds nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			deaf := make(chan struct{})
			defer close(deaf)
			a := ask(t, service(t, &proposing{text: text, deaf: deaf}, note("a", "")), domain.Query{Prompt: "x"})
			assert.Equal(t, []string{"a"}, ids(a))
			assert.Contains(t, a.VectorDegraded, "no answer within")
		})
	})
	t.Run("nothing to complain of", func(t *testing.T) {
		a := ask(t, service(t, &proposing{text: text}, note("a", "")), domain.Query{Prompt: "x"})
		assert.Empty(t, a.VectorDegraded)
	})
}

func TestFailures(t *testing.T) {
	boom := errors.New("boom")
	t.Run("text index", func(t *testing.T) {
		_, err := service(t, &proposing{textErr: boom, hang: true}).Query(t.Context(), domain.Query{Prompt: "x"})
		require.ErrorIs(t, err, boom)
	})
	t.Run("passages", func(t *testing.T) {
		s := service(t, &proposing{text: []domain.Candidate{{ID: "a", Score: 1}}})
		s.Passages = failing{boom}
		_, err := s.Query(t.Context(), domain.Query{Prompt: "x"})
		require.ErrorIs(t, err, boom)
	})
	t.Run("registry", func(t *testing.T) {
		s := service(t, &proposing{})
		s.Registry = &portfake.ProjectRegistry{Fail: func(string) error { return domain.Corrupt("line 3") }}
		_, err := s.Query(t.Context(), domain.Query{Prompt: "x"})
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(err))
	})
	t.Run("the caller gives up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := service(t, &proposing{hang: true}).Query(ctx, domain.Query{Prompt: "x"})
		require.ErrorIs(t, err, context.Canceled, "not an answer that calls itself degraded")
	})
}

// TestExplanationsAddUp: whatever the indexes say, the signals sum to the base, the
// factors multiply to the score, the base lies in [0, 1] and the order is the
// scores'.
func TestExplanationsAddUp(t *testing.T) {
	fake := portfake.NewProjectRegistry(projects...)
	rapid.Check(t, func(t *rapid.T) {
		var p proposing
		var stored []domain.Passage
		score := rapid.Float64Range(-0.5, 1.5)
		for i := range rapid.IntRange(0, 30).Draw(t, "passages") {
			id := string(rune('A' + i))
			project := rapid.SampledFrom([]string{"", "Apollo", "Borealis"}).Draw(t, "project")
			path := rapid.SampledFrom([]string{"a.md", "archive/a.md", "decisions/launch.md"}).Draw(t, "path")
			if rapid.Bool().Draw(t, "memory") {
				stored = append(stored, note(id, project))
			} else {
				stored = append(stored, chunk(id, project, path, i/2))
			}
			if rapid.Bool().Draw(t, "in text") {
				p.text = append(p.text, domain.Candidate{ID: id, Score: score.Draw(t, "text")})
			}
			if rapid.Bool().Draw(t, "in vectors") {
				p.vector = append(p.vector, domain.Candidate{ID: id, Score: score.Draw(t, "vector")})
			}
		}
		s := query.New(query.Config{
			Text: textHalf{&p}, Vectors: vectorHalf{&p}, Passages: passages(stored),
			Registry: fake, Embedder: &portfake.Embedder{}, Weights: domain.DefaultRankingWeights(),
		})
		a, err := s.Query(context.Background(), domain.Query{
			Prompt: "launch decisions", TopK: 100, Explain: true,
			Project: rapid.SampledFrom([]string{"", "Apollo"}).Draw(t, "asked"),
		})
		require.NoError(t, err)
		last := math.Inf(1)
		for _, r := range a.Results {
			e := r.Explanation
			require.NotNil(t, e)
			var sum float64
			for _, c := range e.Signals {
				require.Positive(t, c.Value)
				sum += c.Value
			}
			product := e.Base
			for _, c := range e.Factors {
				product *= c.Value
			}
			require.InDelta(t, e.Base, sum, 1e-9)
			require.InDelta(t, e.Score, product, 1e-9)
			require.InDelta(t, r.Score, e.Score, 0)
			require.GreaterOrEqual(t, e.Base, 0.0)
			require.LessOrEqual(t, e.Base, 1+1e-9)
			require.LessOrEqual(t, r.Score, last)
			last = r.Score
		}
	})
}

func TestMinScoreLeavesOutWhatIsWeak(t *testing.T) {
	p := &proposing{text: []domain.Candidate{{ID: "a", Score: 0.6}, {ID: "b", Score: 0.3}, {ID: "c", Score: 0.2}}}
	s := service(t, p, note("a", ""), note("b", ""), note("c", ""))
	assert.Equal(t, []string{"a", "b"}, ids(ask(t, s, domain.Query{Prompt: "content", MinScore: 0.3})))
	assert.Empty(t, ids(ask(t, s, domain.Query{Prompt: "content", MinScore: 9})))
	for _, bad := range []float64{-0.1, 10.1, math.NaN()} {
		_, err := s.Query(t.Context(), domain.Query{Prompt: "content", MinScore: bad})
		require.Equal(t, domain.KindInvalid, domain.KindOf(err), "%v", bad)
	}
}

// Full text alone asks neither the embedder nor the vector index, and says so.
func TestTextMode(t *testing.T) {
	p := &proposing{
		text:      []domain.Candidate{{ID: "a", Score: 0.5}},
		vector:    []domain.Candidate{{ID: "b", Score: 0.9}, {ID: "a", Score: 0.9}},
		vectorErr: errors.New("asked all the same"),
	}
	s := service(t, p, note("a", ""), note("b", ""))
	s.Embedder = nil // not to be asked
	a := ask(t, s, domain.Query{Prompt: "launch window", Mode: domain.ModeText, Explain: true})
	assert.Equal(t, domain.ModeText, a.Mode)
	assert.Empty(t, a.VectorDegraded)
	require.Equal(t, []string{"a"}, ids(a))
	assert.InDelta(t, 0.5, a.Results[0].Explanation.Base, 0)
	require.Len(t, a.Results[0].Explanation.Signals, 1)
	assert.Equal(t, "text", a.Results[0].Explanation.Signals[0].Name)

	s.Embedder, p.vectorErr = &portfake.Embedder{}, nil
	a = ask(t, s, domain.Query{Prompt: "launch window"})
	assert.Equal(t, domain.ModeHybrid, a.Mode)
	assert.ElementsMatch(t, []string{"a", "b"}, ids(a))
}
