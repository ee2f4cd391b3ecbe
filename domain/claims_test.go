package domain_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
)

// Whatever was put and removed: everything that repeats a text, or is repeated by it,
// is among those that Sharing yields, texts of many claims aside, and nothing is
// yielded that is not there.
func TestClaimsMissNoRepeat(t *testing.T) {
	word := rapid.SampledFrom(strings.Fields("release goes out Friday Monday engine pump not the is of 5 17 burns methane"))
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 1, 7).Draw(t, "words"), " ")
	})
	rapid.Check(t, func(t *rapid.T) {
		var c domain.Claims
		model := map[string]string{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "id")
			if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
				c.Remove(id)
				delete(model, id)
				continue
			}
			model[id] = text.Draw(t, "text")
			c.Put(id, model[id])
		}
		asked := domain.ReadClaim(text.Draw(t, "asked"))
		var yielded []string
		for id, claim := range c.Sharing(asked) {
			require.Equal(t, domain.ReadClaim(model[id]), claim)
			yielded = append(yielded, id)
		}
		require.True(t, slices.IsSorted(yielded))
		for id := range maps.Keys(model) {
			said := domain.ReadClaim(model[id])
			if said.Liken(asked) == domain.Repeats || asked.Liken(said) == domain.Repeats {
				require.Contains(t, yielded, id, "%q", model[id])
			}
		}
	})
}

func TestClaimsStopEarly(t *testing.T) {
	var c domain.Claims
	c.Put("b", "the engine burns methane")
	c.Put("a", "the engine burns methane")
	var seen []string
	for id := range c.Sharing(domain.ReadClaim("engine burns methane")) {
		seen = append(seen, id)
		break
	}
	assert.Equal(t, []string{"a"}, seen)
}
