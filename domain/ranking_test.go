package domain_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
)

func TestDefaultRankingWeightsAreTheDocumentedOnes(t *testing.T) {
	w := domain.DefaultRankingWeights()
	require.NoError(t, w.Validate())
	assert.Equal(t, "project_match_boost=2 query_token_step=0.02 query_token_cap=1.32 "+
		"path_high_signal_boost=1.18 path_low_signal_penalty=0.72", w.String())
}

func TestRankingWeightsAreBounded(t *testing.T) {
	for _, b := range domain.RankingBounds() {
		for _, v := range []float64{b.Min - 0.001, b.Max + 0.001, math.NaN(), math.Inf(1), math.Inf(-1)} {
			w := domain.DefaultRankingWeights()
			*b.Value(&w) = v
			var e *domain.Error
			require.ErrorAs(t, w.Validate(), &e, "%s = %v", b.Key, v)
			assert.Equal(t, domain.KindInvalid, e.Kind)
			assert.Equal(t, "rank."+b.Key, e.Field)
			assert.Contains(t, e.Hint, "from")
		}
		for _, v := range []float64{b.Min, b.Max} {
			w := domain.DefaultRankingWeights()
			*b.Value(&w) = v
			require.NoError(t, w.Validate(), "%s = %v", b.Key, v)
		}
	}
}

func TestFactors(t *testing.T) {
	type factors = []domain.Contribution
	const seventeen = "a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1 l1 m1 n1 o1 p1 q1"
	for name, test := range map[string]struct {
		p       domain.Passage
		matched bool
		prompt  string
		want    factors
	}{
		"none":                     {domain.Passage{Path: "notes/a.md"}, false, "the launch", nil},
		"project":                  {domain.Passage{Project: "Apollo"}, true, "x", factors{{"project_match_boost", 2, "Apollo"}}},
		"word of the title":        {domain.Passage{Title: "The Launch"}, false, "launch", factors{{"query_token_match", 1.02, "launch"}}},
		"two in heading and path":  {domain.Passage{Heading: "Launch", Path: "pad/39a.md"}, false, "launch pad", factors{{"query_token_match", 1.04, "launch pad"}}},
		"counted once":             {domain.Passage{Title: "launch", Heading: "launch", Path: "launch"}, false, "launch launch", factors{{"query_token_match", 1.02, "launch"}}},
		"capped":                   {domain.Passage{Title: seventeen}, false, seventeen, factors{{"query_token_match", 1.32, seventeen}}},
		"parts of words are none":  {domain.Passage{Title: "launchpad", Path: "olden/planning.md"}, false, "launch pad", nil},
		"stop words count nothing": {domain.Passage{Title: "The state of the union"}, false, "of the", nil},
		"other scripts":            {domain.Passage{Title: "Запуск РАКЕТЫ"}, false, "ракеты", factors{{"query_token_match", 1.02, "ракеты"}}},
		"high":                     {domain.Passage{Path: "docs/ADR-0001.md"}, false, "x", factors{{"path_high_signal_boost", 1.18, "adr"}}},
		"low":                      {domain.Passage{Path: "Old/plan_b.md"}, false, "x", factors{{"path_low_signal_penalty", 0.72, "old"}}},
		"only the path decides":    {domain.Passage{Title: "Old plan", Heading: "archive"}, false, "x", nil},
		"letters that grow": {domain.Passage{Title: "İİİİ", Path: "İ/archive/x.md"}, false, "x", factors{
			{"query_token_match", 1.02, "x"}, {"path_low_signal_penalty", 0.72, "archive"},
		}},
		"all": {domain.Passage{Project: "Apollo", Path: "decisions/launch.md"}, true, "launch", factors{
			{"project_match_boost", 2, "Apollo"}, {"query_token_match", 1.02, "launch"}, {"path_high_signal_boost", 1.18, "decisions"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := domain.DefaultRankingWeights().Factors(test.p, test.matched, domain.Tokens(test.prompt))
			require.Len(t, got, len(test.want))
			for i, f := range got {
				assert.Equal(t, test.want[i].Name, f.Name)
				assert.InDelta(t, test.want[i].Value, f.Value, 1e-12)
				assert.Equal(t, test.want[i].Detail, f.Detail)
			}
		})
	}
}

// TestFactorsFindWords: a token counts when it is one of the words of the labels,
// and only then.
func TestFactorsFindWords(t *testing.T) {
	word := rapid.StringMatching(`[a-zäß0-9]{1,4}`)
	rapid.Check(t, func(t *rapid.T) {
		token := word.Draw(t, "token")
		title := strings.Join(rapid.SliceOfN(word, 0, 6).Draw(t, "words"), rapid.SampledFrom([]string{" ", "-", "_", "", "/"}).Draw(t, "between"))
		got := domain.DefaultRankingWeights().Factors(domain.Passage{Title: title}, false, []string{token})
		want := 0
		for _, w := range domain.Words(title) {
			if w == token {
				want = 1
			}
		}
		require.Len(t, got, want, "%q in %q", token, title)
	})
}

func TestFactorsOfOneAreLeftOut(t *testing.T) {
	w := domain.RankingWeights{
		ProjectMatchBoost: 1, QueryTokenStep: 0, QueryTokenCap: 1, PathHighSignalBoost: 1, PathLowSignalPenalty: 1,
		PathHighSignal: []string{"plan"}, PathLowSignal: []string{"old"},
	}
	require.NoError(t, w.Validate())
	assert.Empty(t, w.Factors(domain.Passage{Project: "A", Title: "launch", Path: "plan/x.md"}, true, []string{"launch"}))
	assert.Empty(t, w.Factors(domain.Passage{Path: "old/x.md"}, false, nil))
}

func TestTokens(t *testing.T) {
	assert.Equal(t, []string{"launch", "date", "2024", "größe"}, domain.Tokens("What's the LAUNCH date (launch-date) of 2024, Größe?"))
	assert.Empty(t, domain.Tokens("of the and"))
	assert.Empty(t, domain.Tokens(""))
}
