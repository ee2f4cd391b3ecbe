package query

import (
	"context"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
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
	degraded     string // why vector is empty though it was asked for
}

// propose asks both indexes at once. Text is the truth and vectors are derived
// from it, so that a fault of the text index is an error, and whatever befalls the
// vector half only takes its part out of the answer.
func (s *Service) propose(ctx context.Context, prompt string, scope domain.Scope) (proposals, error) {
	near, cancel := context.WithTimeoutCause(ctx, vectorPatience, fmt.Errorf("no answer within %v", vectorPatience))
	defer cancel()
	type half struct {
		found []domain.Candidate
		err   error
	}
	vector := make(chan half, 1)
	go func() {
		found, err := s.near(near, prompt, scope)
		vector <- half{found, err}
	}()

	var p proposals
	var err error
	if p.text, err = s.Text.Search(ctx, prompt, scope, textCandidates); err != nil {
		return proposals{}, fmt.Errorf("query: search the text index: %w", err)
	}
	var v half
	select {
	case v = <-vector:
	case <-near.Done(): // whether or not the other side heeds it
		v.err = context.Cause(near)
	}
	if err := ctx.Err(); err != nil {
		return proposals{}, fmt.Errorf("query: %w", err)
	}
	p.vector = v.found
	if v.err != nil {
		p.degraded = v.err.Error()
	}
	return p, nil
}

// near asks the embedder and then the vector index.
func (s *Service) near(ctx context.Context, prompt string, scope domain.Scope) ([]domain.Candidate, error) {
	if s.Vectors == nil {
		return nil, nil
	}
	vectors, err := s.Embedder.Embed(ctx, []string{prompt})
	if err != nil {
		return nil, fmt.Errorf("embed the prompt: %w", reason(ctx, err))
	}
	if len(vectors) != 1 || isZero(vectors[0]) {
		return nil, nil
	}
	found, err := s.Vectors.Search(ctx, vectors[0], scope, vectorCandidates)
	if err != nil {
		return nil, fmt.Errorf("search the vector index: %w", reason(ctx, err))
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
