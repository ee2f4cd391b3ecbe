package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what an engine needs.
type Config struct {
	Feed ports.PassageFeed
	// Model is the vector space of the feed; the zero value means that vectors are
	// searched elsewhere.
	Model domain.EmbeddingModel
	// Image is the path of the cache on disk; "" for none.
	Image string
}

// Engine answers searches from memory. It is safe for concurrent use.
type Engine struct {
	config Config
	follow sync.Mutex // held while changes are applied
	loaded sync.Once

	mu       sync.RWMutex // guards what follows
	mark     domain.FeedMark
	unsaved  int // changes that the image does not have
	text     *text
	vectors  *vectors
	passages []*domain.Passage // by slot; what is pointed to never changes
	before   *domain.Passage   // the one that was taken in last

	scratches sync.Pool
}

// New returns an engine that holds nothing yet: the first search, or Sync, fills it,
// from the image if there is a usable one.
func New(c Config) *Engine {
	e := &Engine{config: c, scratches: sync.Pool{New: func() any { return &scratch{} }}}
	e.clear()
	return e
}

func (e *Engine) clear() {
	e.mark = domain.FeedMark{}
	e.unsaved = 0
	e.text = newText()
	e.vectors = newVectors(e.config.Model.Dimension)
	e.passages, e.before = nil, nil
}

// Sync brings the engine up to what is committed now, by whichever process. Every
// search begins with it.
func (e *Engine) Sync(ctx context.Context) error {
	e.loaded.Do(func() { e.Load(ctx) }) // not before: most commands never ask
	head, err := e.config.Feed.Head(ctx)
	if err != nil {
		return fmt.Errorf("engine: ask the store for news: %w", err)
	}
	e.mu.RLock()
	current := e.mark == head
	e.mu.RUnlock()
	if current {
		return nil
	}
	e.follow.Lock()
	defer e.follow.Unlock()
	return e.catchUp(ctx)
}

// catchUp applies what is new. A search that waits for it answers from what it
// leads to; one that began before, from a prefix of it.
func (e *Engine) catchUp(ctx context.Context) error {
	mark, err := e.take(ctx)
	if domain.KindOf(err) == domain.KindConflict {
		e.mu.Lock()
		e.clear()
		e.mu.Unlock()
		mark, err = e.take(ctx)
	}
	if err != nil {
		// What was applied is a prefix of the news: applying it again is harmless.
		return fmt.Errorf("engine: follow the store: %w", err)
	}
	e.mu.Lock()
	e.mark = mark
	e.mu.Unlock()
	return nil
}

// take applies what is new, and returns up to where. The caller holds follow.
func (e *Engine) take(ctx context.Context) (domain.FeedMark, error) {
	in := e.newIntake()
	mark, err := e.config.Feed.Follow(ctx, e.mark, in.take)
	if failure := in.finish(); err == nil {
		err = failure
	}
	return mark, err
}

var errModel = errors.New("the store's vectors are of another embedding model")

// apply puts one change, whose passage was read, into the index. The caller holds mu.
func (e *Engine) apply(c domain.PassageChange, r reading, l *lexicon) error {
	e.unsaved++
	if at, known := e.text.remove(c.Passage.ID); known {
		e.vectors.clear(at)
		e.passages[at] = nil
	}
	if c.Gone {
		return nil
	}
	if e.text.full() {
		return domain.Unavailable("the index in memory holds at most %d passages", mostSlots)
	}
	at := e.text.take(c.Passage, r, l)
	for len(e.passages) <= int(at) {
		e.passages = append(e.passages, nil)
	}
	e.passages[at] = e.kept(c.Passage)
	if e.config.Model.Dimension == 0 || len(c.Vector.Components) == 0 {
		return nil
	}
	if err := e.vectors.set(at, c.Vector); err != nil {
		return fmt.Errorf("%w: %w", errModel, err)
	}
	return nil
}

// kept returns a passage to keep: without the rest of the change that it came with,
// and with the strings of the passage before it where they are the same, which is of
// the same document most of the time.
func (e *Engine) kept(p domain.Passage) *domain.Passage {
	share := func(mine *string, before string) {
		if *mine == before {
			*mine = before
		}
	}
	if b := e.before; b != nil {
		if p.Kind == b.Kind {
			p.Kind = b.Kind
		}
		share(&p.Project, b.Project)
		share(&p.Root, b.Root)
		share(&p.Path, b.Path)
		share(&p.Title, b.Title)
		share(&p.Heading, b.Heading)
	}
	e.before = &p
	return &p
}

// Text returns the engine as a text index.
func (e *Engine) Text() *TextIndex { return &TextIndex{e} }

// Vectors returns the engine as the search half of a vector index.
func (e *Engine) Vectors() *VectorIndex { return &VectorIndex{e} }

// TextIndex implements ports.TextIndex.
type TextIndex struct{ engine *Engine }

var (
	_ ports.TextIndex      = (*TextIndex)(nil)
	_ ports.Vocabulary     = (*TextIndex)(nil)
	_ ports.VectorSearcher = (*VectorIndex)(nil)
	_ ports.Nearness       = (*VectorIndex)(nil)
	_ ports.PassageStore   = (*Engine)(nil)
)

// Search implements ports.TextIndex.
func (t *TextIndex) Search(ctx context.Context, question string, scope domain.Scope, limit int) ([]domain.Candidate, error) {
	e := t.engine
	if err := e.Sync(ctx); err != nil {
		return nil, err
	}
	s := e.scratches.Get().(*scratch)
	defer e.scratches.Put(s)
	e.mu.RLock()
	defer e.mu.RUnlock()
	found, ceiling := e.text.search(question, scope, limit, s)
	return e.candidates(found, ceiling), nil
}

// mostlyUnknown is the chance from which on a word counts as unknown.
const mostlyUnknown = 0.5

// Unknown implements ports.Vocabulary. Each word is judged by itself.
func (t *TextIndex) Unknown(_ context.Context, words []string) ([]string, error) {
	e := t.engine
	e.mu.RLock()
	defer e.mu.RUnlock()
	var unknown []string
	for _, w := range words {
		if e.text.analyse(w).unknown > mostlyUnknown {
			unknown = append(unknown, w)
		}
	}
	return unknown, nil
}

// Passages implements ports.PassageStore.
func (e *Engine) Passages(ctx context.Context, ids []string) (map[string]domain.Passage, error) {
	if err := e.Sync(ctx); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	out := make(map[string]domain.Passage, len(ids))
	for _, id := range ids {
		if at, known := e.text.find(id); known {
			out[id] = *e.passages[at]
		}
	}
	return out, nil
}
