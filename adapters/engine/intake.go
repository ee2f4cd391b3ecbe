package engine

import (
	"runtime"
	"sync/atomic"

	"github.com/atocore/atocore/domain"
)

const (
	// batchSize is how many changes are handed on at once.
	batchSize = 64
	// roomAtOnce is for how many words room is made at once.
	roomAtOnce = 16 << 10
	// batchesAhead is how many batches may wait to be applied.
	batchesAhead = 4
)

// batch is a run of changes, and what their passages hold.
type batch struct {
	changes  []domain.PassageChange
	lexicon  *lexicon
	readings []reading
	room     []uint32
	read     chan struct{} // closed when the passages were read
}

func newBatch() *batch { return &batch{lexicon: newLexicon(), read: make(chan struct{})} }

func (b *batch) readAll() {
	for i := range b.changes {
		c := &b.changes[i]
		var r reading
		if !c.Gone {
			if cap(b.room)-len(b.room) < len(c.Searched)/4 {
				b.room = make([]uint32, 0, roomAtOnce)
			}
			r = b.lexicon.read(&c.Passage, c.Searched, b.room)
			b.room = r
		}
		b.readings = append(b.readings, r)
	}
	close(b.read)
}

// intake applies changes in the order in which they come: the result is the same as
// if each were applied at once. A few are; of many, the passages are read ahead, on
// all processors.
type intake struct {
	engine  *Engine
	batch   *batch
	order   chan *batch // to be applied
	unread  chan *batch // to be read
	applied chan struct{}
	err     atomic.Pointer[error] // why nothing more is applied
}

func (e *Engine) newIntake() *intake { return &intake{engine: e, batch: newBatch()} }

// take takes a change in. An error of an earlier one ends it. The caller leaves the
// change's slices as they are.
func (i *intake) take(c domain.PassageChange) error {
	i.batch.changes = append(i.batch.changes, c)
	if len(i.batch.changes) < batchSize {
		return nil
	}
	i.hand()
	return i.failure()
}

// hand passes the batch on.
func (i *intake) hand() {
	if i.order == nil {
		i.order, i.unread = make(chan *batch, batchesAhead), make(chan *batch, batchesAhead)
		i.applied = make(chan struct{})
		for range runtime.GOMAXPROCS(0) {
			go func() {
				for b := range i.unread {
					b.readAll()
				}
			}()
		}
		go func() {
			defer close(i.applied)
			for b := range i.order {
				<-b.read
				i.apply(b)
			}
		}()
	}
	i.order <- i.batch
	i.unread <- i.batch
	i.batch = newBatch()
}

// finish waits until everything that was taken is applied.
func (i *intake) finish() error {
	if i.order == nil {
		i.batch.readAll()
		i.apply(i.batch)
		return i.failure()
	}
	i.hand()
	close(i.order)
	close(i.unread)
	<-i.applied
	return i.failure()
}

func (i *intake) failure() error {
	if err := i.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (i *intake) apply(b *batch) {
	for at, c := range b.changes {
		if i.failure() != nil {
			return
		}
		i.engine.mu.Lock()
		err := i.engine.apply(c, b.readings[at], b.lexicon)
		i.engine.mu.Unlock()
		if err != nil {
			i.err.Store(&err)
		}
	}
}
