package offsite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// stale is the age at which an archive that never got its summary is removed.
const stale = 24 * time.Hour

// Prune removes from the remote what retention does not keep, oldest first, and
// says why for every backup. What the remote is bound to keep stays, and says until
// when. With dryRun nothing is removed.
func (s *Service) Prune(ctx context.Context, dryRun bool) (domain.RemotePrune, error) {
	out := domain.RemotePrune{Place: s.Place(), DryRun: dryRun}
	release, err := s.cfg.Exclude(ctx)
	if err != nil {
		return out, err
	}
	defer func() { _ = release() }() // the lock ends with the process in any case
	there, lone, err := s.list(ctx)
	if err != nil {
		return out, fmt.Errorf("prune the remote: %w", err)
	}
	now := s.cfg.Clock.Now()
	var all []domain.RetentionSubject
	for _, b := range there.Backups {
		all = append(all, subject(b.BackupSummary))
	}
	for _, d := range domain.Decide(all, s.cfg.Policy, now, "") {
		out.Decisions = append(out.Decisions, domain.RemoteDecision{Stamp: d.Stamp, Keep: d.Keep, Reason: strings.Join(d.Reasons, "; ")})
	}
	locked := map[domain.Stamp]time.Time{}
	for _, b := range there.Backups {
		locked[b.Stamp] = b.LockedUntil
	}
	for i, d := range slices.Backward(out.Decisions) {
		if d.Keep {
			continue
		}
		if until := locked[d.Stamp]; until.After(now) {
			out.Decisions[i].Keep = true
			out.Decisions[i].Reason = "locked by the remote until " + until.UTC().Format(time.RFC3339)
			continue
		}
		if !dryRun {
			err := s.remove(ctx, d)
			if domain.KindOf(err) == domain.KindRefused {
				out.Decisions[i].Keep, out.Decisions[i].Reason = true, err.Error()
				continue
			}
			if err != nil {
				return out, fmt.Errorf("prune the remote: %w", err)
			}
		}
		out.Removed = append(out.Removed, d.Stamp)
	}
	if out.Swept, err = s.sweep(ctx, there, lone, now, dryRun); err != nil || dryRun {
		return out, err
	}
	return out, s.sweepUploads(ctx, now)
}

// remove removes a backup: its summary first, so that what is listed is whole. The
// ledger is told before.
func (s *Service) remove(ctx context.Context, d domain.RemoteDecision) error {
	began := s.cfg.Clock.Now()
	if err := s.note(ctx, domain.LedgerRemoteGone, d.Stamp, began, map[string]string{"reason": d.Reason}, nil); err != nil {
		return err
	}
	err := s.cfg.Remote.Delete(ctx, summaryName(d.Stamp))
	if err == nil {
		err = s.cfg.Remote.Delete(ctx, archiveName(d.Stamp))
	}
	if err != nil {
		return s.note(ctx, domain.LedgerRemoteGone, d.Stamp, began, nil, err)
	}
	return nil
}

// sweep removes archives that were never finished, or whose summary is gone. None
// that may be the newest copy: a person may still want to look into it.
func (s *Service) sweep(ctx context.Context, there domain.RemoteListing, lone []domain.RemoteObject, now time.Time, dryRun bool) ([]string, error) {
	var out []string
	newest, err := there.Latest()
	if err != nil {
		return nil, nil //nolint:nilerr // nothing whole is there: whatever else is may be of use
	}
	for _, o := range lone {
		stamp, _ := stampOf(o.Name, archiveSuffix)
		if now.Sub(o.Modified) < stale || domain.CompareStamps(stamp, newest) > 0 {
			continue
		}
		if !dryRun {
			if err := s.cfg.Remote.Delete(ctx, o.Name); domain.KindOf(err) == domain.KindRefused {
				continue // locked
			} else if err != nil {
				return out, fmt.Errorf("prune the remote: %w", err)
			}
		}
		out = append(out, o.Name)
	}
	slices.Sort(out)
	return out, nil
}
