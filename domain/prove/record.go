package prove

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

const (
	// sampled is how many memories, and how many chunks, questions are made from. They
	// are few and short because a proof must not cost much more than its restore.
	sampled = 3
	// promptWords and longestPrompt (bytes) bound a question that is made from a
	// passage, of which mostRead bytes are looked at.
	promptWords   = 6
	longestPrompt = 160
	mostRead      = 1000
)

// Capture records how a captured copy answers. It is called while a backup is made,
// with the folder in which that happens.
func (s *Service) Capture(ctx context.Context, backupDir string) (domain.ProbeSet, error) {
	state, err := s.cfg.OpenCaptured(ctx, backupDir)
	if err != nil {
		return domain.ProbeSet{}, fmt.Errorf("record probes: %w", err)
	}
	set, err := s.record(ctx, state, nil)
	if cerr := state.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return domain.ProbeSet{}, fmt.Errorf("record probes: %w", err)
	}
	return set, nil
}

// record makes the record of a state: with the same questions as an earlier one, or
// with its own.
func (s *Service) record(ctx context.Context, state ports.State, like *domain.ProbeSet) (domain.ProbeSet, error) {
	set := domain.ProbeSet{RecordedAt: s.cfg.Clock.Now(), AppVersion: s.cfg.AppVersion, Embedding: s.cfg.Embedding}
	pick := &sample{}
	var err error
	if set.Crossings, err = cross(ctx, state, pick); err != nil {
		return set, err
	}
	asked := set.RecordedAt
	if like == nil {
		if set.Probes, err = s.questions(ctx, state, pick); err != nil {
			return set, err
		}
	} else {
		asked = like.RecordedAt
		for _, p := range like.Probes {
			set.Probes = append(set.Probes, domain.Probe{Origin: p.Origin, Prompt: p.Prompt})
		}
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range set.Probes {
		group.Go(func() error {
			answer, err := s.cfg.Ask(ctx, state, asked, domain.Query{Prompt: p.Prompt, TopK: domain.ProbeTopK})
			if err != nil {
				return fmt.Errorf("ask %q: %w", p.Prompt, err)
			}
			ids := make([]string, 0, len(answer.Results))
			for _, r := range answer.Results {
				ids = append(ids, r.ID)
			}
			set.Probes[i].IDs = ids
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return set, err
	}
	return set, nil
}

// questions makes the probes: the operator's, and one from each sampled passage.
func (s *Service) questions(ctx context.Context, state ports.State, pick *sample) ([]domain.Probe, error) {
	var out []domain.Probe
	for _, prompt := range s.cfg.Prompts {
		out = append(out, domain.Probe{Origin: domain.ProbeOperator, Prompt: prompt})
	}
	for _, from := range []struct {
		origin domain.ProbeOrigin
		ids    []string
	}{
		{domain.ProbeMemory, pick.memories.chosen()},
		{domain.ProbeChunk, pick.chunks.chosen()},
	} {
		passages, err := state.Passages.Passages(ctx, from.ids)
		if err != nil {
			return nil, fmt.Errorf("read sampled passages: %w", err)
		}
		for _, id := range from.ids {
			if prompt := promptOf(passages[id].Content); prompt != "" {
				out = append(out, domain.Probe{Origin: from.origin, Prompt: prompt})
			}
		}
	}
	return out, nil
}

// promptOf makes a question of a passage: the first words of it that say anything.
func promptOf(content string) string {
	words := domain.Tokens(strings.ToValidUTF8(content[:min(len(content), mostRead)], " "))
	for len(words) > promptWords || len(strings.Join(words, " ")) > longestPrompt {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// sample chooses passages by what chance there is in the hash of their ids: the same
// for the same state, spread over it, in one pass.
type sample struct{ memories, chunks lowest }

func (s *sample) offer(p domain.Passage) {
	switch p.Kind {
	case domain.PassageMemory:
		s.memories.offer(p.ID)
	case domain.PassageChunk:
		s.chunks.offer(p.ID)
	}
}

// lowest keeps the ids whose hashes are the lowest.
type lowest struct{ kept []hashed }

type hashed struct {
	sum [sha256.Size]byte
	id  string
}

func (l *lowest) offer(id string) {
	h := hashed{sha256.Sum256([]byte(id)), id}
	at, _ := slices.BinarySearchFunc(l.kept, h, func(a, b hashed) int {
		return cmp.Or(slices.Compare(a.sum[:], b.sum[:]), strings.Compare(a.id, b.id))
	})
	if at == sampled {
		return
	}
	l.kept = slices.Insert(l.kept, at, h)
	l.kept = l.kept[:min(len(l.kept), sampled)]
}

func (l *lowest) chosen() []string {
	out := make([]string, len(l.kept))
	for i, h := range l.kept {
		out[i] = h.id
	}
	return out
}

// Observe makes the record of an open state: with the questions of like, or with
// its own when that is nil.
func (s *Service) Observe(ctx context.Context, state ports.State, like *domain.ProbeSet) (domain.ProbeSet, error) {
	return s.record(ctx, state, like)
}
