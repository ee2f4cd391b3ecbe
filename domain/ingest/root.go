package ingest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// removeBatch is how many documents are removed between two looks at the context.
const removeBatch = 64

// rootRun is one refresh of one root.
type rootRun struct {
	*Service
	project string
	root    domain.IngestRoot
	report  func(domain.RefreshProgress)

	// known is, while the walk goes on, what is stored and was not met yet.
	known map[string]domain.FileState
	// kept are the paths that could not be looked at: what is stored of them, or of
	// anything below, stays.
	kept []string
	met  int // files and skipped paths

	mu     sync.Mutex
	result domain.RootResult
	files  int
	gone   map[string]domain.FileState // stored, and no longer fit to be
}

// rootGone is why a root cannot be read.
type rootGone struct{ err error }

func (r *rootGone) Error() string { return r.err.Error() }

func (s *Service) refreshRoot(ctx context.Context, project string, root domain.IngestRoot, report func(domain.RefreshProgress)) (domain.RootResult, error) {
	r := &rootRun{
		Service: s, project: project, root: root, report: report,
		result: domain.RootResult{Root: root, Status: domain.RootIngested, Skipped: map[domain.SkipReason]int{}},
		gone:   map[string]domain.FileState{},
	}
	var err error
	if r.known, err = s.Documents.Files(ctx, project, root.Label); err != nil {
		return r.result, err
	}
	stored := len(r.known)
	err = r.ingest(ctx)
	r.finishSkipped()
	var gone *rootGone
	switch {
	case errors.As(err, &gone):
		r.result.Status, r.result.Reason = domain.RootSkipped, gone.Error()
		return r.result, nil
	case err != nil:
		return r.result, err
	case r.met == 0 && stored > 0:
		// The mount point of a disk that is not there is an empty folder. Taking it
		// at its word would remove everything.
		r.result.Status = domain.RootSkipped
		r.result.Reason = fmt.Sprintf("%s is empty, but %d documents were ingested from it; they are kept "+
			"(mount its disk; if it was emptied on purpose, take the root out of the project or put any file into it)",
			root.Path, stored)
		return r.result, nil
	}
	maps.DeleteFunc(r.known, func(path string, _ domain.FileState) bool { return r.isKept(path) })
	maps.Copy(r.known, r.gone)
	r.result.Removed, err = s.remove(ctx, project, root.Label, r.known)
	return r.result, err
}

// remove removes documents in path order, and returns how many.
func (s *Service) remove(ctx context.Context, project, root string, files map[string]domain.FileState) (int, error) {
	removed := 0
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(files)), removeBatch) {
		keys := make([]domain.DocumentKey, len(batch))
		for i, path := range batch {
			keys[i] = domain.DocumentKey{Project: project, Root: root, Path: path}
		}
		if err := s.Documents.Remove(ctx, keys); err != nil {
			return removed, err
		}
		removed += len(keys)
	}
	return removed, nil
}

// ingest is a pipeline: one walker, several workers that read and embed, and one
// writer, since a store takes one writer at a time anyway. What is under way is
// bounded by the batches that may wait, not by the size of the root.
func (r *rootRun) ingest(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	jobs := make(chan job, 4*r.Workers)
	ready := make(chan []outcome, waitingBatches)
	group.Go(func() error {
		defer close(jobs)
		return r.walk(ctx, jobs)
	})
	group.Go(func() error {
		defer close(ready)
		workers, ctx := errgroup.WithContext(ctx)
		for range r.Workers {
			workers.Go(func() error { return r.work(ctx, jobs, ready) })
		}
		return workers.Wait()
	})
	group.Go(func() error { return r.write(ctx, ready) })
	return group.Wait()
}

// walk hands out the files that may have changed.
func (r *rootRun) walk(ctx context.Context, jobs chan<- job) error {
	var ours error // tells an error of the callbacks from one of the root
	err := r.Source.Walk(ctx, r.root.Path, func(f ports.SourceFile) error {
		r.met++
		before, stored := r.known[f.Path]
		delete(r.known, f.Path)
		if stored && sameStat(before, f.State) {
			r.done(f.Path, func(result *domain.RootResult) { result.Unchanged++ })
			return nil
		}
		select {
		case jobs <- job{path: f.Path, before: before, stored: stored}:
			return nil
		case <-ctx.Done():
			ours = ctx.Err()
			return ours
		}
	}, func(skipped domain.SkippedFile) error {
		r.met++
		if skipped.Reason == domain.SkipUnreadable {
			r.kept = append(r.kept, skipped.Path)
		}
		r.skip(skipped)
		return nil
	})
	return goneIf(err, ours)
}

// goneIf marks an error of the source tree that means that the root is not there.
func goneIf(err, ours error) error {
	if err != nil && ours == nil && domain.KindOf(err) == domain.KindUnavailable {
		return &rootGone{err}
	}
	return err
}

func (r *rootRun) isKept(path string) bool {
	for _, kept := range r.kept {
		if path == kept || strings.HasPrefix(path, kept+"/") {
			return true
		}
	}
	return false
}

// sameStat compares to the microsecond, which is what every store keeps.
func sameStat(a, b domain.FileState) bool {
	return a.Size == b.Size && a.ModTime.Truncate(time.Microsecond).Equal(b.ModTime.Truncate(time.Microsecond))
}

// done counts a file that was dealt with.
func (r *rootRun) done(path string, count func(*domain.RootResult)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	count(&r.result)
	r.files++
	if r.report != nil {
		r.report(domain.RefreshProgress{Root: r.root.Label, Files: r.files, Current: path})
	}
}

// skip counts and lists what was passed over. The list is cut now and then, so
// that it stays bounded and yet ends as the first in path order.
func (r *rootRun) skip(skipped domain.SkippedFile) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Skipped[skipped.Reason]++
	r.result.Files = append(r.result.Files, skipped)
	if len(r.result.Files) >= 2*domain.MaxSkippedListed {
		r.sortSkipped()
	}
}

func (r *rootRun) finishSkipped() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sortSkipped()
}

func (r *rootRun) sortSkipped() {
	slices.SortFunc(r.result.Files, func(a, b domain.SkippedFile) int { return strings.Compare(a.Path, b.Path) })
	if len(r.result.Files) > domain.MaxSkippedListed {
		r.result.Files = slices.Clone(r.result.Files[:domain.MaxSkippedListed])
	}
}
