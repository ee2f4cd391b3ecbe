package porttest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/ports"
)

// TestChatModel checks a ports.ChatModel. open returns one that gives that answer.
func TestChatModel(t *testing.T, open func(t *testing.T, answer string) ports.ChatModel) {
	for _, text := range []string{`{"memories":[]}`, "no JSON at all", "日本 \"quoted\"\nlines"} {
		m := open(t, text)
		got, err := m.Answer(t.Context(), "instructions", "a prompt\nof two lines")
		require.NoError(t, err)
		assert.Equal(t, text, got, "as it came")
		assert.NotEmpty(t, m.Name())
		ctx := ended(t)
		_, err = m.Answer(ctx, "instructions", "a prompt")
		require.ErrorIs(t, err, ctx.Err())
	}
}
