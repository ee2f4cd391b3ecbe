package registryjson_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

func addProject(ctx context.Context, t *testing.T, path, name string) {
	t.Helper()
	r := registryjson.New(registryjson.Config{Path: path})
	require.NoError(t, r.Update(ctx, func(p []domain.Project) ([]domain.Project, error) {
		return append(p, domain.Project{
			Name: name, Aliases: []string{name + "-alias"},
			IngestRoots: []domain.IngestRoot{{Path: t.TempDir(), Label: "docs"}},
		}), nil
	}))
}

func TestComponent(t *testing.T) {
	porttest.TestComponent(t, func(t *testing.T) porttest.ComponentFixture {
		path := filepath.Join(t.TempDir(), registryjson.FileName)
		addProject(t.Context(), t, path, "first")
		return porttest.ComponentFixture{
			Component: registryjson.NewComponent(registryjson.Config{Path: path}),
			Disk:      osdisk.Disk{},
			Root:      t.TempDir(),
			Change:    func(t *testing.T, n int) { addProject(t.Context(), t, path, fmt.Sprintf("changed %d", n)) },
			Erase:     func(t *testing.T) { require.NoError(t, os.Remove(path)) },
			Total:     true,
		}
	})
}

func TestComponentKeepsTheFormOfAHand(t *testing.T) {
	path := filepath.Join(t.TempDir(), registryjson.FileName)
	byHand := []byte("{\"version\": 1,\n\n \"projects\": [] }\n")
	require.NoError(t, os.WriteFile(path, byHand, 0o600))
	dir := t.TempDir()
	c := registryjson.NewComponent(registryjson.Config{Path: path})
	_, err := c.Capture(t.Context(), dir, nil)
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(dir, registryjson.FileName))
	require.NoError(t, err)
	assert.Equal(t, string(byHand), string(got))
}

func TestComponentRefusesABrokenRegistry(t *testing.T) {
	path := filepath.Join(t.TempDir(), registryjson.FileName)
	require.NoError(t, os.WriteFile(path, []byte("{\"version\": 1,\n \"projects\": [}"), 0o600))
	c := registryjson.NewComponent(registryjson.Config{Path: path})
	_, err := c.Capture(t.Context(), t.TempDir(), nil)
	assert.Equal(t, domain.KindCorrupt, domain.KindOf(err))
	assert.ErrorContains(t, err, "projects.json:2")
	dir := t.TempDir()
	_, err = registryjson.NewComponent(registryjson.Config{Path: filepath.Join(t.TempDir(), "none.json")}).Capture(t.Context(), dir, nil)
	require.NoError(t, err)
	said, err := c.Losses(t.Context(), dir)
	require.NoError(t, err)
	require.Len(t, said, 1)
	assert.Contains(t, said[0], "cannot be read")
}

func TestComponentNamesWhatVanishes(t *testing.T) {
	path := filepath.Join(t.TempDir(), registryjson.FileName)
	addProject(t.Context(), t, path, "kept")
	addProject(t.Context(), t, path, "dropped")
	c := registryjson.NewComponent(registryjson.Config{Path: path})
	dir := t.TempDir()
	_, err := c.Capture(t.Context(), dir, nil)
	require.NoError(t, err)
	r := registryjson.New(registryjson.Config{Path: path})
	require.NoError(t, r.Update(t.Context(), func(p []domain.Project) ([]domain.Project, error) {
		kept := p[1]
		kept.Description = "other"
		return []domain.Project{kept}, nil
	}))
	addProject(t.Context(), t, path, "one")
	addProject(t.Context(), t, path, "two")
	said, err := c.Losses(t.Context(), dir)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"2 projects vanish: one, two",
		"1 project goes back to its older registration: kept",
		"1 project removed since this backup comes back: dropped",
	}, said)
}
