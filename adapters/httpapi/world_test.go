package httpapi

import (
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/ports/portfake"
)

// world is what the server stands on in tests: the real use cases over fakes.
type world struct {
	clock    portfake.Clock
	embedder portfake.Embedder
	ids      portfake.IDs
	registry *portfake.ProjectRegistry
	fail     func(op string) error // of the stores
}

func newWorld() *world {
	return &world{registry: portfake.NewProjectRegistry(
		domain.Project{Name: "Apollo", Aliases: []string{"moon"}, IngestRoots: []domain.IngestRoot{{Path: "/srv/apollo", Label: "docs"}}},
		domain.Project{Name: "Far Away", IngestRoots: []domain.IngestRoot{{Path: "/srv/far", Label: "docs"}}},
	)}
}

func (w *world) config() Config {
	m := &memories{Fail: w.fail}
	return Config{
		Memories: memory.New(memory.Config{Memories: m, Registry: w.registry, Embedder: &w.embedder, Clock: &w.clock, IDs: &w.ids}),
	}
}
