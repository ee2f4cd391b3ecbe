package drill

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// act is one corruption of the backup.
type act struct {
	name   string
	file   string // relative to the backup
	damage domain.Damage
}

// mostFiles bounds how many files of one component are damaged: one of many is as
// good as another.
const mostFiles = 3

// sabotage does every act, sees whether the restore refuses, and repairs.
func (r *run) sabotage(ctx context.Context) (string, error) {
	acts, err := r.acts()
	if err != nil {
		return "", err
	}
	for n, a := range acts {
		r.report(domain.CopyProgress{Stage: fmt.Sprintf("corruption %d of %d: %s", n+1, len(acts), a.name)})
		d, err := r.commit(ctx, a, n)
		if err != nil {
			return "", fmt.Errorf("%s: %w", a.name, err)
		}
		r.d.Sabotage = append(r.d.Sabotage, d)
	}
	noticed, all := r.d.Detected()
	detail := fmt.Sprintf("%d of %d corruptions detected", noticed, all)
	if noticed < all {
		var missed []string
		for _, d := range r.d.Sabotage {
			if !d.Detected {
				missed = append(missed, d.Name)
			}
		}
		return "", domain.Corrupt("%s; not noticed: %s", detail, strings.Join(missed, ", "))
	}
	return detail, nil
}

// commit does one act. It is noticed when the restore refuses the backup as faulty
// and leaves nothing in the target.
func (r *run) commit(ctx context.Context, a act, n int) (domain.DrillDamage, error) {
	out := domain.DrillDamage{Name: a.name, File: a.file}
	began := r.s.cfg.Clock.Now()
	repair, err := r.s.cfg.Saboteur.Damage(ctx, filepath.Join(r.backup, filepath.FromSlash(a.file)), a.damage)
	if err != nil {
		return out, err
	}
	target := filepath.Join(r.dir, fmt.Sprintf("target-%d", n))
	_, faults, rerr := r.on.RestoreInto(ctx, r.stamp, target, r.report)
	_, serr := r.s.cfg.Disk.Stat(target)
	out.Detected = domain.KindOf(rerr) == domain.KindCorrupt && errors.Is(serr, fs.ErrNotExist)
	switch {
	case len(faults) > 0:
		out.Found = faults[0].String()
	case rerr != nil:
		out.Found = rerr.Error()
	}
	if err := repair(); err != nil {
		return out, fmt.Errorf("repair: %w", err)
	}
	out.Took = r.s.cfg.Clock.Now().Sub(began)
	if rerr != nil && domain.KindOf(rerr) != domain.KindCorrupt {
		return out, rerr // it refused for another reason, which says nothing
	}
	return out, r.s.cfg.Disk.RemoveAll(target)
}

// acts lists every corruption that the backup admits.
func (r *run) acts() ([]act, error) {
	var out []act
	add := func(name, file string, d domain.Damage) { out = append(out, act{name + " " + file, file, d}) }
	for _, c := range r.manifest.Components {
		files := slices.Clone(c.Files)
		slices.SortStableFunc(files, func(a, b domain.FileEntry) int { return int(min(1, max(-1, b.Size-a.Size))) })
		for _, f := range files[:min(len(files), mostFiles)] {
			if f.Size > 0 {
				add("flip a bit at the start of", f.Path, domain.Damage{Kind: domain.DamageFlip})
				add("flip a bit in the middle of", f.Path, domain.Damage{Kind: domain.DamageFlip, Offset: f.Size / 2})
				add("flip a bit at the end of", f.Path, domain.Damage{Kind: domain.DamageFlip, Offset: -1})
				add("cut the last byte off", f.Path, domain.Damage{Kind: domain.DamageTruncate, Offset: -1})
				add("empty", f.Path, domain.Damage{Kind: domain.DamageEmpty})
			}
			add("add a byte to", f.Path, domain.Damage{Kind: domain.DamageGrow, Content: []byte{0}})
			add("remove", f.Path, domain.Damage{Kind: domain.DamageRemove})
		}
		if c.Included {
			add("plant a stranger", path.Join(c.Dir, "stranger"), domain.Damage{Kind: domain.DamagePlant, Content: []byte("not of this backup")})
		}
	}
	for _, name := range r.top {
		add("flip a bit in the middle of", name, domain.Damage{Kind: domain.DamageFlip, Offset: r.half(name)})
		add("cut the last byte off", name, domain.Damage{Kind: domain.DamageTruncate, Offset: -1})
		add("remove", name, domain.Damage{Kind: domain.DamageRemove})
	}
	logs, err := r.staleLogs()
	return append(out, logs...), err
}

func (r *run) half(name string) int64 {
	info, err := r.s.cfg.Disk.Stat(filepath.Join(r.backup, name))
	if err != nil {
		return 0
	}
	return info.Size() / 2
}

// mostPlanted bounds a log that is planted in the backup, in bytes: as much of it as
// makes a header and pages.
const mostPlanted = 1 << 20

// staleLogs plants beside the captured database what could undo a part of it: the
// logs of the rehearsal, and where there was none a made-up one.
func (r *run) staleLogs() ([]act, error) {
	database, ok := r.manifest.Component("sqlite")
	if !ok || !database.Included || len(database.Files) == 0 {
		return nil, nil
	}
	var out []act
	for _, sidecar := range r.on.Sidecars {
		content := []byte("a log from another time")
		if kept := r.stale[sidecar]; kept != "" {
			info, err := r.s.cfg.Disk.Stat(kept)
			if err != nil {
				return nil, err
			}
			if info.Size() <= mostPlanted && info.Size() > 0 {
				if content, err = r.s.cfg.Disk.ReadFile(kept); err != nil {
					return nil, err
				}
			}
		}
		file := path.Join(database.Dir, filepath.Base(sidecar))
		out = append(out, act{"plant a stale " + file, file, domain.Damage{Kind: domain.DamagePlant, Content: content}})
	}
	return out, nil
}

// restoreRepaired shows that it was the damage that was refused.
func (r *run) restoreRepaired(ctx context.Context) (string, error) {
	target := filepath.Join(r.dir, "repaired")
	res, _, err := r.on.RestoreInto(ctx, r.stamp, target, r.report)
	if err != nil {
		return "", err
	}
	s, err := r.s.cfg.Install(target, filepath.Join(r.dir, "unused")).Open(ctx)
	if err != nil {
		return "", err
	}
	if err := errors.Join(r.holds(ctx, s, r.marker, r.mutation, false), r.sameAnswers(ctx, s), s.Close()); err != nil {
		return "", err
	}
	return "in " + res.Took.Round(time.Millisecond).String(), nil
}
