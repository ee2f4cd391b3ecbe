package ports

import "context"

// ChatModel is a language model that answers one prompt at a time.
type ChatModel interface {
	// Name returns the model as its provider calls it.
	Name() string
	// Answer returns what the model answers to the prompt under the instructions, at
	// most MaxChatAnswer bytes of it, as it came: whether it has the form that was
	// asked for is for the caller to check. Both texts leave this machine when the
	// provider is elsewhere. A provider that cannot be reached, or turns calls away
	// for now, is KindUnavailable; a key that it does not accept KindRefused; an
	// answer without any text, cut off, or beyond the bound KindCorrupt.
	Answer(ctx context.Context, instructions, prompt string) (string, error)
}

// MaxChatAnswer bounds an answer of a chat model, in bytes.
const MaxChatAnswer = 64 << 10
