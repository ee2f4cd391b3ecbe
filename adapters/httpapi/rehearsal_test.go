package httpapi

import (
	"context"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/drill"
	"github.com/atocore/atocore/domain/retention"
	"github.com/atocore/atocore/domain/schedule"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

// rehearsal is an installation in scratch that does everything right, unless it is
// blind to damage.
type rehearsal struct {
	disk            *portfake.Disk
	blind           bool
	present, parked *rehearsed
	captured        map[domain.Stamp]*rehearsed
	clock           *portfake.Clock
}

type rehearsed struct {
	store    *portfake.Store
	registry *portfake.ProjectRegistry
}

func newRehearsed() *rehearsed {
	return &rehearsed{portfake.NewStore(), portfake.NewProjectRegistry()}
}

func (r *rehearsed) copy(ctx context.Context) (*rehearsed, error) {
	out := newRehearsed()
	page, err := r.store.Memories().List(ctx, domain.MemoryFilter{})
	if err != nil {
		return nil, err
	}
	for _, m := range page.Memories {
		if err := out.store.Memories().Create(ctx, m, nil); err != nil {
			return nil, err
		}
	}
	projects, err := r.registry.List(ctx)
	if err != nil {
		return nil, err
	}
	return out, out.registry.Update(ctx, func([]domain.Project) ([]domain.Project, error) { return projects, nil })
}

func (r *rehearsed) state(context.Context) (ports.State, error) {
	return ports.State{
		Registry: r.registry, Memories: r.store.Memories(), Documents: r.store.Documents(), Passages: r.store.Passages(),
		Search: r.store.Searched, Listed: r.store.Listed(), Close: func() error { return nil },
	}, nil
}

const rehearsedFile = "db/atocore.db"

func (r *rehearsal) backUp(ctx context.Context, dir string) (domain.Manifest, string, error) {
	stamp := domain.NewStamp(r.clock.Now(), len(r.captured)+1)
	c, err := r.present.copy(ctx)
	r.captured[stamp] = c
	folder := dir + "/" + string(stamp)
	r.disk.Put(folder+"/"+rehearsedFile, "the database")
	return domain.Manifest{Stamp: stamp, Components: []domain.ComponentEntry{{
		Name: "sqlite", Dir: "db", Included: true, Files: []domain.FileEntry{{Path: rehearsedFile, Size: 12}},
	}}}, folder, err
}

func (r *rehearsal) install(_, backups string) drill.Installation {
	return drill.Installation{
		BackUp: func(ctx context.Context, _ func(domain.CopyProgress)) (domain.Manifest, string, error) {
			return r.backUp(ctx, backups)
		},
		Restore: func(ctx context.Context, s domain.Stamp, _ func(domain.CopyProgress)) (domain.RestoreResult, error) {
			m, _, err := r.backUp(ctx, backups)
			r.parked, r.present = r.present, r.captured[s]
			return domain.RestoreResult{SafetyBackup: m.Stamp}, err
		},
		RestoreInto: func(_ context.Context, s domain.Stamp, target string, _ func(domain.CopyProgress)) (domain.RestoreResult, []domain.Fault, error) {
			there := r.disk.Tree(backups + "/" + string(s))
			if !r.blind && (len(there) != 1 || there[rehearsedFile] != "the database") {
				return domain.RestoreResult{}, nil, domain.Corrupt("the backup is faulty")
			}
			if c := r.captured[s]; c != nil {
				r.present = c
			}
			return domain.RestoreResult{}, nil, r.disk.Mkdir(target)
		},
		Undo: func(context.Context) error { r.present, r.parked = r.parked, r.present; return nil },
		Open: func(ctx context.Context) (ports.State, error) { return r.present.state(ctx) },
		OpenBackup: func(ctx context.Context, s domain.Stamp) (ports.State, error) {
			return r.captured[s].state(ctx)
		},
	}
}

// drill returns the use case over an installation in memory.
func (w *world) drill() *drill.Service {
	w.rehearsal = &rehearsal{disk: w.disk, present: newRehearsed(), captured: map[domain.Stamp]*rehearsed{}, clock: &w.clock}
	w.disk.PutFolder("/rehearsals")
	scratch := portfake.NewScratch(w.disk, "/rehearsals")
	return drill.New(drill.Config{
		Scratch: scratch, Saboteur: scratch, Disk: w.disk, Clock: &w.clock, IDs: &portfake.IDs{}, AppVersion: "1.0.0",
		CaptureLive: func(ctx context.Context, dir string, _ func(domain.CopyProgress)) (domain.Manifest, error) {
			m, _, err := w.rehearsal.backUp(ctx, dir)
			return m, err
		},
		Install: w.rehearsal.install,
		Observe: func(context.Context, ports.State, *domain.ProbeSet) (domain.ProbeSet, error) {
			return domain.ProbeSet{}, nil
		},
		Record: w.ledger().Record,
	})
}

func (w *world) retention() *retention.Service {
	return retention.New(retention.Config{
		Store: w.kept, Keeper: w.kept, Clock: &w.clock, Policy: domain.RetentionPolicy{KeepLast: 1}, Record: w.ledger().Record,
	})
}

// schedule returns a schedule whose backup works, and whose proof does not once
// w.unproven says why.
func (w *world) schedule() *schedule.Service {
	return schedule.New(schedule.Config{
		Log: &portfake.RunLog{}, Gate: &w.gate, Clock: &w.clock, IDs: &portfake.IDs{},
		Tasks: []schedule.Task{
			{
				JobSchedule: domain.JobSchedule{Job: domain.JobBackup, Text: "off"},
				Run: func(context.Context) (schedule.Result, error) {
					return schedule.Result{Stamp: domain.NewStamp(w.clock.Now(), 1), Detail: "45 B, validated"}, nil
				},
			},
			{
				JobSchedule: domain.JobSchedule{Job: domain.JobProve, Text: "after-backup", After: domain.JobBackup},
				Run: func(context.Context) (schedule.Result, error) {
					return schedule.Result{Stamp: domain.NewStamp(w.clock.Now(), 1), Detail: "restores in 1s"}, w.unproven
				},
			},
		},
	})
}
