package portfake_test

import (
	"context"
	"testing"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

// both reads memories or conversations, as the format asks.
type both struct{ memories, conversations portfake.Foreign }

func (b *both) Read(ctx context.Context, f domain.ForeignFormat, path string, each func(domain.ForeignItem) error, skip func(domain.Skip)) error {
	if f.Conversations() {
		return b.conversations.Read(ctx, f, path, each, skip)
	}
	return b.memories.Read(ctx, f, path, each, skip)
}

func TestForeign(t *testing.T) {
	skips := []domain.Skip{{Where: "line 1", Reason: "no JSON"}}
	b := &both{
		memories: portfake.Foreign{Skips: skips, Items: []domain.ForeignItem{
			{Key: "1", Where: "a", Type: domain.MemoryKnowledge, Content: "one"}, {Key: "2", Where: "b", Type: domain.MemoryKnowledge, Content: "two"},
		}},
		conversations: portfake.Foreign{Skips: skips, Items: []domain.ForeignItem{
			{Key: "1", Where: "a", Prompt: "one"}, {Key: "2", Where: "b", Prompt: "two"},
		}},
	}
	samples := map[domain.ForeignFormat]string{}
	for _, f := range domain.ForeignFormats {
		samples[f] = "sample"
	}
	porttest.TestForeignReader(t, b, samples, &portfake.Foreign{Missing: true})
}
