package restore

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/atocore/atocore/domain"
)

// Plan finds out what Restore would do and what would be lost, and changes
// nothing. What stands against the restore is in the plan, not an error.
func (s *Service) Plan(ctx context.Context, req Request) (domain.RestorePlan, error) {
	r := s.newRun(req, nil)
	defer r.unlock()
	if err := r.open(ctx); err != nil {
		return domain.RestorePlan{}, err
	}
	plan := domain.RestorePlan{
		Stamp: r.manifest.Stamp, Kind: r.manifest.Kind, CreatedAt: r.manifest.CreatedAt,
		Target: req.Target, SafetyBackup: !req.SkipSafety && req.Target == "",
	}
	var obstacles []string
	var err error
	if req.Target != "" {
		if obstacles, err = r.targetObstacles(); err != nil {
			return plan, err
		}
		plan.Steps = stepNames(targetSteps())
	} else {
		if obstacles, err = r.quiet(ctx); err != nil {
			return plan, err
		}
		plan.Steps = stepNames(restoreSteps())
	}
	more, needed, err := r.examine(ctx)
	if err != nil {
		return plan, err
	}
	faults, err := s.cfg.Validate(ctx, r.manifest.Stamp, r.report)
	if err != nil {
		return plan, err
	}
	plan.Obstacles, plan.Faults, plan.Needed = append(obstacles, more...), faults, needed
	plan.Components, plan.Notes = r.summary(), r.notes
	if req.Target != "" || len(faults) > 0 {
		return plan, nil
	}
	plan.Losses, err = r.lossesOf(ctx)
	return plan, err
}

// quiet looks whether the lock could be taken, and gives it back at once: a dry
// run holds nobody up.
func (r *run) quiet(ctx context.Context) ([]string, error) {
	var out []string
	if !r.req.Confirmed {
		out = append(out, "it was not confirmed that the service is stopped (--confirm-service-stopped)")
	}
	there, err := r.s.exists(r.s.cfg.DataDir)
	if err != nil || !there {
		return out, err
	}
	pending, err := r.s.exists(r.s.journalPath())
	if err != nil {
		return nil, err
	}
	if pending {
		r.notes = append(r.notes, "an interrupted restore will be completed first: what would be lost is not known before")
	}
	release, err := r.s.cfg.Gate.Exclude(ctx)
	if domain.KindOf(err) == domain.KindRefused {
		return append(out, err.Error()), nil
	}
	if err != nil {
		return nil, fmt.Errorf("try the lock: %w", err)
	}
	return out, release()
}

func (r *run) lossesOf(ctx context.Context) ([]string, error) {
	var out []string
	for _, p := range r.parts {
		switch p.action {
		case domain.RestoreReplace:
			lost, err := p.component.Losses(ctx, filepath.Join(r.backupDir, filepath.FromSlash(p.entry.Dir)))
			if err != nil {
				return nil, fmt.Errorf("compare %s: %w", p.entry.Name, err)
			}
			out = append(out, lost...)
		case domain.RestoreClear:
			for _, place := range p.places {
				there, err := r.s.exists(place.Live)
				if err != nil {
					return nil, err
				}
				if there && place.Captured != "" {
					out = append(out, fmt.Sprintf("%s did not exist when the backup was made and vanishes", place.Live))
				}
			}
		case domain.RestoreRebuild:
			r.notes = append(r.notes, fmt.Sprintf("%s is not restored: it is rebuilt from the text", p.entry.Name))
		}
	}
	return out, nil
}
