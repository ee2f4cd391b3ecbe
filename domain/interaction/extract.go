package interaction

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
)

// capturer is who the history names for what was captured.
const capturer = "capture"

// maxAttempts is how often a model may answer in another form than asked for before
// its reading is given up. Being out of reach counts for nothing.
const maxAttempts = 3

// Extract looks for memories in an interaction and stores them as candidates, first
// what the rules find and then, where there is a chat model, what that reads. What a
// memory says already is not stored and reinforces nothing. An interaction that was
// extracted from is returned as it is. KindRefused while the gate of automation is
// closed or capture is off.
func (s *Service) Extract(ctx context.Context, id string) (domain.Interaction, error) {
	if err := s.allowed(ctx); err != nil {
		return domain.Interaction{}, err
	}
	i, err := s.Get(ctx, id)
	if err != nil || i.Extraction.State == domain.ExtractionDone {
		return i, err
	}
	recalled, err := s.recalled(ctx, i)
	if err != nil {
		return i, err
	}
	found := Find(i.Prompt, i.Answer)
	e := domain.Extraction{State: domain.ExtractionDone, Attempts: i.Extraction.Attempts, Candidates: i.Extraction.Candidates}
	if err := s.propose(ctx, i, found, recalled, &e); err != nil {
		return i, err
	}
	var failed error
	if s.Chat != nil {
		read, err := s.read(ctx, i)
		switch {
		case err == nil:
			err := s.propose(ctx, i, unheard(read, found), recalled, &e)
			if err != nil {
				return i, err
			}
		case ctx.Err() != nil:
			return i, context.Cause(ctx) // pending as before
		default:
			failed = err
			e.State, e.Problem = domain.ExtractionPending, shorten(err.Error())
			if domain.KindOf(err) == domain.KindCorrupt {
				if e.Attempts++; e.Attempts >= maxAttempts {
					e.State, failed = domain.ExtractionFailed, nil
				}
			}
		}
	}
	e.At = s.Clock.Now()
	i, err = s.Interactions.Amend(ctx, id, func(i *domain.Interaction) error {
		i.Extraction = e
		return nil
	})
	if err == nil {
		err = failed
	}
	return i, err
}

func (s *Service) allowed(ctx context.Context) error {
	if !s.Capture {
		return domain.Refused("automation.capture is off: nothing is extracted from interactions").
			WithField("automation.capture").WithHint("set it to on; it needs a drill that passed")
	}
	if s.Allowed == nil {
		return nil
	}
	return s.Allowed(ctx)
}

// recalled returns the words of what the answer was made with, as " a b c ": what is
// in there was known before.
func (s *Service) recalled(ctx context.Context, i domain.Interaction) ([]string, error) {
	var ids []string
	for _, u := range i.Used {
		if u.Kind != domain.ItemState {
			ids = append(ids, u.ID)
		}
	}
	if len(ids) == 0 || s.Passages == nil {
		return nil, nil
	}
	passages, err := s.Passages.Passages(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read what was used: %w", err)
	}
	var out []string
	for _, p := range passages {
		if p.Project == "" || p.Project == i.Project {
			out = append(out, spaced(p.Content))
		}
	}
	return out, nil
}

func spaced(text string) string { return " " + strings.Join(domain.Words(text), " ") + " " }

// unheard returns what the first findings do not say already.
func unheard(found, before []Finding) []Finding {
	return slices.DeleteFunc(found, func(f Finding) bool {
		return slices.ContainsFunc(before, func(b Finding) bool { return domain.Liken(b.Content, f.Content) == domain.Repeats })
	})
}

// propose stores findings as candidates and counts them in e.
func (s *Service) propose(ctx context.Context, i domain.Interaction, found []Finding, recalled []string, e *domain.Extraction) error {
	source := "interaction " + i.ID
	for _, f := range found {
		if slices.ContainsFunc(recalled, func(text string) bool { return strings.Contains(text, spaced(f.Content)) }) {
			e.Known++
			continue
		}
		m, stored, err := s.Memories.Propose(ctx, memory.Draft{
			Type: string(f.Type), Content: f.Content, Project: i.Project, Confidence: &f.Confidence, Source: source, By: capturer,
		})
		switch {
		case err != nil:
			return fmt.Errorf("store what was found: %w", err)
		case slices.Contains(e.Candidates, m.ID): // of an attempt before
		case stored || m.Source == source && m.Status == domain.MemoryCandidate: // or one that was cut short
			e.Candidates = append(e.Candidates, m.ID)
		default:
			e.Known++
		}
	}
	return nil
}

// The pauses of Work.
const (
	lookAgain    = time.Minute // for what other processes recorded, and for the gate
	firstPause   = 30 * time.Second
	longestPause = time.Hour
)

// Work extracts from what waits for it until ctx ends: at once from what this
// process records. done is told how each one ended; a gate that is closed it is told
// once. While the model cannot be reached the pauses grow up to an hour.
func (s *Service) Work(ctx context.Context, done func(domain.Interaction, error)) {
	if !s.Capture {
		return
	}
	pause, closed := firstPause, false
	for {
		wait, err := lookAgain, s.allowed(ctx)
		if err == nil {
			closed, err = false, s.drain(ctx, done)
			if err != nil {
				wait, pause = pause, min(2*pause, longestPause)
			} else {
				pause = firstPause
			}
		} else if !closed && ctx.Err() == nil {
			closed = true
			done(domain.Interaction{}, err)
		}
		wake := s.recorded
		if err != nil {
			wake = nil // what is recorded meanwhile waits, too
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-wake:
			timer.Stop()
		}
	}
}

// drain extracts from all that is pending, a page at a time, and returns what failed.
// What concerns more than one interaction ends it at once.
func (s *Service) drain(ctx context.Context, done func(domain.Interaction, error)) error {
	for ctx.Err() == nil {
		page, err := s.Interactions.Interactions(ctx, domain.InteractionFilter{Extraction: domain.ExtractionPending, Limit: 20})
		if err != nil {
			return err
		}
		if len(page.Interactions) == 0 {
			return nil
		}
		var failed error
		for _, i := range page.Interactions {
			i, err := s.Extract(ctx, i.ID)
			if domain.KindOf(err) == domain.KindNotFound {
				continue // removed meanwhile
			}
			if ctx.Err() == nil {
				done(i, err)
			}
			if err != nil && domain.KindOf(err) != domain.KindCorrupt {
				return err
			}
			failed = errors.Join(failed, err)
		}
		if failed != nil {
			return failed // they are tried again after a pause
		}
	}
	return nil
}

// shorten bounds what is kept of an error.
func shorten(text string) string {
	if len(text) > maxFinding {
		text = strings.ToValidUTF8(text[:maxFinding], "") + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
