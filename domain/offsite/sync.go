package offsite

import (
	"context"
	"fmt"

	"github.com/atocore/atocore/domain"
)

// Sync pushes every backup that is here and not on the remote, newest first: all
// but broken ones, safety backups, and those that retention would remove there
// again. What could not be pushed is in the result and makes an error of it; when
// the remote itself is the reason, the rest waits for the next time.
func (s *Service) Sync(ctx context.Context, report func(domain.CopyProgress)) (domain.RemoteSync, error) {
	began := s.cfg.Clock.Now()
	out, err := s.sync(ctx, report)
	s.tellSync(began, out, err)
	return out, err
}

func (s *Service) sync(ctx context.Context, report func(domain.CopyProgress)) (domain.RemoteSync, error) {
	out := domain.RemoteSync{Place: s.Place()}
	release, err := s.cfg.Exclude(ctx)
	if err != nil {
		return out, err
	}
	defer func() { _ = release() }() // the lock ends with the process in any case
	here, err := s.cfg.Store.List(ctx)
	if err != nil {
		return out, err
	}
	there, err := s.List(ctx)
	if err != nil {
		return out, fmt.Errorf("sync: %w", err)
	}
	keep := s.wanted(here, there)
	var first error
	for _, b := range here {
		switch {
		case b.Standing == domain.StandingBroken:
			out.Skipped = append(out.Skipped, domain.RemoteDecision{Stamp: b.Stamp, Reason: "broken: " + b.Problem})
			continue
		case b.Kind == domain.BackupPreRestore:
			out.Skipped = append(out.Skipped, domain.RemoteDecision{Stamp: b.Stamp, Reason: "a safety backup of a restore"})
			continue
		case !keep[b.Stamp]:
			out.Skipped = append(out.Skipped, domain.RemoteDecision{Stamp: b.Stamp, Reason: "retention would remove it from the remote again"})
			continue
		}
		t, err := s.push(ctx, b.Stamp, report)
		if domain.KindOf(err) == domain.KindNotFound {
			continue // removed here meanwhile
		}
		if err != nil {
			if first == nil {
				first = err
			}
			out.Failed = append(out.Failed, domain.RemoteDecision{Stamp: b.Stamp, Reason: err.Error()})
			if k := domain.KindOf(err); ctx.Err() != nil || k == domain.KindUnavailable || k == domain.KindInvalid || k == domain.KindInternal {
				break
			}
			continue
		}
		if t.Already {
			out.Already = append(out.Already, t.Stamp)
		} else {
			out.Pushed = append(out.Pushed, t)
		}
	}
	if first != nil {
		return out, fmt.Errorf("sync: %d backups could not be pushed: %w", len(out.Failed), first)
	}
	return out, nil
}

// wanted says which backups would stay on the remote if all were there.
func (s *Service) wanted(here []domain.BackupSummary, there domain.RemoteListing) map[domain.Stamp]bool {
	keep := map[domain.Stamp]bool{}
	var all []domain.RetentionSubject
	seen := map[domain.Stamp]bool{}
	for _, b := range here {
		if b.Standing == domain.StandingBroken || b.Kind == domain.BackupPreRestore {
			continue
		}
		seen[b.Stamp] = true
		all = append(all, subject(b))
	}
	for _, b := range there.Backups {
		if !seen[b.Stamp] && b.Standing != domain.StandingBroken {
			all = append(all, subject(b.BackupSummary))
		}
	}
	for _, d := range domain.Decide(all, s.cfg.Policy, s.cfg.Clock.Now(), "") {
		keep[d.Stamp] = d.Keep
	}
	return keep
}

func subject(b domain.BackupSummary) domain.RetentionSubject {
	return domain.RetentionSubject{Stamp: b.Stamp, Kind: b.Kind, CreatedAt: b.CreatedAt, Standing: b.Standing, Pinned: b.Pinned}
}
