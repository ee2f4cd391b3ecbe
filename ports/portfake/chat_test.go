package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestChat(t *testing.T) {
	porttest.TestChatModel(t, func(_ *testing.T, answer string) ports.ChatModel {
		return &portfake.Chat{Reply: func(string, string) (string, error) { return answer, nil }}
	})
}
