package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
)

func TestStem(t *testing.T) {
	for _, same := range [][]string{
		{"pool", "pools", "pooled", "pooling"},
		{"stop", "stopped", "stopping", "stops"},
		{"configure", "configured", "configuration", "configurations"},
		{"migrate", "migrating", "migration"},
		{"query", "queries", "queried"},
		{"pass", "passed", "passes", "passing"},
	} {
		for _, w := range same {
			assert.Equal(t, string(domain.Stem([]rune(same[0]))), string(domain.Stem([]rune(w))), w)
		}
	}
	for _, kept := range []string{"", "s", "ing", "bus", "время", "数据库", "v2", "css", "glass"} {
		word := []rune(kept)
		assert.Equal(t, kept, string(domain.Stem(word)))
		assert.Equal(t, kept, string(word), "never changed in place")
	}
	assert.Equal(t, "plan", string(domain.Stem([]rune("planning"))))
}

// In a string a word has the same stem.
func TestStemOf(t *testing.T) {
	word := rapid.StringOf(rapid.SampledFrom([]rune("aeiylngdtsrbpäж数1")))
	rapid.Check(t, func(t *rapid.T) {
		w := word.Draw(t, "word")
		require.Equal(t, string(domain.Stem([]rune(w))), domain.StemOf(w))
	})
}
