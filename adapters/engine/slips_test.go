package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
)

func TestStringSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s stringSet
		numbers := map[string]uint32{}
		for _, word := range rapid.SliceOf(rapid.StringMatching(`[abä]{0,4}`)).Draw(t, "words") {
			n, known := s.find(word)
			want, was := numbers[word]
			require.Equal(t, was, known, word)
			if !known {
				n, want = s.add(word), uint32(len(numbers))
				numbers[word] = n
			}
			require.Equal(t, want, n, word)
		}
		require.Equal(t, len(numbers), s.len())
		for word, n := range numbers {
			require.Equal(t, word, s.at(n))
		}
	})
}

// TestSlipsAreADistanceOfOne: the slips are looked up; none is forgotten, none is more
// than one, and each is looked for where it is.
func TestSlipsAreADistanceOfOne(t *testing.T) {
	word := rapid.StringMatching(`[abcä]{1,5}`)
	rapid.Check(t, func(t *rapid.T) {
		typed := word.Draw(t, "typed")
		var all []string
		slips([]rune(typed), []rune("abcä"), func(s slip) {
			one := string(s.spell(nil, []rune(typed)))
			all = append(all, one)
			require.Equal(t, hashOf(one), s.hash, one)
		})
		var set stringSet
		var found []string
		for _, w := range all {
			if _, known := set.find(w); !known {
				set.add(w)
			}
		}
		set.eachSlip([]rune(typed), []rune("abcä"), func(n uint32, _ bool) { found = append(found, set.at(n)) })
		slices.Sort(all)
		slices.Sort(found)
		all, found = slices.Compact(all), slices.Compact(found)
		require.Equal(t, all, found)
		ascii := func(s string) string { return strings.ReplaceAll(s, "ä", "d") } // distances are of bytes
		for _, one := range all {
			require.Equal(t, 1, distance(ascii(typed), ascii(one), 1), "%q %q", typed, one)
		}
		meant := word.Draw(t, "meant")
		require.Equal(t, distance(ascii(typed), ascii(meant), 1) == 1, slices.Contains(all, meant), meant)
	})
}

func TestSketchesForgiveTwoSlips(t *testing.T) {
	word := rapid.StringMatching(`[a-dxyz0ä]{1,12}`)
	rapid.Check(t, func(t *rapid.T) {
		once := string(slipOf(t, []rune(word.Draw(t, "word"))))
		twice := string(slipOf(t, slipOf(t, []rune(once))))
		if len(once) == len([]rune(once)) && len(twice) == len([]rune(twice)) { // bytes are compared
			require.True(t, sketchOf(once).mayBe(sketchOf(twice)), "%s, %s", once, twice)
		}
	})
}

// slipOf returns something one slip away from the word.
func slipOf(t *rapid.T, word []rune) []rune {
	var all [][]rune
	slips(word, []rune("axz"), func(s slip) { all = append(all, []rune(string(s.spell(nil, word)))) })
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "slip")]
}

// indexOf returns an index of passages of these texts.
func indexOf(texts ...string) *text {
	x := newText()
	for i, s := range texts {
		x.add(domain.Passage{ID: fmt.Sprint(i), Kind: domain.PassageChunk, Root: "r", Path: fmt.Sprint(i)}, s)
	}
	return x
}

// reads returns the question as the stems that it is read as, with their weights.
func (x *text) reads(question string) (stems map[string]float64, unknown float64) {
	q := x.analyse(question)
	stems = map[string]float64{}
	for _, t := range q.terms {
		stems[x.vocabulary.stems.at(t.term)] = t.weight
	}
	return stems, q.unknown
}

func TestMisspeltWordsAreReadAsMeant(t *testing.T) {
	x := indexOf("technical advancements", "a review of the operations", "accommodation is free", "стратегия развития",
		"the year 2014", "in 2014", "the ending of the file")
	for typed, stem := range map[string]string{
		"advanceemnts": "advanc",   // what is misspelt has another stem
		"dvancements":  "advanc",   // the first letter
		"rveiewers":    "review",   // a form that no passage holds
		"acommodaton":  "accommod", // two slips
		"стратегиа":    "стратегия",
		"2104":         "2014",
	} {
		stems, unknown := x.reads(typed)
		assert.Contains(t, stems, stem, typed)
		assert.InDelta(t, 1, stems[stem]+unknown, 0.01, typed)
		assert.Less(t, unknown, 0.5, typed)
	}
	for _, typed := range []string{"fil", "xylophone", "2o99", "стол"} {
		stems, unknown := x.reads(typed)
		assert.Empty(t, stems, typed)
		assert.InDelta(t, 1, unknown, 0, typed)
	}
	stems, unknown := x.reads("whihc operations")
	assert.Equal(t, map[string]float64{"oper": 1}, stems)
	assert.InDelta(t, 1, unknown, 0, "no passage holds which")
	stems, _ = x.reads("advancements")
	assert.Equal(t, map[string]float64{"advanc": 1}, stems, "what is known stays")
}

// TestAShortNewWordIsNotMisspelt: "Biden" is nobody's "widen", unless much speaks for it.
func TestAShortNewWordIsNotMisspelt(t *testing.T) {
	x := indexOf("roads widen", "a database of everything", "the president spoke", "the president went home")
	_, unknown := x.reads("president bidden")
	assert.InDelta(t, 1, unknown, 0)
	_, short := x.reads("president biden")
	_, long := x.reads("president databsae")
	assert.Greater(t, short, 0.3)
	assert.Less(t, long, 0.1)
}

// TestWhatStandsBesideDecides: of two words as near, the one is meant that the other
// words of the question keep company with.
func TestWhatStandsBesideDecides(t *testing.T) {
	var texts []string
	for range 10 {
		texts = append(texts, "the stages of plasmodium", "sages of the east", "something else")
	}
	x := indexOf(texts...)
	beside := func(q string) float64 {
		stems, _ := x.reads(q)
		return stems["stage"] - stems["sage"]
	}
	assert.Greater(t, beside("plasmodium sxages"), 0.4)
	assert.Less(t, beside("sxages east"), -0.4)
	assert.InDelta(t, 0, beside("sxages"), 1e-9, "nothing decides")
}

// TestTogetherCounts: how often two terms stand in one passage is what a count of all
// of them tells.
func TestTogetherCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		held := rapid.SliceOfN(rapid.IntRange(0, 3), 1, mostCompared).Draw(t, "held")
		x := newText()
		a, b := x.vocabulary.add("one"), x.vocabulary.add("two")
		var n, na, nb float64
		for i, has := range held {
			said := [4]string{"three", "one", "two", "one two"}[has]
			x.add(domain.Passage{ID: fmt.Sprint(i), Kind: domain.PassageMemory}, said)
			na += float64(has & 1)
			nb += float64(has >> 1)
			if has == 3 {
				n++
			}
		}
		want := 1.0
		if na > 0 && nb > 0 {
			want = (n*float64(len(held))/nb + assumed) / (na + assumed)
		}
		x.postings = append(x.postings, nil, nil) // when neither was said
		require.InDelta(t, want, x.together(a, b), 1e-9)
	})
}
