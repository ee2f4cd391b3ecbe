package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestTokenizer(t *testing.T) {
	porttest.TestTokenizer(t, func(*testing.T) ports.Tokenizer { return portfake.Tokenizer{} })
}
