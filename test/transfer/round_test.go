// Package transfer takes stores out and in again with the real adapters.
package transfer

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/exportfile"
	"github.com/atocore/atocore/adapters/foreign"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/interaction"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/domain/state"
	"github.com/atocore/atocore/domain/transfer"
)

// installation is a data directory with its use cases.
type installation struct {
	*transfer.Service
	memories *memory.Service
	state    *state.Service
	turns    *interaction.Service
	registry *registryjson.Registry
	store    *sqlite.Store
}

type fataler interface {
	require.TestingT
	Helper()
}

func open(t fataler, dir string) installation {
	t.Helper()
	embedder := embed.NewLocal()
	store, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(dir, sqlite.FileName), Create: true, Model: embedder.Model()})
	require.NoError(t, err)
	registry := registryjson.New(registryjson.Config{Path: filepath.Join(dir, "projects.json")})
	m := memory.New(memory.Config{
		Memories: store.Memories(), Archive: store.Memories(), Registry: registry, Embedder: embedder, Clock: system.Clock{}, IDs: system.IDs{},
	})
	return installation{
		Service: transfer.New(transfer.Config{
			Store: store.Transfer(), Registry: registry, Embedder: embedder, Format: exportfile.Format{}, Foreign: foreign.Reader{}, Clock: system.Clock{},
		}),
		memories: m, registry: registry, store: store,
		state: state.New(state.Config{Facts: store.Facts(), Registry: registry, Clock: system.Clock{}}),
		turns: interaction.New(interaction.Config{
			Interactions: store.Interactions(), Retention: store.Interactions(), Memories: m, Passages: store.Passages(),
			Registry: registry, Clock: system.Clock{}, IDs: system.IDs{}, Capture: true,
		}),
	}
}

func (i installation) export(t fataler) string {
	t.Helper()
	var out bytes.Buffer
	_, err := i.Export(context.Background(), &out, nil)
	require.NoError(t, err)
	return out.String()
}

func (i installation) take(t fataler, text string) transfer.Report {
	t.Helper()
	r, err := i.Import(context.Background(), bytes.NewReader([]byte(text)), false, nil)
	require.NoError(t, err)
	return r
}

// Whatever was done to a store, its export imported into an empty one gives the same
// bytes again, and importing it once more changes nothing.
func TestRoundTripIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "transfer-*") //nolint:usetesting // a folder a check, gone at its end
		require.NoError(t, err)
		defer func() { _ = os.RemoveAll(dir) }()
		from := open(t, filepath.Join(mkdir(t, dir, "from")))
		defer func() { require.NoError(t, from.store.Close()) }()
		live(t, from)
		whole := from.export(t)

		to := open(t, mkdir(t, dir, "to"))
		defer func() { require.NoError(t, to.store.Close()) }()
		r := to.take(t, whole)
		assert.Zero(t, r.Known.Total()+r.Conflict.Total())
		require.Equal(t, whole, to.export(t))
		r = to.take(t, whole)
		assert.Zero(t, r.Added.Total()+r.Conflict.Total())
		require.Equal(t, whole, to.export(t))
		require.Equal(t, whole, from.export(t))
	})
}

func mkdir(t fataler, parts ...string) string {
	dir := filepath.Join(parts...)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	return dir
}

var texts = rapid.OneOf(
	rapid.StringMatching(`[a-z]{1,9}( [a-z]{1,9}){0,6}`),
	rapid.Custom(func(t *rapid.T) string {
		return "x" + rapid.StringN(0, 40, 200).Draw(t, "text")
	}).Filter(func(s string) bool { return domain.Act{Reason: s}.Validate() == nil }),
)

// live does a few things to a store, as people and agents do; what is refused is
// refused.
func live(t *rapid.T, i installation) {
	ctx := context.Background()
	var ids []string
	var projects []string
	project := func() string {
		if len(projects) == 0 || rapid.Bool().Draw(t, "none") {
			return ""
		}
		return rapid.SampledFrom(projects).Draw(t, "project")
	}
	act := func() domain.Act {
		return domain.Act{By: rapid.SampledFrom([]string{"", "Ada", "Bob \"<&>\""}).Draw(t, "by"), Reason: texts.Draw(t, "reason")}
	}
	some := func() string {
		if len(ids) == 0 {
			return "none"
		}
		return rapid.SampledFrom(ids).Draw(t, "id")
	}
	for n := range rapid.IntRange(0, 40).Draw(t, "steps") {
		switch rapid.IntRange(0, 12).Draw(t, "step") {
		case 0:
			p := domain.Project{
				Name: fmt.Sprintf("P%d", n), Aliases: []string{fmt.Sprintf("zz%d", n), fmt.Sprintf("aa%d", n)},
				Description: texts.Draw(t, "description"), IngestRoots: []domain.IngestRoot{{Path: fmt.Sprintf("/srv/%d", n), Label: "docs"}},
			}
			if i.registry.Update(ctx, func(all []domain.Project) ([]domain.Project, error) { return append(all, p), nil }) == nil {
				projects = append(projects, p.Name)
			}
		case 1, 2, 3:
			confidence := rapid.Float64Range(0, 1).Draw(t, "confidence")
			m, err := i.memories.Remember(ctx, memory.Draft{
				Type: string(rapid.SampledFrom(domain.MemoryTypes).Draw(t, "type")), Content: texts.Draw(t, "content"), Project: project(),
				Confidence: &confidence, Source: texts.Draw(t, "source"), By: act().By,
				Status: rapid.SampledFrom([]string{"", "candidate"}).Draw(t, "status"),
			})
			if err == nil {
				ids = append(ids, m.ID)
			}
		case 4:
			_, _ = i.memories.Update(ctx, some(), memory.Patch{Content: new(texts.Draw(t, "new")), Project: new(project()), By: "Eve"})
		case 5:
			_, _ = i.memories.Promote(ctx, some(), act(), true)
		case 6:
			_, _ = i.memories.Reject(ctx, some(), act())
		case 7:
			_, _ = i.memories.Supersede(ctx, some(), some(), act())
		case 8:
			_, _ = i.memories.Reinforce(ctx, some(), texts.Draw(t, "who"), act())
		case 9:
			_ = i.memories.Forget(ctx, some(), act())
		case 10:
			_, _ = i.memories.Undo(ctx, some(), act())
		case 11:
			if p := project(); p != "" {
				key := rapid.SampledFrom([]string{"phase", "owner"}).Draw(t, "key")
				if rapid.Bool().Draw(t, "remove") {
					_ = i.state.Remove(ctx, p, key, act())
				} else {
					_, _ = i.state.Set(ctx, p, key, texts.Draw(t, "value"), act())
				}
			}
		case 12:
			turn, err := i.turns.Record(ctx, interaction.Draft{
				Project: project(), Prompt: "Remember that " + texts.Draw(t, "prompt"), Answer: texts.Draw(t, "answer"), By: "codex",
				Used: []domain.UsedItem{{Kind: domain.ItemMemory, ID: some()}},
			})
			if err == nil && rapid.Bool().Draw(t, "confirmed") {
				_, _, _ = i.turns.Confirm(ctx, turn.ID, "Ada")
			}
			if err == nil && rapid.Bool().Draw(t, "extracted") {
				_, _ = i.turns.Extract(ctx, turn.ID)
			}
		}
	}
}

// While somebody writes, an export is one state of the store, whole and importable.
func TestAnExportIsOneState(t *testing.T) {
	from := open(t, t.TempDir())
	t.Cleanup(func() { assert.NoError(t, from.store.Close()) })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			m, err := from.memories.Remember(context.Background(), memory.Draft{Type: "knowledge", Content: fmt.Sprint("number ", n)})
			if !assert.NoError(t, err) {
				break
			}
			_, err = from.memories.Reinforce(context.Background(), m.ID, "somebody", domain.Act{})
			assert.NoError(t, err)
		}
		ended <- n
	}()
	for range 5 {
		time.Sleep(20 * time.Millisecond) // so that there is something to write beside
		whole := from.export(t)
		to := open(t, t.TempDir())
		to.take(t, whole)
		assert.Equal(t, whole, to.export(t))
		require.NoError(t, to.store.Close())
	}
	cancel()
	assert.Positive(t, <-ended)
}
