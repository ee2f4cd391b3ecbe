package query

import (
	"context"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

const (
	// textCandidates and vectorCandidates bound what an index proposes: enough that
	// the weights and the neighbourhood can still lift what stands at the end, few
	// enough to load.
	textCandidates   = 200
	vectorCandidates = 100
	// vectorPatience bounds how long an answer waits for the vector half, which may
	// lie across a network.
	vectorPatience = 5 * time.Second
)

type proposals struct {
	text, vector []domain.Candidate
	cosines      []float64 // of text, where the vector index tells them by themselves; else nil
	degraded     string    // why there is nothing of vectors though it was asked for
}

// outdone tells whether full text has found more than anybody may ask for that
// outdoes the best that vectors alone could bring: they then have nothing to
// propose, and only the cosines of what was found are wanted.
func (s *Service) outdone(text []domain.Candidate, unknown float64) bool {
	return len(text) >= domain.MaxTopK && unit(text[domain.MaxTopK-1].Score) >= s.cosines.most(unknown)
}

// proposeNear asks the vector half for the cosines of what full text proposed and,
// if the whole is wanted, for what it would propose itself. Text is the truth and vectors are derived from
// it: whatever befalls the vector half only takes its part out of the answer.
func (s *Service) proposeNear(ctx context.Context, p *proposals, prompt string, scope domain.Scope, whole bool) error {
	if s.local() {
		found, err := s.near(ctx, prompt, scope, p.text, whole)
		if ctx.Err() != nil {
			return fmt.Errorf("query: %w", ctx.Err())
		}
		if p.vector, p.cosines = found.proposed, found.cosines; err != nil {
			p.degraded = err.Error()
		}
		return nil
	}
	near, cancel := context.WithTimeoutCause(ctx, vectorPatience, fmt.Errorf("no answer within %v", vectorPatience))
	defer cancel()
	type half struct {
		found nearness
		err   error
	}
	vector := make(chan half, 1)
	text := p.text
	go func() {
		found, err := s.near(near, prompt, scope, text, whole)
		vector <- half{found, err}
	}()
	var v half
	select {
	case v = <-vector:
	case <-near.Done(): // whether or not the other side heeds it
		v.err = context.Cause(near)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("query: %w", err)
	}
	p.vector, p.cosines = v.found.proposed, v.found.cosines
	if v.err != nil {
		p.degraded = v.err.Error()
	}
	return nil
}

// local tells whether both the embedder and the vector index are of this process, so
// that there is nothing to wait for.
func (s *Service) local() bool {
	_, can := s.Vectors.(ports.Nearness)
	return can && s.cosines.local
}

// nearness is what the vector index tells: what it proposes, and the cosines of what
// full text proposed, nil where it cannot tell them by themselves.
type nearness struct {
	proposed []domain.Candidate
	cosines  []float64
}

// near asks the embedder and then the vector index.
func (s *Service) near(ctx context.Context, prompt string, scope domain.Scope, text []domain.Candidate, whole bool) (nearness, error) {
	if s.Vectors == nil {
		return nearness{}, nil
	}
	vectors, err := s.Embedder.Embed(ctx, []string{prompt})
	if err != nil {
		return nearness{}, fmt.Errorf("embed the prompt: %w", reason(ctx, err))
	}
	if len(vectors) != 1 || isZero(vectors[0]) {
		return nearness{}, nil
	}
	single, can := s.Vectors.(ports.Nearness)
	var found nearness
	if whole || !can {
		found.proposed, err = s.Vectors.Search(ctx, vectors[0], scope, vectorCandidates)
	}
	if err == nil && can {
		found.cosines, err = single.Cosines(ctx, vectors[0], text)
	}
	if err != nil {
		return nearness{}, fmt.Errorf("search the vector index: %w", reason(ctx, err))
	}
	return found, nil
}

// reason returns why ctx ended, when it did, and otherwise err.
func reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func isZero(vector []float32) bool {
	for _, x := range vector {
		if x != 0 {
			return false
		}
	}
	return true
}
