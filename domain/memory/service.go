// Package memory is the use case of remembering: it completes and checks what is
// to be kept, resolves project names, has the text embedded before any
// transaction begins, and keeps each change in the memory's history.
package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what the service works with.
type Config struct {
	Memories ports.MemoryStore
	// Archive looks back. Without it nothing can be listed as of a moment, forgotten
	// with a reason, or brought back from deletion.
	Archive ports.MemoryArchive
	// Near finds what a new memory may repeat or contradict, Passages resolves what it
	// finds, and Changes tells of candidates. Without Near every memory is stored as
	// it is stated.
	Near     ports.VectorSearcher
	Passages ports.PassageStore
	Changes  ports.MemoryFeed
	Registry ports.ProjectRegistry
	Embedder ports.Embedder
	Clock    ports.Clock
	IDs      ports.IDs
	// Recalls returns how often memories were recalled, by id; nil: nobody counts.
	Recalls func(ctx context.Context) (map[string]domain.Recall, error)
}

// Service keeps memories. It is safe for concurrent use.
type Service struct {
	Config
	storing     sync.Mutex // so that two of one process that say the same see each other
	unconfirmed unconfirmed
}

// New returns the service.
func New(c Config) *Service { return &Service{Config: c} }

// Draft is a memory as its writer states it.
type Draft struct {
	Type       string
	Content    string
	Project    string   // name or alias, "" for none
	Confidence *float64 // nil for domain.DefaultConfidence
	Source     string
	Status     string // "" for active, or candidate when the principal is not trusted
	By         string // who stores it
	AsIs       bool   // stored as stated: neither a repeat nor a contradiction is looked for
	// Contradicts is the id of a memory that the writer says is wrong. The draft is
	// then stored as a candidate beside it, whatever its Status; "" for none.
	Contradicts string
}

// Patch is a change to a memory. Fields that are nil stay as they are.
type Patch struct {
	Type       *string
	Content    *string
	Project    *string // name or alias; "" takes the memory out of its project
	Confidence *float64
	Source     *string
	Status     *string // a step of the lifecycle
	By         string  // who changes it
	Reason     string  // why
}

// untrusted tells whether what the caller says has to be confirmed by a person.
func untrusted(ctx context.Context) bool {
	p, known := domain.PrincipalOf(ctx)
	return known && !p.Trusted
}

// Remember stores a new memory. What a principal that is not trusted says is a
// candidate; active is KindRefused. What says nothing that another memory of its type
// and project does not is not stored: that one is reinforced and returned, with a
// Last.Kind of domain.ChangeReinforced. What probably contradicts one is stored as a
// candidate that names it. Draft.AsIs stores without looking. An unknown project is KindNotFound and
// nothing is stored. So is an embedding provider that cannot be reached
// (KindUnavailable): a memory without its vector would be half findable, and
// nobody would be told.
func (s *Service) Remember(ctx context.Context, d Draft) (domain.Memory, error) {
	m, vector, err := s.drafted(ctx, d)
	if err != nil {
		return domain.Memory{}, err
	}
	if d.Contradicts != "" {
		if _, err := s.Memories.Get(ctx, d.Contradicts); err != nil {
			return domain.Memory{}, err
		}
		m.Status, m.Contradicts = domain.MemoryCandidate, d.Contradicts
	}
	if !d.AsIs && s.Near != nil {
		s.storing.Lock()
		defer s.storing.Unlock()
		repeated, contradicted, err := s.alike(ctx, m, vector)
		switch {
		case err != nil:
			return domain.Memory{}, err
		case repeated != "" && repeated != d.Contradicts:
			again, err := s.Reinforce(ctx, repeated, cmp.Or(strings.TrimSpace(m.Source), d.By, unnamed), domain.Act{By: d.By})
			if kind := domain.KindOf(err); err == nil || kind != domain.KindNotFound && kind != domain.KindConflict {
				return again, err
			} // it was taken away just now: this one is news
		case contradicted != "" && m.Contradicts == "":
			m.Status, m.Contradicts = domain.MemoryCandidate, contradicted
		}
	}
	return s.create(ctx, m, vector)
}

// drafted returns the memory that the draft makes, and its vector.
func (s *Service) drafted(ctx context.Context, d Draft) (domain.Memory, []float32, error) {
	m := domain.Memory{
		Type:       domain.MemoryType(d.Type),
		Content:    d.Content,
		Confidence: domain.DefaultConfidence,
		Source:     d.Source,
		Status:     domain.MemoryActive,
		Revision:   1,
		Last:       domain.Act{By: d.By},
	}
	doubted := untrusted(ctx)
	switch {
	case d.Status != "":
		m.Status = domain.MemoryStatus(d.Status)
	case doubted:
		m.Status = domain.MemoryCandidate
	}
	if doubted && m.Status == domain.MemoryActive {
		return domain.Memory{}, nil, domain.Refused("what this key says has to be confirmed by a person before it is active").
			WithField("status").WithHint("leave status out: it then waits for review")
	}
	if m.Status.Retired() {
		return domain.Memory{}, nil, domain.Invalid("a new memory cannot be %s", m.Status).WithField("status").
			WithHint("active or candidate")
	}
	if err := m.Last.Validate(); err != nil {
		return domain.Memory{}, nil, err
	}
	if d.Confidence != nil {
		m.Confidence = *d.Confidence
	}
	if err := m.Validate(); err != nil {
		return domain.Memory{}, nil, err
	}
	var err error
	if m.Project, err = s.canonical(ctx, d.Project); err != nil {
		return domain.Memory{}, nil, err
	}
	vector, err := s.embed(ctx, m.Content)
	return m, vector, err
}

func (s *Service) create(ctx context.Context, m domain.Memory, vector []float32) (domain.Memory, error) {
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

// List returns a page of memories, newest first: the active ones, unless the filter
// names a status or domain.MemoryAny. A project that is not registered is
// KindNotFound, never an unfiltered list.
func (s *Service) List(ctx context.Context, f domain.MemoryFilter) (domain.MemoryPage, error) {
	f, err := s.complete(ctx, f)
	if err != nil {
		return domain.MemoryPage{}, err
	}
	return s.Memories.List(ctx, f)
}

// ListAt is List over the memories as they stood at the moment: by their status,
// project and type of then.
func (s *Service) ListAt(ctx context.Context, at time.Time, f domain.MemoryFilter) (domain.MemoryPage, error) {
	f, err := s.complete(ctx, f)
	if err != nil {
		return domain.MemoryPage{}, err
	}
	return s.Archive.ListAt(ctx, at, f)
}

func (s *Service) complete(ctx context.Context, f domain.MemoryFilter) (domain.MemoryFilter, error) {
	if f.Limit < 0 || f.Limit > domain.MaxPageSize {
		return f, domain.Invalid("limit %d is out of range", f.Limit).WithField("limit").
			WithHint("give a number from 1 to %d", domain.MaxPageSize)
	}
	if f.Limit == 0 {
		f.Limit = domain.DefaultPageSize
	}
	if f.Type != "" {
		if _, err := domain.ParseMemoryType(string(f.Type)); err != nil {
			return f, err
		}
	}
	switch f.Status {
	case "":
		f.Status = domain.MemoryActive
	case domain.MemoryAny:
		f.Status = ""
	default:
		if _, err := domain.ParseMemoryStatus(string(f.Status)); err != nil {
			return f, err
		}
	}
	if f.Project != nil {
		name, err := s.canonical(ctx, *f.Project)
		if err != nil {
			return f, err
		}
		f.Project = &name
	}
	return f, nil
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
	if err := errors.Join(p.apply(before).Validate(), p.act().Validate()); err != nil {
		return domain.Memory{}, err
	}
	var vector []float32
	if embedded {
		var err error
		if vector, err = s.embed(ctx, *p.Content); err != nil {
			return domain.Memory{}, err
		}
	}
	after, err := s.Memories.Update(ctx, before.ID, func(m *domain.Memory) ([]float32, error) {
		next := p.apply(*m)
		switch {
		case next == *m:
			return nil, errUnchanged
		case next.Content != m.Content && !embedded:
			return nil, errUnseen
		}
		contentChanged, act := next.Content != m.Content, p.act()
		if next.Status != m.Status {
			var err error
			if act.Kind, err = domain.Transition(m.Status, next.Status); err != nil {
				return nil, err
			}
			if act.Kind == domain.ChangeRestored {
				next.SupersededBy = ""
			}
		}
		s.touch(&next, act)
		if contentChanged || act.Kind == domain.ChangePromoted || act.Kind == domain.ChangeRestored {
			next.AffirmedAt = next.UpdatedAt
		}
		*m = next
		if contentChanged {
			return vector, nil
		}
		return nil, nil
	})
	if errors.Is(err, errUnchanged) {
		return s.Memories.Get(ctx, before.ID)
	}
	return after, err
}

func (p Patch) act() domain.Act { return domain.Act{By: p.By, Reason: p.Reason} }

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
