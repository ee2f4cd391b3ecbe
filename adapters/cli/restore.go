package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/restore"
)

// restoreOptions are the flags of restore.
type restoreOptions struct {
	restore.Request
	dryRun         bool
	include, leave bool // --include-chroma, --no-chroma
	undo, accept   bool
	fromRemote     bool
}

func backupRestoreCommand(s *shell) *cobra.Command {
	var o restoreOptions
	cmd := &cobra.Command{
		Use:   "restore STAMP|latest",
		Short: "Put a backup in the place of the present state",
		Long: `Replaces the present state by what a backup holds: all of it or, whatever happens
meanwhile, none. Stop the service first, and say so with --confirm-service-stopped;
a restore is refused all the same while any process has the data open.

The backup is copied beside the live data and validated there, the present state is
backed up, and only then do the copies take its place, by renames that any later
command can finish. What was live is parked: --undo puts it back, --accept drops it,
and it expires after seven days.

latest is the newest backup that is not the safety backup of a restore.
With --target the backup becomes a new data directory elsewhere; that needs no
stopped service. With --from-remote it is fetched from off site first, on a machine
that may hold nothing else but the key.`,
		Example: `  atocore backup restore latest --dry-run
  atocore backup restore 20260409T060000Z --confirm-service-stopped
  atocore backup restore --undo --confirm-service-stopped
  atocore backup restore latest --target /tmp/look
  atocore backup restore latest --from-remote --confirm-service-stopped`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.undo || o.accept {
				if len(args) > 0 {
					return usage(cmd, "--undo and --accept take no stamp: they are about the last restore")
				}
				return nil
			}
			return takes(1, 1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(cmd); err != nil {
				return err
			}
			if len(args) > 0 {
				o.Name = args[0]
			}
			return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
				if o.fromRemote {
					if err := s.fetchFirst(ctx, on, &o); err != nil {
						return err
					}
				}
				return s.restore(ctx, on.Restore, o)
			})
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.Confirmed, "confirm-service-stopped", false, "say that the service is stopped")
	f.BoolVar(&o.dryRun, "dry-run", false, "only show what would be done, and what would be lost")
	f.StringVar(&o.Target, "target", "", "restore into this new or empty folder instead")
	f.BoolVar(&o.include, "include-chroma", false, "insist on the vector index of the backup")
	f.BoolVar(&o.leave, "no-chroma", false, "leave the vector index out; it is rebuilt from the text")
	f.BoolVar(&o.SkipSafety, "skip-pre-restore-snapshot", false, "make no safety backup of the present state")
	f.BoolVar(&o.fromRemote, "from-remote", false, "fetch the backup from off site first, if it is not here")
	f.BoolVar(&o.undo, "undo", false, "put back what the last restore replaced")
	f.BoolVar(&o.accept, "accept", false, "drop what the last restore replaced")
	s.settings(cmd, false, "remote.")
	return cmd
}

// fetchFirst brings the backup here, and goes on with its stamp: latest is then the
// newest on the remote.
func (s *shell) fetchFirst(ctx context.Context, on *Services, o *restoreOptions) error {
	remote, err := on.Remote()
	if err != nil {
		return err
	}
	t, err := s.pull(ctx, remote, o.Name)
	if err != nil {
		return err
	}
	if !t.Already {
		s.note("fetched %s from %s", t.Stamp, t.Place)
	}
	o.Name = string(t.Stamp)
	return nil
}

func (o *restoreOptions) check(cmd *cobra.Command) error {
	switch {
	case o.undo && o.accept:
		return usage(cmd, "--undo and --accept exclude each other")
	case (o.undo || o.accept) && (o.fromRemote || o.dryRun || o.Target != "" || o.include || o.leave || o.SkipSafety):
		return usage(cmd, "--undo and --accept stand alone")
	case o.include && o.leave:
		return usage(cmd, "--include-chroma and --no-chroma exclude each other")
	case o.include || o.leave:
		o.IncludeIndex = &o.include
	}
	return nil
}

func (s *shell) restore(ctx context.Context, service *restore.Service, o restoreOptions) error {
	if o.dryRun {
		plan, err := service.Plan(ctx, o.Request)
		if err != nil {
			return err
		}
		return s.showPlan(plan)
	}
	if o.accept {
		gone, err := service.Accept(ctx)
		if err != nil {
			return err
		}
		return s.result(map[string]any{"removed": gone}, func(p *printer) {
			p.line("accepted: what the restore had replaced is removed")
		})
	}
	watch := s.progress()
	var res domain.RestoreResult
	var err error
	if o.undo {
		res, err = service.Undo(ctx, o.Confirmed, watch.copy)
	} else {
		res, err = service.Restore(ctx, o.Request, watch.copy)
	}
	watch.done()
	if err != nil {
		return err
	}
	return s.showRestored(res, o.undo)
}

type restoreComponentView struct {
	Name   string   `json:"name"`
	Action string   `json:"action"`
	Files  int      `json:"files"`
	Bytes  int64    `json:"bytes"`
	Places []string `json:"places"`
}

type restorePlanView struct {
	Stamp        string                 `json:"stamp"`
	Kind         string                 `json:"kind"`
	CreatedAt    time.Time              `json:"created_at"`
	Target       string                 `json:"target,omitempty"`
	Components   []restoreComponentView `json:"components"`
	SafetyBackup bool                   `json:"safety_backup"`
	Steps        []string               `json:"steps"`
	Losses       []string               `json:"losses"`
	Notes        []string               `json:"notes,omitempty"`
	Obstacles    []string               `json:"obstacles"`
	Faults       []string               `json:"faults"`
	Needed       int64                  `json:"needed_bytes"`
}

func viewOf(in []domain.RestoreComponent) []restoreComponentView {
	out := make([]restoreComponentView, len(in))
	for i, c := range in {
		out[i] = restoreComponentView{c.Name, string(c.Action), c.Files, c.Bytes, c.Places}
	}
	return out
}

func (s *shell) showPlan(plan domain.RestorePlan) error {
	v := restorePlanView{
		Stamp: string(plan.Stamp), Kind: string(plan.Kind), CreatedAt: plan.CreatedAt, Target: plan.Target,
		Components: viewOf(plan.Components), SafetyBackup: plan.SafetyBackup, Steps: plan.Steps,
		Losses: append([]string{}, plan.Losses...), Notes: plan.Notes,
		Obstacles: append([]string{}, plan.Obstacles...), Faults: []string{}, Needed: plan.Needed,
	}
	for _, f := range plan.Faults {
		v.Faults = append(v.Faults, f.String())
	}
	return s.result(v, func(p *printer) {
		p.line("restore of backup %s (%s, made %s)", v.Stamp, v.Kind, humanize.Time(plan.CreatedAt))
		if v.Target != "" {
			p.line("into %s", v.Target)
		}
		rows := make([][]string, len(v.Components))
		for i, c := range v.Components {
			rows[i] = []string{c.Name, c.Action, fmt.Sprint(c.Files), size(c.Bytes), strings.Join(c.Places, " ")}
		}
		p.table([]string{"component", "action", "files", "size", "place"}, rows)
		p.list("What is done:", v.Steps)
		if v.Target == "" && len(v.Faults) == 0 {
			if len(v.Losses) == 0 {
				p.line("Nothing would be lost.")
			}
			p.list("What would be lost:", v.Losses)
		}
		p.list("To know:", v.Notes)
		p.list("The backup is faulty:", v.Faults)
		p.list("It would be refused now:", v.Obstacles)
		p.line("It takes %s on disk. Nothing was changed.", size(v.Needed))
	})
}

// list writes a heading and its points, or nothing.
func (p *printer) list(heading string, points []string) {
	if len(points) == 0 {
		return
	}
	p.line("%s", p.bold(heading))
	for _, point := range points {
		p.line("  - %s", point)
	}
}

type restoredView struct {
	Stamp        string                 `json:"stamp"`
	Undo         bool                   `json:"undo"`
	Target       string                 `json:"target,omitempty"`
	Components   []restoreComponentView `json:"components"`
	SafetyBackup string                 `json:"safety_backup,omitempty"`
	Parked       string                 `json:"parked,omitempty"`
	UndoUntil    *time.Time             `json:"undo_until,omitempty"`
	Notes        []string               `json:"notes,omitempty"`
	Seconds      float64                `json:"seconds"`
}

func (s *shell) showRestored(res domain.RestoreResult, undo bool) error {
	v := restoredView{
		Stamp: string(res.Stamp), Undo: undo, Target: res.Target, Components: viewOf(res.Components),
		SafetyBackup: string(res.SafetyBackup), Parked: res.Parked, Notes: res.Notes, Seconds: res.Took.Seconds(),
	}
	if !res.UndoUntil.IsZero() {
		v.UndoUntil = &res.UndoUntil
	}
	err := s.result(v, func(p *printer) {
		switch {
		case undo:
			p.line("undone: what was in place before the restore of %s is back", v.Stamp)
		case v.Target != "":
			p.line("restored backup %s into %s", v.Stamp, v.Target)
		default:
			p.line("restored backup %s", v.Stamp)
		}
		pairs := [][2]string{{"safety backup", v.SafetyBackup}, {"replaced state", v.Parked}}
		if v.UndoUntil != nil {
			pairs = append(pairs, [2]string{"undo until", v.UndoUntil.Local().Format("2006-01-02 15:04")})
		}
		p.fields(pairs...)
	})
	for _, note := range v.Notes {
		s.note("note: %s", note)
	}
	return err
}
