package query

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
)

func TestAkin(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"pool", "pool", true},
		{"databse", "database", true},      // a letter missing
		{"conection", "connection", true},  // and in a longer word
		{"encrpytion", "encryption", true}, // two changed places
		{"memroy", "memory", true},
		{"kuberntes", "kubernetes", true},
		{"acommodaton", "accommodation", true}, // two slips in a long word
		{"tabel", "table", true},
		{"datenbankverbindung", "datenbank", true}, // compound
		{"base", "database", true},
		{"decided", "decision", false}, // only "deci": less than two thirds
		{"configure", "configuration", true},
		{"数据库", "数据库连接池", true},
		{"bazk", "bank", false},    // four letters are too few for a slip
		{"cat", "category", false}, // three letters within another word say nothing
		{"id", "identity", false},
		{"database", "dialect", false},
		{"xqzvw", "queue", false},
		{"connection", "collection", true}, // the price: two slips apart
	} {
		got := sketched(test.a).akin(sketched(test.b))
		assert.Equal(t, test.want, got, "%s, %s", test.a, test.b)
	}
}

// TestAkinIsMutual: kinship knows no direction, a word is akin to itself, and a
// pair that changed places in a word of five letters or more is forgiven.
func TestAkinIsMutual(t *testing.T) {
	word := rapid.StringMatching(`[a-cäж数]{1,10}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		x, y := sketched(a), sketched(b)
		require.Equal(t, x.akin(y), y.akin(x), "%s, %s", a, b)
		require.True(t, x.akin(x))
		if utf8.RuneCountInString(a) >= 5 {
			r := []rune(a)
			i := rapid.IntRange(0, len(r)-2).Draw(t, "i")
			r[i], r[i+1] = r[i+1], r[i]
			require.True(t, x.akin(sketched(string(r))), "%s, %s", a, string(r))
		}
	})
}

func TestWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ToLower(rapid.StringOf(rapid.RuneFrom([]rune("abz09 -_.äß数Жİ\n"))).Draw(t, "text"))
		require.Equal(t, domain.Words(text), append([]string{}, slices.Collect(words(text))...))
	})
}

func TestWitnessed(t *testing.T) {
	passage := domain.Passage{Content: "The database is sound."}
	for name, test := range map[string]struct {
		m    match
		kept bool
	}{
		"full text":              {match{text: 0.1, vector: 0.1, Cosine: 0.1}, true},
		"a sure cosine":          {match{vector: 0.1, Cosine: 0.3}, true},
		"a doubtful cosine":      {match{vector: 0.1, Cosine: 0.29, Passage: &domain.Passage{Content: "Lunch is at noon."}}, false},
		"a doubtful one and kin": {match{vector: 0.1, Cosine: 0.29, Passage: &passage}, true},
	} {
		got := witnessed([]match{test.m}, newWitness([]string{"databse"}, 0.3))
		assert.Equal(t, test.kept, len(got) == 1, name)
	}
	kin := akin(&passage, sketches([]string{"sundd", "databse"}))
	assert.Equal(t, []kinship{{"databse", "database"}}, kin)
	assert.Equal(t, "cosine 0.200: databse ~ database", cosineDetail(0.2, kin))
	assert.Equal(t, "cosine 0.200", cosineDetail(0.2, nil))
}

func TestUnknownWords(t *testing.T) {
	found := func(texts ...string) (out []match) {
		for _, text := range texts {
			out = append(out, match{text: 0.5, Passage: &domain.Passage{Content: text}})
		}
		return out
	}
	for name, test := range map[string]struct {
		tokens  []string
		matches []match
		want    []string
	}{
		"nothing found":     {[]string{"a1", "b2"}, nil, []string{"a1", "b2"}},
		"nothing asked":     {nil, found("x"), nil},
		"all known":         {[]string{"launch", "pad"}, found("The LAUNCH.", "A pad"), nil},
		"inflected":         {[]string{"pooling", "migrations"}, found("pools were migrated"), nil},
		"misspelt":          {[]string{"databse", "pool"}, found("a database pool"), []string{"databse"}},
		"part of a word":    {[]string{"base", "file"}, found("database of filesystems"), []string{"base", "file"}},
		"beyond the first":  {[]string{"pool"}, found("poolside, and the pool"), nil},
		"compound in a run": {[]string{"数据库"}, found("数据库连接池"), []string{"数据库"}},
		"in the labels":     {[]string{"apollo"}, []match{{text: 0.1, Passage: &domain.Passage{Path: "docs/apollo-11.md"}}}, nil},
		"found by vectors":  {[]string{"pool"}, []match{{Cosine: 0.9, Passage: &domain.Passage{Content: "pool"}}}, []string{"pool"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, unknownWords(test.tokens, test.matches))
		})
	}
}

func TestFuse(t *testing.T) {
	c := calibration{floor: 0.1, sure: 0.3, known: 0.1, unknown: 0.9}
	base := func(text, cosine, unknown float64) float64 {
		if got := fuse([]match{{text: text, Cosine: cosine}}, c, unknown); len(got) == 1 {
			return got[0].base()
		}
		return 0
	}
	assert.InDelta(t, 0.5, base(0.5, 0, 0), 1e-12)
	assert.InDelta(t, 0.5, base(0.5, 0.1, 1), 1e-12, "at the floor a vector says nothing")
	assert.InDelta(t, 0.9, base(0, 1, 1), 1e-12)
	assert.InDelta(t, 0.1, base(0, 1, 0), 1e-12, "known words need no vector")
	assert.InDelta(t, 0.5, base(0, 1, 0.5), 1e-12)
	assert.InDelta(t, 0.5+0.5*0.9*0.5, base(0.5, 0.55, 1), 1e-12)
	assert.InDelta(t, 1, base(1, 1, 1), 1e-12, "never above 1")
	assert.Zero(t, base(least/2, 0, 0))
}

// TestFuseIsMonotone: more evidence never makes a weaker match.
func TestFuseIsMonotone(t *testing.T) {
	share := rapid.Float64Range(0, 1)
	c := calibrate(domain.EmbeddingModel{Name: "local/subword-1"})
	rapid.Check(t, func(t *rapid.T) {
		base := func(text, cosine, unknown float64) float64 {
			if got := fuse([]match{{text: text, Cosine: cosine}}, c, unknown); len(got) == 1 {
				return got[0].base()
			}
			return 0
		}
		x, y, u, more := share.Draw(t, "text"), share.Draw(t, "cosine"), share.Draw(t, "unknown"), share.Draw(t, "more")
		require.GreaterOrEqual(t, base(min(1, x+more), y, u)+1e-12, base(x, y, u))
		require.GreaterOrEqual(t, base(x, min(1, y+more), u)+1e-12, base(x, y, u))
		require.GreaterOrEqual(t, base(x, y, min(1, u+more))+1e-12, base(x, y, u))
	})
}

func TestCollectJoinsByID(t *testing.T) {
	got := collect(proposals{
		text:   []domain.Candidate{{ID: "a", Score: 0.5}, {ID: "b", Score: 2}, {ID: "d"}},
		vector: []domain.Candidate{{ID: "c", Score: 0.4}, {ID: "a", Score: -1}, {ID: "d", Score: 0.3}},
	})
	require.Len(t, got, 4)
	assert.Equal(t, []string{"a", "b", "d", "c"}, []string{got[0].ID, got[1].ID, got[2].ID, got[3].ID})
	assert.InDelta(t, 0.5, got[0].text, 0)
	assert.InDelta(t, 1, got[1].text, 0)
	assert.InDelta(t, 0.4, got[3].Cosine, 0)
	assert.InDelta(t, 0.3, got[2].Cosine, 0)
	assert.Zero(t, got[0].Cosine)

	got = collect(proposals{text: []domain.Candidate{{ID: "a", Score: 0.5}, {ID: "b", Score: 0.4}}, cosines: []float64{0.2, 2}})
	require.Len(t, got, 2)
	assert.InDelta(t, 0.2, got[0].Cosine, 0)
	assert.InDelta(t, 1, got[1].Cosine, 0)
}

func TestHoldsNeedsAWholeWord(t *testing.T) {
	word := rapid.StringMatching(`[a-c]{1,3}(ing|s|ed)?`)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 0, 6).Draw(t, "words")
		stem := string(domain.Stem([]rune(word.Draw(t, "asked"))))
		want := false
		for _, w := range words {
			if string(domain.Stem([]rune(w))) == stem {
				want = true
			}
		}
		require.Equal(t, want, holds(strings.Join(words, " "), stem), "%s in %v", stem, words)
	})
}
