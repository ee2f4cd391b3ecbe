package domain_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestRankingChange(t *testing.T) {
	w := domain.DefaultRankingWeights()
	changed, err := domain.RankingChange{
		Numbers: map[string]float64{"query_token_step": 0, "path_low_signal_penalty": 0.01},
		Lists:   map[string][]string{"path_high_signal": {"Minutes"}, "path_low_signal": {}},
	}.Apply(w)
	require.NoError(t, err)
	assert.Zero(t, changed.QueryTokenStep)
	assert.InDelta(t, 0.01, changed.PathLowSignalPenalty, 0)
	assert.Equal(t, []string{"Minutes"}, changed.PathHighSignal)
	assert.Empty(t, changed.PathLowSignal)
	assert.InDelta(t, 2.0, changed.ProjectMatchBoost, 0, "the others stay")
	assert.Equal(t, domain.DefaultRankingWeights(), w, "what it was applied to stays")

	back, err := w.Difference(changed).Apply(w)
	require.NoError(t, err)
	assert.Equal(t, changed, back)
	assert.True(t, w.Difference(w).IsZero())
	assert.True(t, domain.RankingChange{}.IsZero())
}

func TestRankingChangeErrors(t *testing.T) {
	for name, test := range map[string]struct {
		change               domain.RankingChange
		field, message, hint string
	}{
		"above":       {domain.RankingChange{Numbers: map[string]float64{"query_token_cap": 11}}, "rank.query_token_cap", "rank.query_token_cap = 11 is out of range", "give a number from 1 to 10"},
		"below":       {domain.RankingChange{Numbers: map[string]float64{"path_low_signal_penalty": 0}}, "rank.path_low_signal_penalty", "rank.path_low_signal_penalty = 0 is out of range", "give a number from 0.01 to 1"},
		"no number":   {domain.RankingChange{Numbers: map[string]float64{"query_token_step": math.NaN()}}, "rank.query_token_step", "rank.query_token_step = NaN is out of range", "give a number from 0 to 1"},
		"misspelt":    {domain.RankingChange{Numbers: map[string]float64{"query_token_stp": 0}}, "rank.query_token_stp", "unknown weight rank.query_token_stp", `did you mean "query_token_step"`},
		"unknown":     {domain.RankingChange{Lists: map[string][]string{"zzz": nil}}, "rank.zzz", "unknown weight rank.zzz", "one of project_match_boost, query_token_step, query_token_cap, path_high_signal_boost, path_low_signal_penalty, path_high_signal, path_low_signal"},
		"list as one": {domain.RankingChange{Numbers: map[string]float64{"path_low_signal": 1}}, "rank.path_low_signal", "unknown weight rank.path_low_signal", `did you mean "path_low_signal"`},
		"two words":   {domain.RankingChange{Lists: map[string][]string{"path_low_signal": {"old stuff"}}}, "rank.path_low_signal", `rank.path_low_signal holds "old stuff", which is not a word`, "give words of letters and digits"},
		"empty word":  {domain.RankingChange{Lists: map[string][]string{"path_low_signal": {""}}}, "rank.path_low_signal", `rank.path_low_signal holds "", which is not a word`, "give words"},
		"long word":   {domain.RankingChange{Lists: map[string][]string{"path_low_signal": {strings.Repeat("x", 65)}}}, "rank.path_low_signal", "rank.path_low_signal holds", "give words"},
		"many words":  {domain.RankingChange{Lists: map[string][]string{"path_low_signal": make([]string, 201)}}, "rank.path_low_signal", "rank.path_low_signal has 201 words, the most is 200", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.change.Apply(domain.DefaultRankingWeights())
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, domain.KindInvalid, e.Kind)
			assert.Equal(t, test.field, e.Field)
			assert.True(t, strings.HasPrefix(e.Message, test.message), e.Message)
			assert.True(t, strings.HasPrefix(e.Hint, test.hint), e.Hint)
		})
	}
}

func TestCompareExplanations(t *testing.T) {
	expected := domain.Explanation{
		Signals: []domain.Contribution{{Name: "text", Value: 0.2, Detail: "a"}, {Name: "vector", Value: 0.1}},
		Factors: []domain.Contribution{{Name: "project_match_boost", Value: 2, Detail: "P"}, {Name: "path_low_signal_penalty", Value: 0.72, Detail: "old"}},
	}
	last := domain.Explanation{
		Signals: []domain.Contribution{{Name: "text", Value: 0.5, Detail: "a b"}, {Name: "neighbours", Value: 0.05, Detail: "chunks 3"}},
		Factors: []domain.Contribution{{Name: "project_match_boost", Value: 2, Detail: "P"}},
	}
	assert.Equal(t, []domain.Gap{
		{Name: "text", Expected: 0.2, Last: 0.5, Detail: "a b"},
		{Name: "neighbours", Expected: 0, Last: 0.05, Detail: "chunks 3"},
		{Name: "vector", Expected: 0.1, Last: 0},
		{Name: "path_low_signal_penalty", Factor: true, Expected: 0.72, Last: 1, Detail: "old"},
	}, expected.Beside(last))
	assert.Empty(t, expected.Beside(expected))
}
