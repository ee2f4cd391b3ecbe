// Package state is the use case of project state: keyed facts that a person set,
// the tier that is trusted over memories and documents, with their history.
package state

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
	Facts    ports.FactStore
	Registry ports.ProjectRegistry
	Clock    ports.Clock
}

// Service keeps project state. It is safe for concurrent use.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

var errUnchanged = errors.New("nothing changes")

// Set makes value hold for the key, and returns the fact. Setting what holds already
// makes no entry.
func (s *Service) Set(ctx context.Context, project, key, value string, act domain.Act) (domain.Fact, error) {
	f := domain.Fact{Key: key, Value: value, By: act.By, Reason: act.Reason}
	return s.put(ctx, project, f, func(now *domain.Fact) error {
		if now != nil && now.Value == value {
			return errUnchanged
		}
		return nil
	})
}

// Remove ends a fact; its history stays. A key under which nothing holds is
// KindNotFound.
func (s *Service) Remove(ctx context.Context, project, key string, act domain.Act) error {
	f := domain.Fact{Key: key, Removed: true, By: act.By, Reason: act.Reason}
	_, err := s.put(ctx, project, f, func(now *domain.Fact) error {
		if now == nil {
			return missing(project, key)
		}
		return nil
	})
	return err
}

func missing(project, key string) error {
	return domain.NotFound("nothing is set for %q in project %q", key, project).WithField("key").
		WithHint("list what is set with: atocore state list PROJECT")
}

func (s *Service) put(ctx context.Context, project string, f domain.Fact, accept func(*domain.Fact) error) (domain.Fact, error) {
	if err := f.Validate(); err != nil {
		return domain.Fact{}, err
	}
	var err error
	if f.Project, err = s.canonical(ctx, project); err != nil {
		return domain.Fact{}, err
	}
	var same domain.Fact
	f.At = s.Clock.Now()
	err = s.Facts.Put(ctx, f, func(now *domain.Fact) error {
		if now != nil {
			same = *now
		}
		return accept(now)
	})
	switch {
	case errors.Is(err, errUnchanged):
		return same, nil
	case err != nil:
		return domain.Fact{}, err
	}
	return f, nil
}

// List returns the project's facts in order of key, as they held at the moment; the
// zero time is now.
func (s *Service) List(ctx context.Context, project string, at time.Time) ([]domain.Fact, error) {
	name, err := s.canonical(ctx, project)
	if err != nil {
		return nil, err
	}
	if at.IsZero() {
		at = s.Clock.Now().AddDate(100, 0, 0) // a clock that was set back hides nothing
	}
	return s.Facts.Facts(ctx, name, at)
}

// History returns every entry of the key, oldest first; KindNotFound when there
// never was one.
func (s *Service) History(ctx context.Context, project, key string) ([]domain.Fact, error) {
	if err := domain.CheckFactKey(key); err != nil {
		return nil, err
	}
	name, err := s.canonical(ctx, project)
	if err != nil {
		return nil, err
	}
	history, err := s.Facts.FactHistory(ctx, name, key)
	if err == nil && len(history) == 0 {
		err = missing(project, key)
	}
	return history, err
}

func (s *Service) canonical(ctx context.Context, name string) (string, error) {
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return "", fmt.Errorf("look up project: %w", err)
	}
	p, err := domain.FindProject(projects, name)
	return p.Name, err
}
