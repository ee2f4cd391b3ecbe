package portfake

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Transfer is ports.TransferStore over the fakes.
type Transfer struct {
	Store        *Store
	Facts        *Facts
	Interactions *Interactions
}

var _ ports.TransferStore = Transfer{}

// Export implements ports.TransferStore.
func (x Transfer) Export(ctx context.Context, each func(domain.Record) error) error {
	var all []domain.Record
	err := x.Store.do(ctx, "transfer.export", func() error {
		for _, id := range slices.Sorted(maps.Keys(x.Store.history)) {
			all = append(all, domain.Record{Memory: &domain.MemoryHistory{ID: id, Changes: slices.Clone(x.Store.history[id])}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	all = append(all, x.facts()...)
	_ = x.Interactions.do(context.Background(), "", func() error {
		turns := slices.Collect(maps.Values(x.Interactions.all))
		slices.SortFunc(turns, func(a, b domain.Interaction) int { return newestInteraction(b, a) })
		for _, i := range turns {
			all = append(all, domain.Record{Interaction: new(cloneInteraction(i))})
		}
		return nil
	})
	for _, r := range all {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func (x Transfer) facts() (out []domain.Record) {
	x.Facts.mu.Lock()
	defer x.Facts.mu.Unlock()
	byKey := map[[2]string]*domain.FactHistory{}
	for _, f := range x.Facts.all {
		h := byKey[[2]string{f.Project, f.Key}]
		if h == nil {
			h = &domain.FactHistory{Project: f.Project, Key: f.Key}
			byKey[[2]string{f.Project, f.Key}] = h
			out = append(out, domain.Record{State: h})
		}
		h.Entries = append(h.Entries, f)
	}
	slices.SortFunc(out, func(a, b domain.Record) int {
		return cmp.Or(strings.Compare(a.State.Project, b.State.Project), strings.Compare(a.State.Key, b.State.Key))
	})
	return out
}

// Import implements ports.TransferStore.
func (x Transfer) Import(ctx context.Context, records []domain.Record, vectors map[string][]float32, dry bool) (out []domain.Outcome, err error) {
	err = x.Store.do(ctx, "transfer.import", func() error {
		for _, v := range vectors {
			if err := x.Store.checkVector(v); err != nil {
				return err
			}
		}
		for _, r := range records {
			if k := r.Kind(); k == "" || k == domain.RecordProject {
				return fmt.Errorf("a record of kind %q is not for the store", k)
			}
		}
		for _, r := range records {
			o := domain.Outcome{Kind: r.Kind(), Name: r.Name()}
			switch o.Kind {
			case domain.RecordMemory:
				x.putHistory(*r.Memory, vectors[r.Memory.ID], dry, &o)
			case domain.RecordState:
				x.putFacts(*r.State, dry, &o)
			case domain.RecordInteraction:
				x.putInteraction(*r.Interaction, dry, &o)
			case domain.RecordProject:
			}
			out = append(out, o)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (x Transfer) putHistory(h domain.MemoryHistory, vector []float32, dry bool, o *domain.Outcome) {
	o.Meeting, o.Reason = domain.MeetHistory(x.Store.history[h.ID], h)
	if dry || o.Meeting != domain.MeetsNothing {
		return
	}
	x.Store.history[h.ID] = slices.Clone(h.Changes)
	m, ok := h.Now()
	if !ok {
		return
	}
	x.Store.memories[h.ID] = m
	if len(vector) > 0 {
		x.Store.vectors[h.ID] = domain.VectorRecord{ID: h.ID, Project: m.Project, Kind: domain.PassageMemory, Vector: slices.Clone(vector)}
	}
}

func (x Transfer) putFacts(h domain.FactHistory, dry bool, o *domain.Outcome) {
	x.Facts.mu.Lock()
	defer x.Facts.mu.Unlock()
	var stored []domain.Fact
	for _, f := range x.Facts.all {
		if f.Project == h.Project && f.Key == h.Key {
			stored = append(stored, f)
		}
	}
	o.Meeting, o.Reason = domain.MeetFacts(stored, h)
	if !dry && o.Meeting == domain.MeetsNothing {
		x.Facts.all = append(x.Facts.all, h.Entries...)
	}
}

func (x Transfer) putInteraction(i domain.Interaction, dry bool, o *domain.Outcome) {
	_ = x.Interactions.do(context.Background(), "", func() error {
		var stored *domain.Interaction
		if was, ok := x.Interactions.all[i.ID]; ok {
			stored = &was
		}
		o.Meeting, o.Reason = domain.MeetInteraction(stored, i)
		if !dry && o.Meeting == domain.MeetsNothing {
			x.Interactions.all[i.ID] = cloneInteraction(i)
		}
		return nil
	})
}
