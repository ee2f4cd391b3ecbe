// Package memory is the use case of remembering: it completes and checks what is
// to be kept, resolves project names, has the text embedded before any
// transaction begins, and keeps each change in the memory's history.
package memory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what the service works with. Every field is needed.
type Config struct {
	Memories ports.MemoryStore
	Registry ports.ProjectRegistry
	Embedder ports.Embedder
	Clock    ports.Clock
	IDs      ports.IDs
}

// Service keeps memories. It is safe for concurrent use.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

// Draft is a memory as its writer states it.
type Draft struct {
	Type       string
	Content    string
	Project    string   // name or alias, "" for none
	Confidence *float64 // nil for domain.DefaultConfidence
	Source     string
}

// Patch is a change to a memory. Fields that are nil stay as they are.
type Patch struct {
	Type       *string
	Content    *string
	Project    *string // name or alias; "" takes the memory out of its project
	Confidence *float64
	Source     *string
	Status     *string
}

// Remember stores a new, active memory. An unknown project is KindNotFound and
// nothing is stored. So is an embedding provider that cannot be reached
// (KindUnavailable): a memory without its vector would be half findable, and
// nobody would be told.
func (s *Service) Remember(ctx context.Context, d Draft) (domain.Memory, error) {
	m := domain.Memory{
		Type:       domain.MemoryType(d.Type),
		Content:    d.Content,
		Confidence: domain.DefaultConfidence,
		Source:     d.Source,
		Status:     domain.MemoryActive,
		Revision:   1,
	}
	if d.Confidence != nil {
		m.Confidence = *d.Confidence
	}
	if err := m.Validate(); err != nil {
		return domain.Memory{}, err
	}
	var err error
	if m.Project, err = s.canonical(ctx, d.Project); err != nil {
		return domain.Memory{}, err
	}
	vector, err := s.embed(ctx, m.Content)
	if err != nil {
		return domain.Memory{}, err
	}
	m.ID, m.CreatedAt = s.IDs.NewID(), s.Clock.Now()
	m.UpdatedAt = m.CreatedAt
	if err := s.Memories.Create(ctx, m, vector); err != nil {
		return domain.Memory{}, fmt.Errorf("remember: %w", err)
	}
	return m, nil
}

// Get returns the memory; KindNotFound when there is none, or none any more.
func (s *Service) Get(ctx context.Context, id string) (domain.Memory, error) {
	return s.Memories.Get(ctx, id)
}

// List returns a page of memories, newest first. A project that is not
// registered is KindNotFound, never an unfiltered list.
func (s *Service) List(ctx context.Context, f domain.MemoryFilter) (domain.MemoryPage, error) {
	if f.Limit < 0 || f.Limit > domain.MaxPageSize {
		return domain.MemoryPage{}, domain.Invalid("limit %d is out of range", f.Limit).WithField("limit").
			WithHint("give a number from 1 to %d", domain.MaxPageSize)
	}
	if f.Limit == 0 {
		f.Limit = domain.DefaultPageSize
	}
	if f.Type != "" {
		if _, err := domain.ParseMemoryType(string(f.Type)); err != nil {
			return domain.MemoryPage{}, err
		}
	}
	if f.Status != "" {
		if _, err := domain.ParseMemoryStatus(string(f.Status)); err != nil {
			return domain.MemoryPage{}, err
		}
	}
	if f.Project != nil {
		name, err := s.canonical(ctx, *f.Project)
		if err != nil {
			return domain.MemoryPage{}, err
		}
		f.Project = &name
	}
	return s.Memories.List(ctx, f)
}

var (
	errUnchanged = errors.New("nothing changes")
	errUnseen    = errors.New("the content changed meanwhile")
)

// Update applies p and returns the memory as it now is. A patch that changes
// nothing makes no revision. The text is embedded again only when it changes.
func (s *Service) Update(ctx context.Context, id string, p Patch) (domain.Memory, error) {
	if p.Project != nil {
		name, err := s.canonical(ctx, *p.Project)
		if err != nil {
			return domain.Memory{}, err
		}
		p.Project = &name
	}
	before, err := s.Memories.Get(ctx, id)
	if err != nil {
		return domain.Memory{}, err
	}
	m, err := s.update(ctx, before, p, p.Content != nil && *p.Content != before.Content)
	if errors.Is(err, errUnseen) {
		// The text was the patch's own when it was looked at, and is not any more.
		m, err = s.update(ctx, before, p, true)
	}
	return m, err
}

// update stores the patched memory. Without embedded it ends with errUnseen when
// the store turns out to hold another text than the patch.
func (s *Service) update(ctx context.Context, before domain.Memory, p Patch, embedded bool) (domain.Memory, error) {
	// What is wrong with the patch is said before time is spent on a vector.
	if err := p.apply(before).Validate(); err != nil {
		return domain.Memory{}, err
	}
	var vector []float32
	if embedded {
		var err error
		if vector, err = s.embed(ctx, *p.Content); err != nil {
			return domain.Memory{}, err
		}
	}
	var same domain.Memory
	after, err := s.Memories.Update(ctx, before.ID, func(m *domain.Memory) ([]float32, error) {
		next := p.apply(*m)
		switch {
		case next == *m:
			same = *m
			return nil, errUnchanged
		case next.Content != m.Content && !embedded:
			return nil, errUnseen
		}
		contentChanged := next.Content != m.Content
		next.UpdatedAt = latest(s.Clock.Now(), m.UpdatedAt)
		*m = next
		if contentChanged {
			return vector, nil
		}
		return nil, nil
	})
	if errors.Is(err, errUnchanged) {
		return same, nil
	}
	return after, err
}

func (p Patch) apply(m domain.Memory) domain.Memory {
	if p.Type != nil {
		m.Type = domain.MemoryType(*p.Type)
	}
	if p.Status != nil {
		m.Status = domain.MemoryStatus(*p.Status)
	}
	set(&m.Content, p.Content)
	set(&m.Project, p.Project)
	set(&m.Confidence, p.Confidence)
	set(&m.Source, p.Source)
	return m
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// latest keeps a memory's times in order even when the clock was set back.
func latest(now, before time.Time) time.Time {
	if now.Before(before) {
		return before
	}
	return now
}

// Delete takes the memory out of lists and answers; its history stays.
func (s *Service) Delete(ctx context.Context, id string) error {
	return s.Memories.Delete(ctx, id, s.Clock.Now())
}

// History returns the memory's changes, oldest first, also after its deletion.
func (s *Service) History(ctx context.Context, id string) ([]domain.MemoryChange, error) {
	return s.Memories.History(ctx, id)
}

// canonical returns the registered name behind a name or alias, "" for "".
func (s *Service) canonical(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return "", fmt.Errorf("look up project: %w", err)
	}
	p, err := domain.FindProject(projects, name)
	if err != nil {
		return "", err
	}
	return p.Name, nil
}

func (s *Service) embed(ctx context.Context, content string) ([]float32, error) {
	vectors, err := s.Embedder.Embed(ctx, []string{content})
	if err != nil {
		return nil, fmt.Errorf("embed memory, nothing was stored: %w", err)
	}
	if len(vectors) != 1 {
		return nil, fmt.Errorf("embed memory, nothing was stored: asked for 1 vector, got %d", len(vectors))
	}
	return vectors[0], nil
}
