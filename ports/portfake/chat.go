package portfake

import (
	"context"
	"sync"

	"github.com/atocore/atocore/ports"
)

// Chat is ports.ChatModel that answers what it is told to. The zero value answers
// that there is nothing.
type Chat struct {
	// Reply makes the answer; nil answers {"memories":[]}.
	Reply func(instructions, prompt string) (string, error)

	mu    sync.Mutex
	asked []string
}

var _ ports.ChatModel = (*Chat)(nil)

// Name implements ports.ChatModel.
func (c *Chat) Name() string { return "fake" }

// Answer implements ports.ChatModel.
func (c *Chat) Answer(ctx context.Context, instructions, prompt string) (string, error) {
	if err := begin(ctx, nil, "chat.answer"); err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, prompt)
	if c.Reply == nil {
		return `{"memories":[]}`, nil
	}
	return c.Reply(instructions, prompt)
}

// Asked returns the prompts so far.
func (c *Chat) Asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.asked...)
}
