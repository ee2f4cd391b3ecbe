package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestEmbedder(t *testing.T) {
	porttest.TestEmbedder(t, func(*testing.T) ports.Embedder { return &portfake.Embedder{} })
}
