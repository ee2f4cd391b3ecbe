package app

import (
	"strings"
	"sync"

	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain/fence"
)

// fenced returns what is stored as use cases see it: within the fence.
func (i installation) fenced(store *sqlite.Store, s searching) fence.Stores {
	indexes := &limitedIndexes{store: store, all: s}
	return fence.Around(fence.Stores{
		Registry: i.registry, Memories: store.Memories(), Documents: store.Documents(), Facts: store.Facts(),
		Catalog: store.Catalog(), Origins: store.Passages(), Changes: store.Memories(), Interactions: store.Interactions(), Gate: i.gate,
		Transfer: store.Transfer(),
		Index:    fence.Index{Text: s.Text(), Vectors: s.vectors, Passages: s},
	}, indexes.of)
}

// mostIndexes bounds how many indexes of limited keys are held in memory: one for
// each set of projects that some key is limited to, those that were asked last.
const mostIndexes = 8

// limitedIndexes makes and holds the indexes of limited keys.
type limitedIndexes struct {
	store *sqlite.Store
	all   searching

	mu   sync.Mutex
	held []limitedIndex // what was asked last comes first
}

type limitedIndex struct {
	projects string
	index    fence.Index
}

// of returns the index of these projects. It fills when it is first asked.
func (l *limitedIndexes) of(projects []string) fence.Index {
	name := strings.Join(projects, "\x00")
	l.mu.Lock()
	defer l.mu.Unlock()
	found := limitedIndex{projects: name}
	for at, h := range l.held {
		if h.projects == name {
			found = h
			l.held = append(l.held[:at], l.held[at+1:]...)
			break
		}
	}
	if found.index.Text == nil {
		found.index = l.make(projects)
	}
	l.held = append([]limitedIndex{found}, l.held[:min(len(l.held), mostIndexes-1)]...)
	return found.index
}

func (l *limitedIndexes) make(projects []string) fence.Index {
	e := engine.New(engine.Config{Feed: fence.Feed{Inner: l.store.Feed(), Projects: projects}, Model: l.all.model})
	i := fence.Index{Text: e.Text(), Vectors: e.Vectors(), Passages: e}
	if l.all.model.Dimension == 0 {
		i.Vectors = fence.Vectors{Inner: l.all.vectors, Passages: e}
	}
	return i
}
