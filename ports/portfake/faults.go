package portfake

import (
	"errors"
	"fmt"
	"sync"
)

// ErrStopped is what every call returns once the process under test is dead.
var ErrStopped = errors.New("fake: the process has stopped")

// errDuring is returned by the call within which the process dies: its effect is
// there, half of it where it has halves, and none of it is durable.
var errDuring = fmt.Errorf("%w during a call", ErrStopped)

// Faults counts the calls that reach the fakes whose Fail is its Hit, and makes
// one of them go wrong. The zero value only counts. One Faults is shared by all
// fakes of a test, so that its count runs through the whole use case.
type Faults struct {
	mu      sync.Mutex
	calls   int
	at      int
	during  bool
	err     error
	stopped bool
	trace   []string
}

// FailAt makes the n-th call from now on, from 1, return err; the others work.
func (f *Faults) FailAt(n int, err error) { f.set(n, err, false) }

// StopBefore makes the process die right before the n-th call from now on takes
// effect: that call and every later one returns ErrStopped.
func (f *Faults) StopBefore(n int) { f.set(n, nil, false) }

// StopDuring makes the process die within the n-th call from now on.
func (f *Faults) StopDuring(n int) { f.set(n, nil, true) }

func (f *Faults) set(n int, err error, during bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls, f.at, f.err, f.during, f.stopped, f.trace = 0, n, err, during, false, nil
}

// Hit counts a call and returns what it has to return instead of working.
func (f *Faults) Hit(op string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return ErrStopped
	}
	f.calls++
	f.trace = append(f.trace, op)
	if f.calls != f.at {
		return nil
	}
	if f.err != nil {
		return f.err
	}
	f.stopped = true
	if f.during {
		return errDuring
	}
	return ErrStopped
}

// Calls returns how many calls there were.
func (f *Faults) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// Trace returns the calls in their order.
func (f *Faults) Trace() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.trace...)
}

// Struck reports whether the call that was to go wrong was reached.
func (f *Faults) Struck() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at > 0 && f.calls >= f.at
}
