package restore

import (
	"context"
	"errors"
	"fmt"

	"github.com/atocore/atocore/domain"
)

// step is one step of a restore: what it does, and what takes that back. Both may
// be repeated: recovery runs them again without knowing how far they came.
type step struct {
	name string
	do   func(*run, context.Context) error
	undo func(*run, context.Context) error // nil when there is nothing to take back
}

// restoreSteps is the whole restore, from top to bottom. A failure at any step
// takes back what was done, from there to the top; a process that dies before
// "commit" leaves the old state, from there on the new one.
func restoreSteps() []step {
	return append([]step{
		{"check what must hold, and look over the backup", (*run).check, nil},
		{"copy the backup beside the live data, and validate the copy", (*run).stage, (*run).unstage},
		{"back up the present state", (*run).backUpPresent, nil},
		{"check again that nobody has the data open", (*run).checkUnused, nil},
	}, committedSteps()...)
}

// undoSteps puts back what an earlier restore parked.
func undoSteps() []step {
	return append([]step{
		{"check what must hold", (*run).checkUndo, nil},
		{"prepare to park what is live", (*run).prepareUndo, (*run).unstage},
	}, committedSteps()...)
}

// committedSteps begin with the commit point. What lies beyond it is what a
// recovery does again.
func committedSteps() []step {
	return append([]step{{"commit", (*run).commitStep, (*run).uncommitStep}}, recoverySteps()...)
}

func recoverySteps() []step {
	return []step{
		{"park what is live", (*run).park, (*run).unpark},
		{"install the copy, the database last", (*run).install, (*run).uninstall},
		{"compare what is installed with the backup", (*run).verifyLive, nil},
		{"finish", (*run).finish, nil},
	}
}

func (r *run) commitStep(context.Context) error   { return r.commit() }
func (r *run) uncommitStep(context.Context) error { return r.uncommit() }

func stepNames(steps []step) []string {
	out := make([]string, len(steps))
	for i, s := range steps {
		out[i] = s.name
	}
	return out
}

// execute runs the steps. On a failure everything is as it was before, or else the
// error says that the next command will see to it.
func (r *run) execute(ctx context.Context, steps []step) error {
	for i, s := range steps {
		if r.committed {
			ctx = context.WithoutCancel(ctx) // half-way is no place to give up
		}
		err := s.do(r, ctx)
		if err == nil {
			continue
		}
		return r.failed(ctx, steps[:i+1], err)
	}
	return nil
}

func (r *run) failed(ctx context.Context, done []step, cause error) error {
	name := done[len(done)-1].name
	committed := r.committed
	if err := r.back(context.WithoutCancel(ctx), done); err != nil {
		return r.halfWay(errors.Join(fmt.Errorf("%s: %w", name, cause), err))
	}
	if !committed {
		return cause
	}
	err := &domain.Error{
		Kind:    domain.KindOf(cause),
		Message: fmt.Sprintf("the restore failed at %q; the state before it is in place again", name),
		Err:     cause,
	}
	return err.WithHint("see to the cause and restore again")
}

// back takes the steps back, the last one first. It stops at the first that it
// cannot take back once there is a journal: recovery goes on from there.
func (r *run) back(ctx context.Context, done []step) error {
	if r.committed {
		// A "done" that was not acknowledged must not outlive the turn.
		if err := r.unmark(donePrefix); err != nil {
			return err
		}
		// A disk too full for the mark is no reason to stay: without it recovery
		// would go forward instead, which is the new state, and whole.
		_ = r.mark(rollbackPrefix)
	}
	var left error
	for i := len(done) - 1; i >= 0; i-- {
		if done[i].undo == nil {
			continue
		}
		if err := done[i].undo(r, ctx); err != nil {
			err = fmt.Errorf("take back %q: %w", done[i].name, err)
			if r.committed {
				return err
			}
			left = errors.Join(left, err)
		}
	}
	_ = left // copies that could not be removed are swept by the next command
	return nil
}

// halfWay is the error for a restore that could neither be finished nor taken
// back now.
func (r *run) halfWay(cause error) error {
	return domain.Unavailable("a restore is half-way and could be neither finished nor taken back now").Because(cause).
		WithHint("nothing is lost: see to the cause and run any atocore command, which completes it first; what was live is in %s", r.j.Parked[0])
}
