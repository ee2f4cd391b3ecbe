package embed_test

import (
	"testing"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func TestLocalKeepsTheContract(t *testing.T) {
	porttest.TestEmbedder(t, func(*testing.T) ports.Embedder { return embed.NewLocal() })
}
