//go:build chromago

package embed

import (
	"context"
	"os"
	"path/filepath"

	"github.com/amikos-tech/chroma-go/pkg/embeddings/ort"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// What the model needs on this machine. chroma-go would download whatever is not
// there; here it is an error instead.
const (
	runtimeVariable   = "CHROMAGO_ONNX_RUNTIME_PATH"
	tokenizerVariable = "TOKENIZERS_LIB_PATH"
)

// NewChromaGo returns chroma-go's local default model, all-MiniLM-L6-v2. Its
// native libraries and its files must be there: nothing is downloaded.
func NewChromaGo() (ports.Embedder, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, domain.Unavailable("the home folder, where the model is looked for, is not known").Because(err)
	}
	files := filepath.Join(home, ".cache", "chroma", "onnx_models", "all-MiniLM-L6-v2", "onnx")
	for _, need := range []struct{ what, path, hint string }{
		{"the library of ONNX Runtime 1.23", os.Getenv(runtimeVariable), "set " + runtimeVariable + " to its path"},
		{"the library of pure-tokenizers 0.1.5", os.Getenv(tokenizerVariable), "set " + tokenizerVariable + " to its path"},
		{"the model", filepath.Join(files, "model.onnx"), "unpack onnx.tar.gz of all-MiniLM-L6-v2 into " + files},
		{"the tokenizer", filepath.Join(files, "tokenizer.json"), "unpack onnx.tar.gz of all-MiniLM-L6-v2 into " + files},
	} {
		if info, err := os.Stat(need.path); need.path == "" || err != nil || info.Size() == 0 {
			return nil, domain.Invalid("%s is missing, and atocore downloads nothing", need.what).
				WithField("embedding.provider").WithHint("%s", need.hint)
		}
	}
	f, _, err := ort.NewDefaultEmbeddingFunction()
	if err != nil {
		return nil, domain.Unavailable("the local model of chroma-go does not start").Because(err)
	}
	return &Remote{
		model: domain.EmbeddingModel{Name: "chroma-go/all-MiniLM-L6-v2", Dimension: 384},
		batch: 32, pause: firstPause, limit: defaultTimeout,
		where: place{provider: "chroma-go", url: "this machine"},
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
