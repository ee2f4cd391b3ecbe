package restore

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/atocore/atocore/domain"
)

// Enter is how a command that opens a store begins: it completes an interrupted
// restore, takes the stores' lock shared, and makes sure under it that no restore
// came in between. The caller releases the lock when its stores are closed.
// KindRefused, naming the holder, while another process is restoring.
func (s *Service) Enter(ctx context.Context) (release func() error, rec domain.Recovery, err error) {
	deadline := time.Now().Add(s.cfg.Patience)
	for {
		if rec, err = s.Recover(ctx); err != nil {
			return nil, rec, err
		}
		release, err = s.cfg.Gate.Share(ctx)
		if domain.KindOf(err) == domain.KindRefused && s.wait(ctx, deadline) {
			continue // another process is perhaps just recovering
		}
		if err != nil {
			return nil, rec, err
		}
		pending, err := s.pending()
		if err == nil && !pending {
			return release, rec, nil
		}
		if rerr := release(); err == nil {
			err = rerr
		}
		if err != nil {
			return nil, rec, err
		}
	}
}

// wait waits a little and reports whether there is time to try once more.
func (s *Service) wait(ctx context.Context, deadline time.Time) bool {
	if !time.Now().Before(deadline) {
		return false
	}
	pause := time.NewTimer(25 * time.Millisecond)
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-pause.C:
		return true
	}
}

// pending reports whether there is a journal of a restore that is not done.
func (s *Service) pending() (bool, error) {
	j, err := s.readJournal()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	done, err := s.exists(s.markerPath(donePrefix, j.ID))
	return !done, err
}

// Recover completes an interrupted restore, if there is one, and sweeps what
// killed ones left. It is called before a store is opened. Several processes may
// call it at once. KindRefused, naming the holder, while another process restores.
func (s *Service) Recover(ctx context.Context) (domain.Recovery, error) {
	none := domain.Recovery{Outcome: domain.RecoveryNone}
	deadline := time.Now().Add(s.cfg.Patience)
	for {
		there, err := s.exists(s.journalPath())
		if err != nil {
			return none, err
		}
		if !there {
			return s.sweep(ctx, none)
		}
		release, err := s.cfg.Gate.Exclude(ctx)
		if err == nil {
			rec, err := s.recoverLocked(ctx)
			return rec, errors.Join(err, release())
		}
		if domain.KindOf(err) != domain.KindRefused {
			return none, err
		}
		pending, perr := s.pending()
		if perr == nil && !pending {
			return none, nil // done but for the tidying, which can wait
		}
		if !s.wait(ctx, deadline) {
			return none, domain.Refused("a restore is under way, or was interrupted and cannot be completed now").Because(err).
				WithHint("wait until it ends, or stop the processes that are named, and try again")
		}
	}
}

// recoverLocked does it under the lock.
func (s *Service) recoverLocked(ctx context.Context) (domain.Recovery, error) {
	ctx = context.WithoutCancel(ctx)
	rec := domain.Recovery{Outcome: domain.RecoveryNone}
	j, err := s.readJournal()
	if errors.Is(err, fs.ErrNotExist) {
		return rec, nil
	}
	if err != nil {
		return rec, err
	}
	// What this process sees of the journal and the marks another one may have left
	// without a sync: they must last before anything is built upon them.
	if err := s.cfg.Disk.Sync(s.cfg.DataDir); err != nil {
		return rec, err
	}
	r := s.newRun(Request{}, nil)
	r.j, r.safety, r.committed, r.readBack = j, j.Safety, true, true
	r.adopt()
	rec.Stamp, rec.Undo = j.Stamp, j.Undo
	turned, err := s.exists(s.markerPath(rollbackPrefix, j.ID))
	if err != nil {
		return rec, err
	}
	done, err := s.exists(s.markerPath(donePrefix, j.ID))
	if err != nil {
		return rec, err
	}
	switch {
	case turned:
		rec.Reason = "it had failed and was being taken back"
	case done:
		rec.Outcome = domain.RecoveryFinished
		if err := r.tidy(ctx); err != nil {
			r.notes = append(r.notes, "not everything could be tidied up, the next command tries again: "+err.Error())
		}
		rec.Notes = r.notes
		return rec, nil
	default:
		err := r.forward(ctx)
		var differs errDiffers
		switch {
		case err == nil:
			rec.Outcome, rec.Notes = domain.RecoveryFinished, r.notes
			return rec, nil
		case errors.Is(err, errLost), errors.As(err, &differs):
			rec.Reason = err.Error()
		default:
			return rec, r.halfWay(err)
		}
	}
	undo := append([]step{{"copy", nil, (*run).unstage}}, committedSteps()...)
	if err := r.back(ctx, undo); err != nil {
		return rec, r.halfWay(err)
	}
	rec.Outcome, rec.Notes = domain.RecoveryRolledBack, r.notes
	return rec, nil
}

// forward runs the steps beyond the commit point, and leaves everything in place
// for another try when one fails.
func (r *run) forward(ctx context.Context) error {
	for _, st := range recoverySteps() {
		if err := st.do(r, ctx); err != nil {
			return err
		}
	}
	return nil
}

// adopt makes the parts from the journal. A component that is not in use any more
// is moved like the others and not verified.
func (r *run) adopt() {
	for _, c := range r.s.cfg.Components(r.s.cfg.DataDir) {
		for _, e := range r.j.Entries {
			if e.Name == c.Describe().Name {
				r.parts = append(r.parts, part{
					component: c, places: c.Places(), entry: e, action: domain.RestoreReplace,
				})
			}
		}
	}
}
