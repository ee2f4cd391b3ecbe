// Package tiktoken counts tokens as OpenAI's models do, with a vocabulary that is
// part of the program: nothing is downloaded.
package tiktoken

import (
	"sync"

	"github.com/tiktoken-go/tokenizer/codec"

	"github.com/atocore/atocore/ports"
)

// Tokenizer counts tokens of the encoding o200k_base, which GPT-4o and its successors
// read. Other models count a little differently, by a few per cent in English text.
// The zero value works; the first Count makes the vocabulary ready, which takes about
// 10 ms.
type Tokenizer struct {
	once  sync.Once
	codec *codec.Codec
}

var _ ports.Tokenizer = (*Tokenizer)(nil)

// Name implements ports.Tokenizer.
func (t *Tokenizer) Name() string { return "o200k_base" }

// Count implements ports.Tokenizer.
func (t *Tokenizer) Count(text string) int {
	t.once.Do(func() { t.codec = codec.NewO200kBase() })
	n, err := t.codec.Count(text)
	if err != nil {
		return len(text) // no text has more tokens than bytes
	}
	return n
}
