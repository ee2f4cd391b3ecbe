package engine

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestLikenessShareGrowsWithTheQuestion(t *testing.T) {
	asked := func(weights ...float64) (q query) {
		for i, w := range weights {
			q.terms = append(q.terms, queryTerm{term(i), w})
		}
		return q
	}
	of := func(n int, weight float64) []float64 {
		w := make([]float64, n)
		for i := range w {
			w[i] = weight
		}
		return w
	}
	assert.Zero(t, likenessShare(asked()))
	assert.Zero(t, likenessShare(asked(of(16, 1)...)), "an ordinary question")
	assert.Zero(t, likenessShare(asked(of(16, 5)...)), "what it repeats makes it no longer")
	assert.Zero(t, likenessShare(asked(of(32, 0.5)...)), "nor do the things that a misspelt word may stand for")
	assert.InDelta(t, 1.0/17, likenessShare(asked(of(17, 1)...)), 1e-12, "it begins at nothing")
	assert.InDelta(t, 0.75, likenessShare(asked(of(64, 1)...)), 1e-12)
}

func TestLogarithmsMakeUpIDF(t *testing.T) {
	for _, df := range []int{0, 1, 7, 1023, 1024, 5000} {
		assert.InDelta(t, idf(5000, df), math.Log(5001)-logarithm(uint32(df)), 1e-12, df)
	}
}

// A long question is about its rare words: a passage about little else comes before
// one that holds the common ones and speaks of something else, and the stages still add up.
func TestLongQuestionsAreAboutTheirRareWords(t *testing.T) {
	x := newText()
	var common []string
	for i := range 26 {
		common = append(common, strings.Repeat(string(rune('a'+i)), 3)+"ol")
	}
	put := func(id, content string) {
		x.add(domain.Passage{ID: id, Kind: domain.PassageMemory, Content: content}, content)
	}
	for i := range 60 { // each common word stands in half of the passages
		var words []string
		for k, w := range common {
			if (i*7+k*3)%26 < 13 {
				words = append(words, w)
			}
		}
		put(fmt.Sprintf("f%02d", i), strings.Join(words, " "))
	}
	put("wordy", strings.Join(common, " ")+" perch salmon trout herring")
	put("about", "glycine kinase binding")
	question := strings.Join(common, " ") + " glycine kinase"

	s := &scratch{}
	found, ceiling := x.search(question, domain.Scope{}, 70, s)
	require.Positive(t, ceiling)
	byID := map[string]candidate{}
	for _, c := range found {
		sum := 0.0
		for _, gain := range c.by {
			sum += gain
		}
		assert.InDelta(t, c.sum, sum, 1e-9)
		byID[x.entries[c.slot].id] = c
	}
	about, wordy := byID["about"], byID["wordy"]
	before := func(c candidate) float64 {
		return c.sum - c.by[stageLikeness] - c.by[stageAgreement]
	}
	assert.Greater(t, before(wordy), before(about), "by bm25 and where the words stand")
	assert.Greater(t, about.sum, wordy.sum)
	assert.Equal(t, "about", x.entries[found[0].slot].id)

	found, _ = x.search("glycine kinase", domain.Scope{}, 10, s)
	require.Len(t, found, 1)
	assert.Zero(t, found[0].by[stageLikeness], "a short question")
	for i := range s.counts {
		require.Zero(t, s.counts[i])
		require.Zero(t, s.local[i])
	}
}
