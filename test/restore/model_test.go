package restore

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/domain/project"
	"github.com/atocore/atocore/domain/restore"
)

// kept is a backup with what the installation held when it was made.
type kept struct {
	stamp domain.Stamp
	held  snapshot
}

// model drives an installation at random.
type model struct {
	i       *installation
	ids     []string // of every memory there ever was
	names   []string // of every project there ever was
	kept    []kept
	restore int
}

// Whatever was done before and since, restoring a backup is the identity on
// memories and their history, documents, chunks, answers and the registry.
func TestRestoreIsTheIdentity(t *testing.T) {
	restores := 0
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp("", "model") //nolint:usetesting // one for each check, not for the whole test
		require.NoError(r, err)
		defer func() { _ = os.RemoveAll(dir) }()
		ctx := context.Background()
		m := &model{i: newInstallation(r, dir)}
		m.i.start(ctx)
		defer m.i.stop()
		m.remember(ctx, r)
		m.backUp(ctx)
		r.Repeat(map[string]func(*rapid.T){
			"remember": func(r *rapid.T) { m.remember(ctx, r) },
			"update":   func(r *rapid.T) { m.update(ctx, r) },
			"delete":   func(r *rapid.T) { m.delete(ctx, r) },
			"register": func(r *rapid.T) { m.register(ctx, r) },
			"remove":   func(r *rapid.T) { m.remove(ctx, r) },
			"write":    func(r *rapid.T) { m.write(r) },
			"refresh":  func(r *rapid.T) { m.refresh(ctx, r) },
			"back up":  func(*rapid.T) { m.backUp(ctx) },
			"restore":  func(r *rapid.T) { m.putBack(ctx, r) },
			"undo":     func(r *rapid.T) { m.undo(ctx, r) },
		})
		m.putBack(ctx, r)
		restores += m.restore
	})
	t.Logf("%d restores", restores)
}

var texts = rapid.SampledFrom([]string{
	"The deploy of the service failed", "alpha was decided in March", "Answers should be short",
	"beta depends on alpha", "the gate holds", "ünïcödé and \"quotes\"",
})

func (m *model) remember(ctx context.Context, r *rapid.T) {
	got, err := m.i.memories.Remember(ctx, memory.Draft{
		Type:    string(rapid.SampledFrom(domain.MemoryTypes).Draw(r, "type")),
		Content: texts.Draw(r, "text"), Source: "model",
	})
	require.NoError(r, err)
	m.ids = append(m.ids, got.ID)
}

func (m *model) update(ctx context.Context, r *rapid.T) {
	text := texts.Draw(r, "text")
	_, err := m.i.memories.Update(ctx, rapid.SampledFrom(m.ids).Draw(r, "id"), memory.Patch{Content: &text})
	if domain.KindOf(err) != domain.KindNotFound {
		require.NoError(r, err)
	}
}

func (m *model) delete(ctx context.Context, r *rapid.T) {
	err := m.i.memories.Delete(ctx, rapid.SampledFrom(m.ids).Draw(r, "id"))
	if domain.KindOf(err) != domain.KindNotFound {
		require.NoError(r, err)
	}
}

func (m *model) register(ctx context.Context, r *rapid.T) {
	if len(m.names) > 4 {
		return
	}
	name := fmt.Sprintf("project%d", len(m.names))
	root := filepath.Join(m.i.dir, "roots", name)
	require.NoError(r, os.MkdirAll(root, 0o700))
	_, err := m.i.projects.Register(ctx, domain.Project{
		Name: name, IngestRoots: []domain.IngestRoot{{Path: root, Label: "docs"}},
	})
	require.NoError(r, err)
	m.names = append(m.names, name)
}

func (m *model) remove(ctx context.Context, r *rapid.T) {
	if len(m.names) == 0 {
		return
	}
	_, err := m.i.projects.Remove(ctx, rapid.SampledFrom(m.names).Draw(r, "name"), project.RemoveOptions{DeleteMemories: true})
	if domain.KindOf(err) != domain.KindNotFound {
		require.NoError(r, err)
	}
}

func (m *model) write(r *rapid.T) {
	if len(m.names) == 0 {
		return
	}
	name := rapid.SampledFrom(m.names).Draw(r, "name")
	file := filepath.Join(m.i.dir, "roots", name, rapid.SampledFrom([]string{"a.md", "b.md", "c.txt"}).Draw(r, "file"))
	if rapid.Bool().Draw(r, "vanishes") {
		_ = os.Remove(file) // it may not be there
		return
	}
	content := "# " + texts.Draw(r, "title") + "\n\n" + texts.Draw(r, "text") + "\n"
	require.NoError(r, os.WriteFile(file, []byte(content), 0o600))
}

func (m *model) refresh(ctx context.Context, r *rapid.T) {
	if len(m.names) == 0 {
		return
	}
	_, err := m.i.ingests.Refresh(ctx, rapid.SampledFrom(m.names).Draw(r, "name"), nil)
	if domain.KindOf(err) != domain.KindNotFound {
		require.NoError(r, err)
	}
}

func (m *model) backUp(ctx context.Context) {
	held := m.i.snapshot(ctx, m.ids)
	m.kept = append(m.kept, kept{m.i.backUp(ctx), held})
}

func (m *model) putBack(ctx context.Context, r *rapid.T) {
	k := rapid.SampledFrom(m.kept).Draw(r, "backup")
	m.i.stop()
	_, err := m.i.restores.Restore(ctx, restore.Request{
		Name: string(k.stamp), Confirmed: true, SkipSafety: rapid.Bool().Draw(r, "skip"),
	}, nil)
	require.NoError(r, err)
	m.i.start(ctx)
	require.Equal(r, k.held, m.i.snapshot(ctx, m.ids))
	m.restore++
}

func (m *model) undo(ctx context.Context, r *rapid.T) {
	if m.restore == 0 {
		return
	}
	k := rapid.SampledFrom(m.kept).Draw(r, "backup")
	before := m.i.snapshot(ctx, m.ids)
	m.i.stop()
	_, err := m.i.restores.Restore(ctx, restore.Request{Name: string(k.stamp), Confirmed: true, SkipSafety: true}, nil)
	require.NoError(r, err)
	_, err = m.i.restores.Undo(ctx, true, nil)
	require.NoError(r, err)
	m.i.start(ctx)
	require.Equal(r, before, m.i.snapshot(ctx, m.ids))
}
