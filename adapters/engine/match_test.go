package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var anyTerm = rapid.OneOf(rapid.Uint32Range(0, 40), rapid.SampledFrom([]term{0xfffd, 0xfffe, 0xffff, 0x10000, 0x10001, 0x20003, noTerm}))

type found struct {
	at   int
	term term
}

// What is found in a packed sequence is what stands in the unpacked one, and the
// parts of a term too large for one unit are not taken for terms.
func TestMatcherFindsWhatIsThere(t *testing.T) {
	var m matcher
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(anyTerm, 0, 80).Draw(t, "words")
		asked := rapid.SliceOfNDistinct(anyTerm.Filter(func(t term) bool { return t != noTerm }), 1, 20, rapid.ID).Draw(t, "asked")
		var terms []queryTerm
		wanted := map[term]bool{}
		for _, a := range asked {
			terms = append(terms, queryTerm{term: a})
			wanted[a] = true
		}
		want, got := []found{}, []found{}
		for i, w := range words {
			if wanted[w] {
				want = append(want, found{i, w})
			}
		}
		m.start(terms)
		m.find(encode(words), func(at int, w term) { got = append(got, found{at, w}) })
		require.Equal(t, want, got)
	})
}

// The kernels must agree to the last bit.
func TestMatchKernelsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := rapid.IntRange(0, 5).Draw(t, "blocks")
		unit := rapid.OneOf(rapid.Uint16Range(0, 20), rapid.Uint16())
		words := rapid.SliceOfN(unit, blocks*matchBlock, blocks*matchBlock).Draw(t, "words")
		var m matcher
		for _, u := range rapid.SliceOfN(unit, 0, 9).Draw(t, "terms") {
			m.add(u)
		}
		want, got := make([]uint32, blocks), make([]uint32, blocks)
		matchPortable(words, m.terms, want)
		matchBlocks(words, m.terms, got)
		require.Equal(t, want, got)
	})
}
