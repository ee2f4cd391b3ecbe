package engine

import (
	"context"
	"time"
)

const (
	// worthSaving is how many changes make a new image worth its writing at once …
	worthSaving = 1000
	// … and saveWithin after how long fewer do.
	saveWithin = 10 * time.Minute
)

// Keeping says how an engine is kept.
type Keeping struct {
	Every   time.Duration // between two looks at the store
	Settled func()        // called when it was filled, and after each image: much was garbage; may be nil
	Failed  func(error)   // told of what went wrong, each time that it begins to; may be nil
}

// Keep has the engine follow the store and saves its image when that is worth it,
// until ctx ends.
func (e *Engine) Keep(ctx context.Context, k Keeping) {
	tick := time.NewTicker(k.Every)
	defer tick.Stop()
	settled := func() {
		if k.Settled != nil {
			k.Settled()
		}
	}
	err := e.Sync(ctx)
	settled()
	for saved, failing := time.Now(), false; ; err = e.Sync(ctx) {
		if n := e.pending(); err == nil && (n >= worthSaving || n > 0 && time.Since(saved) >= saveWithin) {
			err = e.Save()
			saved = time.Now()
			if 2*n > e.passagesKnown() {
				e.pack()
			}
			settled()
		}
		if err != nil && ctx.Err() == nil && !failing && k.Failed != nil {
			k.Failed(err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// pending returns how many changes the image does not have.
func (e *Engine) pending() int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.unsaved
}

func (e *Engine) passagesKnown() int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.text.byID.len()
}

// Close writes the image anew if the next process would have much to catch up with.
func (e *Engine) Close() error {
	if e.pending() < worthSaving {
		return nil
	}
	return e.Save()
}
