// Package retention is the use case of letting go of backups: it decides by
// domain.Decide, explains every decision, and removes one after the other, oldest
// first, so that whatever interrupts it leaves more than was to be left, never less.
package retention

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what a Service is made of. Store, Keeper and Clock are needed.
type Config struct {
	Store  ports.BackupStore
	Keeper ports.BackupKeeper
	Clock  ports.Clock
	Policy domain.RetentionPolicy
	// Parked returns what the last restore set aside, nil when it is not offered any
	// more. nil means that there are no restores here.
	Parked func(ctx context.Context) (*domain.Parked, error)
	// Failure says why the newest attempt at a backup, or at proving one, failed;
	// "" when it did not. nil asks nobody.
	Failure func(ctx context.Context) (string, error)
	// Record notes a removal in the ledger, before it is done: what cannot be noted
	// is not removed. nil means that there is no ledger.
	Record func(ctx context.Context, e domain.LedgerEntry) error
	// Tell is told how every pruning but a dry run ended; it must not block. nil for nobody.
	Tell func(r domain.JobReport)
}

// Service prunes backups. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

// Policy returns the policy that Prune follows.
func (s *Service) Policy() domain.RetentionPolicy { return s.cfg.Policy }

// Prune removes what the policy does not keep, and says why for every backup. With
// dryRun it removes nothing. While a backup is used by a restore, a proof or a copy
// it is KindConflict, and what was removed before stays removed.
func (s *Service) Prune(ctx context.Context, dryRun bool) (domain.RetentionReport, error) {
	began := s.cfg.Clock.Now()
	r, err := s.prune(ctx, dryRun)
	if !dryRun && s.cfg.Tell != nil {
		told := domain.JobReport{
			Job: domain.JobPrune, Started: began, Took: max(0, s.cfg.Clock.Now().Sub(began)), Bytes: r.Freed,
			Summary: fmt.Sprintf("%d of %d removed", len(r.Removed), len(r.Decisions)),
		}
		if r.Halted != "" {
			told.Summary = "nothing was removed: " + r.Halted
		}
		s.cfg.Tell(told.Failed(err))
	}
	return r, err
}

func (s *Service) prune(ctx context.Context, dryRun bool) (domain.RetentionReport, error) {
	r, sizes, err := s.decide(ctx)
	r.DryRun = dryRun
	if err != nil {
		return r, fmt.Errorf("prune backups: %w", err)
	}
	for _, d := range slices.Backward(r.Decisions) {
		if d.Keep {
			continue
		}
		if !dryRun {
			// Somebody may have pinned or removed it since: both are fine.
			err := s.remove(ctx, d)
			if k := domain.KindOf(err); k == domain.KindNotFound || k == domain.KindRefused {
				continue
			}
			if err != nil {
				return r, fmt.Errorf("prune backups: %w", err)
			}
		}
		r.Removed = append(r.Removed, d.Stamp)
		r.Freed += sizes[d.Stamp]
	}
	return r, nil
}

// remove removes one backup. The ledger is told first, so that a kill in between
// leaves a backup too many and never one that vanished without a trace.
func (s *Service) remove(ctx context.Context, d domain.RetentionDecision) error {
	if s.cfg.Record == nil {
		return s.cfg.Keeper.Remove(ctx, d.Stamp)
	}
	e := domain.LedgerEntry{
		At: s.cfg.Clock.Now(), Kind: domain.LedgerDeletion, Outcome: domain.LedgerPassed, Stamp: d.Stamp,
		Details: map[string]string{"reason": d.Reasons[0]},
	}
	if err := s.cfg.Record(ctx, e); err != nil {
		return fmt.Errorf("note the removal of %s: %w", d.Stamp, err)
	}
	err := s.cfg.Keeper.Remove(ctx, d.Stamp)
	if err != nil {
		e.At, e.Outcome = s.cfg.Clock.Now(), domain.LedgerFailed
		e.Details = map[string]string{"problem": err.Error()}
		err = errors.Join(err, s.cfg.Record(context.WithoutCancel(ctx), e))
	}
	return err
}

// Pin keeps a backup for ever, or takes that back. name is a stamp or "latest".
func (s *Service) Pin(ctx context.Context, name string, pinned bool) (domain.Stamp, error) {
	var stamp domain.Stamp
	var err error
	if name == "latest" {
		var list []domain.BackupSummary
		if list, err = s.cfg.Store.List(ctx); err == nil {
			stamp, err = domain.LatestBackup(list)
		}
	} else {
		stamp, err = domain.ParseStamp(name)
	}
	if err != nil {
		return "", err
	}
	return stamp, s.cfg.Keeper.Pin(ctx, stamp, pinned)
}

func (s *Service) decide(ctx context.Context) (domain.RetentionReport, map[domain.Stamp]int64, error) {
	var r domain.RetentionReport
	list, err := s.cfg.Store.List(ctx)
	if err != nil {
		return r, nil, err
	}
	var parked *domain.Parked
	if s.cfg.Parked != nil {
		if parked, err = s.cfg.Parked(ctx); err != nil {
			return r, nil, err // what is not known is not removed
		}
	}
	if s.cfg.Failure != nil {
		if r.Halted, err = s.cfg.Failure(ctx); err != nil {
			return r, nil, err
		}
	}
	subjects := make([]domain.RetentionSubject, len(list))
	sizes := map[domain.Stamp]int64{}
	offered := undoOf(list, parked)
	for i, b := range list {
		subjects[i] = domain.RetentionSubject{
			Stamp: b.Stamp, Kind: b.Kind, CreatedAt: b.CreatedAt, Standing: b.Standing,
			Pinned: b.Pinned, Undo: offered[b.Stamp],
		}
		sizes[b.Stamp] = b.Bytes
	}
	r.Decisions = domain.Decide(subjects, s.cfg.Policy, s.cfg.Clock.Now(), r.Halted)
	return r, sizes, ctx.Err()
}

// before is how much earlier than its restore a safety backup may have been made:
// staging and verifying lie between them.
const before = 24 * time.Hour

// undoOf returns the safety backups that are still offered: while something is
// parked, the newest one and those made since about the restore that parked it.
func undoOf(list []domain.BackupSummary, parked *domain.Parked) map[domain.Stamp]bool {
	out := map[domain.Stamp]bool{}
	if parked == nil {
		return out
	}
	newest := -1
	for i, b := range list {
		if b.Kind != domain.BackupPreRestore {
			continue
		}
		if newest < 0 || b.CreatedAt.After(list[newest].CreatedAt) {
			newest = i
		}
		if b.CreatedAt.After(parked.Since.Add(-before)) {
			out[b.Stamp] = true
		}
	}
	if newest >= 0 {
		out[list[newest].Stamp] = true
	}
	return out
}
