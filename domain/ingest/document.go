package ingest

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

const (
	// batchTexts is how many chunks are embedded in one call, and batchBytes how
	// much text is gathered for one before it is made.
	batchTexts = 64
	batchBytes = 1 << 20
	// waitingBatches is how many of these wait for the writer, which stores all that
	// wait in one transaction: the slower the disk, the more it takes at a time.
	waitingBatches = 16
)

// job is a file that may have changed.
type job struct {
	path   string
	before domain.FileState
	stored bool
}

// outcome is what becomes of a file.
type outcome struct {
	job
	doc    domain.Document // to be stored …
	chunks []domain.Chunk
	same   bool // … or only its state, for the content is the one that is stored
	bytes  int
}

// work prepares files until there are none left. It gathers small ones, so that an
// embedding provider that is far away is asked less often, and waits for none.
func (r *rootRun) work(ctx context.Context, jobs <-chan job, ready chan<- []outcome) error {
	for first := range jobs {
		batch, err := r.gather(ctx, first, jobs)
		if err != nil {
			return err
		}
		if err := r.embed(ctx, batch); err != nil {
			return err
		}
		select {
		case ready <- batch:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

func (r *rootRun) gather(ctx context.Context, next job, jobs <-chan job) ([]outcome, error) {
	var batch []outcome
	for texts, bytes := 0, 0; ; {
		out, fit, err := r.prepare(ctx, next)
		if err != nil {
			return nil, err
		}
		if fit {
			batch = append(batch, out)
			texts, bytes = texts+len(out.chunks), bytes+out.bytes
		}
		if texts >= batchTexts || bytes >= batchBytes {
			return batch, nil
		}
		more := false
		select {
		case next, more = <-jobs:
		default:
		}
		if !more {
			return batch, nil
		}
	}
}

// prepare reads and cuts a file. fit is false when there is nothing to store.
func (r *rootRun) prepare(ctx context.Context, j job) (out outcome, fit bool, err error) {
	now := r.Clock.Now()
	content, state, skipped, err := r.Source.Read(ctx, r.root.Path, j.path, r.MaxFileSize)
	if err != nil {
		return outcome{}, false, goneIf(err, nil)
	}
	if skipped != nil {
		r.skip(*skipped)
		r.done(j.path, func(*domain.RootResult) {
			if j.stored && skipped.Reason != domain.SkipUnreadable {
				r.gone[j.path] = j.before
			}
		})
		return outcome{}, false, nil
	}
	key := domain.DocumentKey{Project: r.project, Root: r.root.Label, Path: j.path}
	out = outcome{job: j, doc: domain.Document{DocumentKey: key, FileState: settled(state, now), IngestedAt: now}, bytes: len(content)}
	if j.stored && j.before.Hash == state.Hash {
		out.same = true
		return out, true, nil
	}
	title, blocks := r.Parser.Parse(j.path, content)
	out.doc.Title = cmp.Or(strings.TrimSpace(title), strings.TrimSuffix(path.Base(j.path), path.Ext(j.path)), path.Base(j.path))
	out.chunks = Chunks(key, content, blocks, r.Chunking)
	return out, true, nil
}

// settled returns the state to remember. A file that was changed just before it
// was read may be changed again within the same tick of its file system's clock,
// with the same size: nothing would tell. It is remembered with a time that no
// file has, and so is read once more by the next refresh.
func settled(state domain.FileState, read time.Time) domain.FileState {
	tick := 50 * time.Millisecond // clocks of kernels tick every 1 to 10 ms
	if state.ModTime.Nanosecond() == 0 {
		tick = 2 * time.Second // a file system that keeps seconds, or every other one
	}
	if state.ModTime.After(read.Add(-tick)) {
		state.ModTime = time.Unix(0, 0).UTC()
	}
	return state
}

// embed sets the vectors of all chunks.
func (r *rootRun) embed(ctx context.Context, batch []outcome) error {
	var chunks []*domain.Chunk
	for i := range batch {
		for n := range batch[i].chunks {
			chunks = append(chunks, &batch[i].chunks[n])
		}
	}
	for len(chunks) > 0 {
		n := min(batchTexts, len(chunks))
		texts := make([]string, n)
		for i, c := range chunks[:n] {
			texts[i] = c.Searchable()
		}
		vectors, err := r.Embedder.Embed(ctx, texts)
		if err != nil {
			return fmt.Errorf("embed: %w", err)
		}
		if len(vectors) != n {
			return fmt.Errorf("embed: got %d vectors for %d texts", len(vectors), n)
		}
		for i, c := range chunks[:n] {
			c.Vector = vectors[i]
		}
		chunks = chunks[n:]
	}
	return nil
}

// write stores what is ready, and with it all that became ready meanwhile.
func (r *rootRun) write(ctx context.Context, ready <-chan []outcome) error {
	for batch := range ready {
		for more := true; more; {
			select {
			case next, open := <-ready:
				batch, more = append(batch, next...), open
			default:
				more = false
			}
		}
		if err := r.store(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// store writes what became of some files.
func (r *rootRun) store(ctx context.Context, batch []outcome) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var docs []domain.ChunkedDocument
	for _, out := range batch {
		if !out.same {
			docs = append(docs, out.doc.With(out.chunks))
		} else if !sameStat(out.before, out.doc.FileState) {
			if err := r.Documents.Touch(ctx, out.doc.DocumentKey, out.doc.FileState); err != nil {
				return err
			}
		}
	}
	if len(docs) > 0 {
		if err := r.Documents.Replace(ctx, docs...); err != nil {
			return err
		}
	}
	for _, out := range batch {
		r.done(out.path, func(result *domain.RootResult) {
			result.Chunks += len(out.chunks)
			switch {
			case out.same:
				result.Unchanged++
			case out.stored:
				result.Updated++
			default:
				result.Added++
			}
		})
	}
	return nil
}
