package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/atocore/atocore/domain"
)

// RebuildOptions say how to rebuild.
type RebuildOptions struct {
	Fresh  bool // begin anew even if an earlier rebuild was interrupted
	Prune  bool // remove the indexes of other models afterwards
	Report func(domain.IndexProgress)
}

// Rebuild fills a new index of the configured model from the text, while the
// present one answers, and puts it to use when it is whole. One that was
// interrupted is gone on with. It excludes refresh and cold copies.
func (s *Service) Rebuild(ctx context.Context, o RebuildOptions) (result domain.IndexResult, err error) {
	if s.Inline != nil {
		return s.inlineRebuild(ctx, o.Report)
	}
	release, err := s.Gate.Ingestion(ctx)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := s.Storage.Alive(ctx); err != nil {
		return result, err
	}
	_, building, _, err := s.ours(ctx)
	if err != nil {
		return result, err
	}
	if building != nil && o.Fresh {
		if err := s.remove(ctx, *building); err != nil {
			return result, err
		}
		building = nil
	}
	if building == nil {
		g, err := s.Ledger.Begin(ctx, s.Embedder.Model())
		if err != nil {
			return result, fmt.Errorf("begin vector index: %w", err)
		}
		building = &g
	}
	result.Generation = *building
	if err := s.Storage.Make(ctx, building.Name, building.Model); err != nil {
		return result, err
	}
	if err := s.drain(ctx, building, &result, o.Report); err != nil {
		return result, err
	}
	result.Generation.Ready = true
	_, _, others, err := s.ours(ctx)
	if err != nil {
		return result, err
	}
	if !o.Prune {
		result.Former = others
		return result, nil
	}
	for _, g := range others {
		if err := s.remove(ctx, g); err != nil {
			return result, err
		}
	}
	return result, nil
}

// remove forgets an index after its records are gone: the other way round they
// would be nobody's.
func (s *Service) remove(ctx context.Context, g domain.Generation) error {
	if err := s.Storage.Drop(ctx, g.Name); err != nil {
		return err
	}
	if err := s.Ledger.Forget(ctx, g.Name); err != nil {
		return fmt.Errorf("forget vector index %s: %w", g.Name, err)
	}
	return nil
}

// page is how many passages are read at a time to be compared.
const page = 1000

// Verify compares the index in use with the text, record by record. What is
// queued is known to be behind and no fault.
func (s *Service) Verify(ctx context.Context) (domain.IndexCheck, error) {
	if s.Inline != nil {
		return s.inlineVerify(ctx)
	}
	ready, _, _, err := s.ours(ctx)
	if err != nil {
		return domain.IndexCheck{}, err
	}
	if ready == nil {
		return domain.IndexCheck{}, s.unready(ctx)
	}
	check := domain.IndexCheck{Generation: *ready}
	// The index first: what is written after that is in the queue or was carried
	// over by somebody else, and is looked at again below.
	stored, err := s.Storage.Open(ready.Name, ready.Model).Digests(ctx)
	if err != nil && !isLost(err) {
		return check, err
	}
	check.Records = len(stored)
	left := maps.Clone(stored)
	for after := ""; ; {
		some, err := s.Text.Passages(ctx, after, page)
		if err != nil {
			return check, fmt.Errorf("read passages: %w", err)
		}
		for _, p := range some {
			check.Passages++
			digest, there := stored[p.ID]
			switch {
			case !there:
				check.Missing = append(check.Missing, p.ID)
			case digest != p.Digest():
				check.Stale = append(check.Stale, p.ID)
			}
			delete(left, p.ID)
			after = p.ID
		}
		if len(some) < page {
			break
		}
	}
	check.Orphaned = slices.Sorted(maps.Keys(left))
	return check, s.forgive(ctx, &check)
}

// forgive takes out of the faults what the queue knows of.
func (s *Service) forgive(ctx context.Context, check *domain.IndexCheck) error {
	n, err := s.Queue.Waiting(ctx, check.Generation.Name)
	if err != nil {
		return fmt.Errorf("count what waits: %w", err)
	}
	check.Waiting = n
	if n == 0 || check.Sound() {
		return nil
	}
	tasks, err := s.Queue.Pending(ctx, check.Generation.Name, n+page)
	if err != nil {
		return fmt.Errorf("read the queue: %w", err)
	}
	waits := make(map[string]bool, len(tasks))
	for _, t := range tasks {
		waits[t.ID] = true
	}
	queued := func(id string) bool { return waits[id] }
	check.Missing = slices.DeleteFunc(check.Missing, queued)
	check.Orphaned = slices.DeleteFunc(check.Orphaned, queued)
	check.Stale = slices.DeleteFunc(check.Stale, queued)
	return nil
}

// Repair queues what Verify found, and carries it over.
func (s *Service) Repair(ctx context.Context, check domain.IndexCheck, report func(domain.IndexProgress)) (domain.IndexResult, error) {
	if s.Inline != nil {
		return s.inlineRebuild(ctx, report)
	}
	ids := slices.Concat(check.Missing, check.Orphaned, check.Stale)
	if err := s.Queue.Requeue(ctx, check.Generation.Name, ids); err != nil {
		return domain.IndexResult{}, fmt.Errorf("queue what is wrong: %w", err)
	}
	return s.Drain(ctx, report)
}
