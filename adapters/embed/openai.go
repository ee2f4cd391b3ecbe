package embed

import (
	"context"
	"strings"

	"github.com/amikos-tech/chroma-go/pkg/embeddings/openai"
)

// OpenAIURL is where OpenAI's own API is.
const OpenAIURL = "https://api.openai.com/v1"

// The models that OpenAI documents, and the length of their vectors.
var openaiModels = map[string]int{
	"text-embedding-3-small": 1536,
	"text-embedding-3-large": 3072,
	"text-embedding-ada-002": 1536,
}

// NewOpenAI returns the provider that speaks OpenAI's embeddings API: OpenAI
// itself, or whatever else understands it.
func NewOpenAI(c RemoteConfig) (*Remote, error) {
	if c.Model == "" {
		c.Model = "text-embedding-3-small"
	}
	base, err := address(c, OpenAIURL)
	if err != nil {
		return nil, err
	}
	model, err := space("openai", c, openaiModels)
	if err != nil {
		return nil, err
	}
	key := c.Key
	if key == "" {
		key = "none" // chroma-go wants one, many servers do not
	}
	// The model goes with each call: as an option only OpenAI's own three are taken.
	options := []openai.Option{openai.WithBaseURL(base + "/")}
	if !strings.HasPrefix(base, "https:") {
		options = append(options, openai.WithInsecure())
	}
	api, err := openai.NewOpenAIClient(key, options...)
	if err != nil {
		return nil, err
	}
	api.Client = client()
	// Only these can shorten their vectors, and others refuse to be asked.
	var dimensions *int
	if strings.HasPrefix(c.Model, "text-embedding-3-") && model.Dimension != openaiModels[c.Model] {
		dimensions = &model.Dimension
	}
	return &Remote{
		model: model, batch: 128, pause: firstPause, limit: c.limit(),
		where: place{
			provider: "openai", url: base, key: c.Key,
			unknown: "check embedding.model and embedding.url, which ends in /v1 for most servers",
		},
		ask: func(ctx context.Context, texts []string) ([][]float32, error) {
			answer, err := api.CreateEmbedding(ctx, &openai.CreateEmbeddingRequest{
				Model: c.Model, User: "atocore", Input: &openai.Input{Texts: texts}, Dimensions: dimensions,
			})
			if err != nil {
				return nil, err
			}
			return ordered(answer.Data, len(texts))
		},
	}, nil
}

// ordered puts the vectors into the order of the texts: the API numbers them, and
// promises no order.
func ordered(data []openai.EmbeddingData, n int) ([][]float32, error) {
	if len(data) != n {
		return make([][]float32, len(data)), nil // check says so
	}
	out := make([][]float32, n)
	for _, d := range data {
		if d.Index < 0 || d.Index >= n || out[d.Index] != nil {
			return nil, &answerError{"numbered its vectors wrongly"}
		}
		out[d.Index] = d.Embedding
	}
	return out, nil
}
