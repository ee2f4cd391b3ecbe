package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// RunLog keeps the runs of the jobs on the schedule. What it holds is no part of
// the state that is backed up: a restore must not make anybody believe that a
// backup is older or newer than it is.
type RunLog interface {
	// Put stores a run in place of the one with the same ID, or after all others,
	// and forgets old ones as domain.TrimRuns does. What is damaged is set aside
	// first and kept for a person to look at. KindUnavailable when it cannot be
	// written; then it is as it was. Only who holds Gate.Upkeep calls it.
	Put(ctx context.Context, r domain.Run) error
	// Runs returns all runs, oldest first; none when there is no log yet.
	// KindCorrupt when it is damaged.
	Runs(ctx context.Context) ([]domain.Run, error)
}
