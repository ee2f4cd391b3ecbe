package prove

import (
	"bytes"
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

// method names how probes are asked. Whatever changes an answer of the same program
// to the same state makes a new name.
const method = "sample-1"

const (
	// asked is how many memories, and how many chunks, questions are made from, and
	// sampled how many of each they are asked of. Both are few, and the questions
	// short, because a proof must not cost much more than its restore: that every
	// byte is the same has been seen by then.
	asked   = 3
	sampled = 250
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
	set := domain.ProbeSet{
		RecordedAt: s.cfg.Clock.Now(), AppVersion: s.cfg.AppVersion, Method: method, Embedding: s.cfg.Embedding,
	}
	pick := &sample{}
	var err error
	if set.Crossings, err = cross(ctx, state, pick); err != nil {
		return set, err
	}
	at := set.RecordedAt
	if like == nil {
		if set.Probes, err = s.questions(ctx, state, pick); err != nil {
			return set, err
		}
	} else {
		at = like.RecordedAt
		for _, p := range like.Probes {
			set.Probes = append(set.Probes, domain.Probe{Origin: p.Origin, Prompt: p.Prompt})
		}
	}
	on, err := state.Search(ctx, part(pick, set.Probes))
	if err != nil {
		return set, fmt.Errorf("make an index to ask: %w", err)
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range set.Probes {
		group.Go(func() error {
			answer, err := s.cfg.Ask(ctx, state, on, at, domain.Query{Prompt: p.Prompt, TopK: domain.ProbeTopK})
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

// part is what the probes are asked of: the sample, and whatever in the whole state
// is near to the operator's own questions, which are about no part of it that could
// be known.
func part(pick *sample, probes []domain.Probe) ports.Part {
	p := ports.Part{IDs: slices.Concat(pick.memories.chosen(), pick.chunks.chosen())}
	for _, q := range probes {
		if q.Origin == domain.ProbeOperator {
			p.Prompts = append(p.Prompts, q.Prompt)
		}
	}
	return p
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
		{domain.ProbeMemory, pick.memories.first(asked)},
		{domain.ProbeChunk, pick.chunks.first(asked)},
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

// offer takes a passage and the SHA-256 of its id.
func (s *sample) offer(p domain.Passage, hash [sha256.Size]byte) {
	switch p.Kind {
	case domain.PassageMemory:
		s.memories.offer(hashed{hash, p.ID})
	case domain.PassageChunk:
		s.chunks.offer(hashed{hash, p.ID})
	}
}

// lowest keeps the ids whose hashes are the lowest, in order of the hash.
type lowest struct{ kept []hashed }

type hashed struct {
	sum [sha256.Size]byte
	id  string
}

func (l *lowest) offer(h hashed) {
	if n := len(l.kept); n == sampled && bytes.Compare(h.sum[:], l.kept[n-1].sum[:]) > 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(l.kept, h, func(a, b hashed) int {
		return cmp.Or(bytes.Compare(a.sum[:], b.sum[:]), strings.Compare(a.id, b.id))
	})
	if at == sampled {
		return
	}
	l.kept = slices.Insert(l.kept, at, h)
	l.kept = l.kept[:min(len(l.kept), sampled)]
}

func (l *lowest) chosen() []string { return l.first(len(l.kept)) }

func (l *lowest) first(n int) []string {
	out := make([]string, min(n, len(l.kept)))
	for i := range out {
		out[i] = l.kept[i].id
	}
	return out
}

// Observe makes the record of an open state: with the questions of like, or with
// its own when that is nil.
func (s *Service) Observe(ctx context.Context, state ports.State, like *domain.ProbeSet) (domain.ProbeSet, error) {
	return s.record(ctx, state, like)
}
