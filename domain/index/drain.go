package index

import (
	"context"
	"errors"
	"fmt"

	"github.com/atocore/atocore/domain"
)

// batch is how many passages are carried over at a time: what is repeated when
// the process dies in the middle, and how long another one waits for its turn.
const batch = 256

// Drain carries what is queued over to the indexes of the configured model, until
// nothing is left. An index that was being built and has everything is put to use.
// An error of the storage or the embedder leaves the rest in the queue.
func (s *Service) Drain(ctx context.Context, report func(domain.IndexProgress)) (domain.IndexResult, error) {
	if s.Inline != nil {
		return domain.IndexResult{}, nil
	}
	ready, building, others, err := s.ours(ctx)
	if err != nil {
		return domain.IndexResult{}, err
	}
	result := domain.IndexResult{Former: others}
	for _, g := range []*domain.Generation{ready, building} {
		if g == nil {
			continue
		}
		result.Generation = *g
		if err := s.drain(ctx, g, &result, report); err != nil {
			return result, err
		}
	}
	if building != nil {
		result.Generation.Ready = true
	}
	return result, nil
}

func (s *Service) drain(ctx context.Context, g *domain.Generation, result *domain.IndexResult, report func(domain.IndexProgress)) error {
	done := 0
	for {
		n, err := s.step(ctx, *g, result)
		if err != nil {
			return err
		}
		done += n
		if report != nil {
			waiting, err := s.Queue.Waiting(ctx, g.Name)
			if err != nil {
				return fmt.Errorf("count what waits for %s: %w", g.Name, err)
			}
			report(domain.IndexProgress{Done: done, Total: done + waiting})
		}
		if n > 0 {
			continue
		}
		if g.Ready {
			return nil
		}
		err = s.promote(ctx, *g)
		if domain.KindOf(err) == domain.KindConflict {
			continue // something was queued meanwhile
		}
		return err
	}
}

// step carries over one batch and returns how many tasks it had.
func (s *Service) step(ctx context.Context, g domain.Generation, result *domain.IndexResult) (n int, err error) {
	// Looked at without the lock first: mostly there is nothing to do.
	tasks, err := s.Queue.Pending(ctx, g.Name, 1)
	if err != nil || len(tasks) == 0 {
		return 0, wrap("read the queue of the vector index", err)
	}
	release, err := s.Indexing.Indexing(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if tasks, err = s.Queue.Pending(ctx, g.Name, batch); err != nil || len(tasks) == 0 {
		return 0, wrap("read the queue of the vector index", err)
	}
	if err := s.embed(ctx, tasks); err != nil {
		return 0, err
	}
	var records []domain.VectorRecord
	var gone []string
	for _, t := range tasks {
		if t.Gone {
			gone = append(gone, t.ID)
		} else {
			records = append(records, t.Record())
		}
	}
	if err := s.write(ctx, g, records, gone); err != nil {
		return 0, err
	}
	if err := s.Queue.Settle(ctx, g.Name, tasks); err != nil {
		return 0, fmt.Errorf("settle the queue of the vector index: %w", err)
	}
	result.Stored += len(records)
	result.Removed += len(gone)
	return len(tasks), nil
}

func (s *Service) write(ctx context.Context, g domain.Generation, records []domain.VectorRecord, gone []string) error {
	x := s.Storage.Open(g.Name, g.Model)
	write := func() error {
		if len(records) > 0 {
			if err := x.Upsert(ctx, records); err != nil {
				return err
			}
		}
		if len(gone) > 0 {
			return x.Delete(ctx, gone)
		}
		return nil
	}
	err := write()
	if !isLost(err) {
		return err
	}
	// With it went everything that was in it. That is queued again first, so that
	// whoever dies in between does not leave one that looks whole.
	if err := s.refill(ctx, g); err != nil {
		return err
	}
	if err := s.Storage.Drop(ctx, g.Name); err != nil {
		return err
	}
	if err := s.Storage.Make(ctx, g.Name, g.Model); err != nil {
		return err
	}
	return write()
}

// refill queues every passage for an index that the storage lost: its folder was
// replaced, say, or a crash damaged its files.
func (s *Service) refill(ctx context.Context, g domain.Generation) error {
	waiting, err := s.Queue.Waiting(ctx, g.Name)
	if err != nil {
		return fmt.Errorf("count what waits for %s: %w", g.Name, err)
	}
	all, err := s.Text.Count(ctx)
	if err != nil {
		return fmt.Errorf("count passages: %w", err)
	}
	if !g.Ready && waiting >= all {
		return nil // it was never filled
	}
	for after := ""; ; {
		some, err := s.Text.Passages(ctx, after, page)
		if err != nil {
			return fmt.Errorf("read passages: %w", err)
		}
		ids := make([]string, len(some))
		for i, p := range some {
			ids[i], after = p.ID, p.ID
		}
		if err := s.Queue.Requeue(ctx, g.Name, ids); err != nil {
			return fmt.Errorf("queue passages: %w", err)
		}
		if len(some) < page {
			return nil
		}
	}
}

// embed sets the vectors that are not at hand.
func (s *Service) embed(ctx context.Context, tasks []domain.IndexTask) error {
	var texts []string
	var at []int
	for i, t := range tasks {
		if !t.Gone && len(t.Vector) != s.Embedder.Model().Dimension {
			texts, at = append(texts, t.Text), append(at, i)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	vectors, err := s.Embedder.Embed(ctx, texts)
	if err != nil {
		return fmt.Errorf("embed what is to be indexed: %w", err)
	}
	if len(vectors) != len(texts) {
		return fmt.Errorf("embed what is to be indexed: got %d vectors for %d texts", len(vectors), len(texts))
	}
	for i, v := range vectors {
		tasks[at[i]].Vector = v
	}
	return nil
}

// promote puts a whole index to use and removes those that it replaces.
func (s *Service) promote(ctx context.Context, g domain.Generation) (err error) {
	release, err := s.Indexing.Indexing(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	// An index of no passages at all was not made by a write.
	if err := s.Storage.Make(ctx, g.Name, g.Model); err != nil {
		return err
	}
	replaced, err := s.Ledger.Promote(ctx, g.Name)
	if err != nil {
		return err
	}
	for _, old := range replaced {
		if err := s.Storage.Drop(ctx, old.Name); err != nil {
			return fmt.Errorf("the new vector index is in use, the former one is left over: %w", err)
		}
	}
	return nil
}

func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", op, err)
}
