package porttest

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/ports"
)

// TestTokenizer checks a ports.Tokenizer.
func TestTokenizer(t *testing.T, open func(t *testing.T) ports.Tokenizer) {
	tok := open(t)
	assert.NotEmpty(t, tok.Name())
	assert.Zero(t, tok.Count(""))
	for _, text := range []string{"a", "word", "\xff\xfe", "\x00", "数据库", "👩‍👩‍👧", "⟨U+200B⟩", strings.Repeat("`", 5000), strings.Repeat("x", 20_000), strings.Repeat("\u200b", 500)} {
		n := tok.Count(text)
		assert.Positive(t, n, "%.20q", text)
		assert.LessOrEqual(t, n, len(text), "%.20q", text)
		assert.Equal(t, n, tok.Count(text), "%.20q", text)
	}
	assert.Less(t, tok.Count("a word"), tok.Count("a word and then another one"))

	t.Run("adds up at the start of a line", func(t *testing.T) {
		piece := rapid.OneOf(rapid.String(), rapid.StringMatching("[a-z0-9 ./`~#\\[\\]\r\n\t'\"-]{0,40}"))
		rapid.Check(t, func(t *rapid.T) {
			a := piece.Draw(t, "a") + "\n"
			b := rapid.SampledFrom([]string{"#", "[", "w", "Q"}).Draw(t, "first") + piece.Draw(t, "b")
			require.Equal(t, tok.Count(a)+tok.Count(b), tok.Count(a+b), "%q + %q", a, b)
		})
	})
	t.Run("many at once", func(t *testing.T) {
		text := strings.Repeat("The quick brown fox.\n", 50)
		want := tok.Count(text)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 20 {
					assert.Equal(t, want, tok.Count(text))
				}
			})
		}
		all.Wait()
	})
}
