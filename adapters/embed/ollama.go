package embed

import (
	"context"

	"github.com/amikos-tech/chroma-go/pkg/embeddings"
	"github.com/amikos-tech/chroma-go/pkg/embeddings/ollama"
)

// OllamaURL is where Ollama listens when it is not told otherwise.
const OllamaURL = "http://127.0.0.1:11434"

// The embedding models of Ollama's library that are used most, and the length of
// their vectors.
var ollamaModels = map[string]int{
	"all-minilm":             384,
	"bge-large":              1024,
	"bge-m3":                 1024,
	"mxbai-embed-large":      1024,
	"nomic-embed-text":       768,
	"snowflake-arctic-embed": 1024,
}

// NewOllama returns the provider that asks an Ollama server.
func NewOllama(c RemoteConfig) (*Remote, error) {
	if c.Model == "" {
		c.Model = "nomic-embed-text"
	}
	base, err := address(c, OllamaURL)
	if err != nil {
		return nil, err
	}
	model, err := space("ollama", c, ollamaModels)
	if err != nil {
		return nil, err
	}
	carrier := client()
	if c.Key != "" {
		carrier.Transport = bearer{key: c.Key, base: carrier.Transport}
	}
	f, err := ollama.NewOllamaEmbeddingFunction(
		ollama.WithBaseURL(base), ollama.WithModel(embeddings.EmbeddingModel(c.Model)), func(o *ollama.OllamaClient) error {
			o.Client = carrier
			return nil
		})
	if err != nil {
		return nil, err
	}
	return &Remote{
		model: model, batch: 32, pause: firstPause, limit: c.limit(),
		where: place{
			provider: "ollama", url: base, key: c.Key,
			unknown: "fetch the model on that machine with: ollama pull " + c.Model,
		},
		ask: func(ctx context.Context, texts []string) ([][]float32, error) {
			answer, err := f.EmbedDocuments(ctx, texts)
			if err != nil {
				return nil, err
			}
			out := make([][]float32, len(answer))
			for i, e := range answer {
				out[i] = e.ContentAsFloat32()
			}
			return out, nil
		},
	}, nil
}
