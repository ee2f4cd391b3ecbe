package tiktoken

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func TestSuite(t *testing.T) {
	porttest.TestTokenizer(t, func(*testing.T) ports.Tokenizer { return &Tokenizer{} })
}

// The counts of another implementation (pkoukk/tiktoken-go) over OpenAI's own file of
// the vocabulary.
func TestCounts(t *testing.T) {
	var tok Tokenizer
	for text, want := range map[string]int{
		"": 0, "a": 1, "hello world": 2, "Hello, world!": 4, "123456": 2, " \n\n": 1, "antidisestablishmentarianism": 6,
	} {
		assert.Equal(t, want, tok.Count(text), "%q", text)
	}
}

func BenchmarkCount(b *testing.B) {
	var tok Tokenizer
	text := strings.Repeat("The release goes out on the first Monday of the month, unless somebody vetoes it.\n", 100)
	tok.Count("")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tok.Count(text)
	}
}
