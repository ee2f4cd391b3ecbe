package restore

import (
	"context"
	"slices"

	"github.com/atocore/atocore/domain"
)

// Undo puts back what the last restore (or undo) parked, and parks what is live
// instead, so that an undo can be undone. It needs the same confirmation and the
// same quiet as a restore, and survives a kill in the same way. KindNotFound when
// nothing is parked.
func (s *Service) Undo(ctx context.Context, confirmed bool, report func(domain.CopyProgress)) (domain.RestoreResult, error) {
	began := s.cfg.Clock.Now()
	r := s.newRun(Request{Confirmed: confirmed}, report)
	defer r.unlock()
	if err := r.execute(ctx, undoSteps()); err != nil {
		return domain.RestoreResult{}, err
	}
	res := r.result()
	res.Took = s.cfg.Clock.Now().Sub(began)
	return res, nil
}

func (r *run) checkUndo(ctx context.Context) error {
	obstacles, err := r.lock(ctx)
	if err != nil {
		return err
	}
	recs, err := r.s.records()
	if err != nil {
		return err
	}
	if len(recs) == 0 {
		return domain.NotFound("nothing is parked that could be put back").
			WithHint("restore the safety backup instead; find it with: atocore backup list")
	}
	if err := r.fromRecord(recs[0]); err != nil {
		return err
	}
	used, err := r.users(ctx)
	if err != nil {
		return err
	}
	fixed, err := r.immovable()
	if err != nil {
		return err
	}
	return refusal("undo", append(append(obstacles, used...), fixed...), nil)
}

// fromRecord takes what is parked for what is staged. Sidecars that were made
// since are parked with the rest.
func (r *run) fromRecord(rec undoRecord) error {
	r.j = journal{Undo: true, Stamp: rec.Stamp, Staged: rec.Parked}
	known := []string{}
	for _, it := range rec.Items {
		there, err := r.s.exists(it.Parked)
		if err != nil {
			return err
		}
		it.Staged = ""
		if there {
			it.Staged = it.Parked
		}
		known = append(known, it.Live)
		r.j.Items = append(r.j.Items, it)
	}
	for _, c := range r.s.cfg.Components(r.s.cfg.DataDir) {
		p := part{component: c, places: c.Places(), entry: c.Describe(), action: domain.RestoreReplace}
		r.parts = append(r.parts, p)
		for _, place := range p.places {
			if !slices.Contains(known, place.Live) {
				r.j.Items = append(r.j.Items, item{
					Component: p.entry.Name, Live: place.Live, Folder: place.Folder,
					Last: place.Last, Sidecar: place.Captured == "",
				})
			}
		}
	}
	return nil
}

func (r *run) prepareUndo(context.Context) error {
	r.manifest.Stamp = r.j.Stamp
	if err := r.prepare(true); err != nil {
		return err
	}
	// What was parked keeps lying where it is: nothing to copy, nothing to verify.
	r.parts = slices.DeleteFunc(r.parts, func(p part) bool { return !r.s.touches(r.j, p) })
	for i := range r.parts {
		r.parts[i].action = domain.RestoreReplace
	}
	return nil
}

func (s *Service) touches(j journal, p part) bool {
	return slices.ContainsFunc(j.Items, func(it item) bool {
		return it.Component == p.entry.Name && (it.Present || it.Staged != "")
	})
}
