package index

import (
	"context"
	"errors"

	"github.com/atocore/atocore/domain"
)

// inlineStatus describes an index that is kept with the text.
func (s *Service) inlineStatus(ctx context.Context) (domain.IndexStatus, error) {
	out := domain.IndexStatus{Driver: s.Driver, Model: s.Embedder.Model()}
	state, err := s.Inline.InlineIndex(ctx)
	if err != nil {
		return out, err
	}
	out.Passages = state.Passages
	if state.Model.Dimension != 0 {
		g := domain.Generation{Name: state.Name, Model: state.Model, Ready: true}
		waiting := 0
		if g.Model == out.Model {
			waiting = len(state.Missing)
		}
		out.Generations = append(out.Generations, domain.GenerationStatus{
			Generation: g, InUse: g.Model == out.Model, Waiting: waiting,
		})
	}
	if state.Model != out.Model {
		out.Problem = domain.Unavailable("the vectors are those of the embedding model %s, not of %s",
			state.Model.Name, out.Model.Name).
			WithHint("make new ones beside them with: atocore index rebuild, or configure the former model again").Error()
	}
	return out, nil
}

func (s *Service) inlineVerify(ctx context.Context) (domain.IndexCheck, error) {
	state, err := s.Inline.InlineIndex(ctx)
	if err != nil {
		return domain.IndexCheck{}, err
	}
	if state.Model != s.Embedder.Model() {
		return domain.IndexCheck{}, domain.Unavailable("there are no vectors of the embedding model %s",
			s.Embedder.Model().Name).WithHint("make them with: atocore index rebuild")
	}
	return domain.IndexCheck{
		Generation: domain.Generation{Name: state.Name, Model: state.Model, Ready: true},
		Passages:   state.Passages, Records: state.Records, Missing: state.Missing, Orphaned: state.Orphaned,
	}, nil
}

func (s *Service) inlineRebuild(ctx context.Context, report func(domain.IndexProgress)) (result domain.IndexResult, err error) {
	release, err := s.Gate.Ingestion(ctx)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, release()) }()
	err = s.Inline.RebuildVectors(ctx, s.Embedder.Embed, func(done, total int) {
		result.Stored = done
		if report != nil {
			report(domain.IndexProgress{Done: done, Total: total})
		}
	})
	if err != nil {
		return result, err
	}
	state, err := s.Inline.InlineIndex(ctx)
	result.Generation = domain.Generation{Name: state.Name, Model: state.Model, Ready: true}
	return result, err
}
