//go:build !chromago

package embed

import (
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// NewChromaGo returns chroma-go's local default model, all-MiniLM-L6-v2, which
// runs in native libraries: this build has no loader for them.
func NewChromaGo() (ports.Embedder, error) {
	return nil, domain.Invalid("this build of atocore cannot load native models").WithField("embedding.provider").
		WithHint("use the provider ollama with the model all-minilm, which is the same one, " +
			"or build atocore with: go build -tags chromago ./cmd/atocore")
}
