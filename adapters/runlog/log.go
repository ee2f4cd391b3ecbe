// Package runlog keeps the runs of the jobs on the schedule in one JSON file,
// schedule.json in the data directory. The file is replaced as a whole: the new one
// is written and synced beside it, then the old one goes and the new one takes its
// name, so that a kill at any moment leaves the runs before or the runs after.
// It is not in SQLite: a restore turns the database back in time, and the schedule
// must not believe it.
package runlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// FileName is the name of the log within a data directory.
const FileName = "schedule.json"

const (
	format    = 1
	tempName  = "." + FileName + ".new"
	asideMark = ".damaged-"
)

// Config says where the log is.
type Config struct {
	Disk ports.Disk
	Dir  string // the data directory; it must exist when a run is stored
}

// Log is the log of one data directory.
type Log struct {
	disk ports.Disk
	dir  string
	path string

	mu sync.Mutex
}

var _ ports.RunLog = (*Log)(nil)

// New returns the log. It touches nothing.
func New(c Config) *Log {
	return &Log{disk: c.Disk, dir: c.Dir, path: filepath.Join(c.Dir, FileName)}
}

type fileWire struct {
	Format int       `json:"format"`
	Runs   []runWire `json:"runs"`
}

type runWire struct {
	ID      string    `json:"id"`
	Job     string    `json:"job"`
	Trigger string    `json:"trigger,omitempty"`
	Due     time.Time `json:"due,omitzero"`
	Until   time.Time `json:"until,omitzero"`
	Missed  int       `json:"missed,omitempty"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Outcome string    `json:"outcome"`
	Stamp   string    `json:"stamp,omitempty"`
	Detail  string    `json:"detail,omitempty"`
	Problem string    `json:"problem,omitempty"`
	Remedy  string    `json:"remedy,omitempty"`
	Told    bool      `json:"told,omitempty"`
}

// Runs returns all runs, oldest first.
func (l *Log) Runs(ctx context.Context) ([]domain.Run, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read the log of runs: %w", err)
	}
	raw, err := l.disk.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		// A writer may have been killed right before its last rename, or another one
		// is just there: then the new file is the log, if it is whole.
		raw, err = l.disk.ReadFile(filepath.Join(l.dir, tempName))
		if errors.Is(err, fs.ErrNotExist) {
			raw, err = l.disk.ReadFile(l.path) // renamed since the first look
		} else if runs, derr := l.decode(raw); err == nil && derr == nil {
			return runs, nil
		} else if err == nil {
			return nil, nil // the very first write was cut off
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	if err != nil {
		return nil, domain.Unavailable("the log of runs %s cannot be read", l.path).Because(err).
			WithHint("it must be a file that this user can read")
	}
	return l.decode(raw)
}

func (l *Log) decode(raw []byte) ([]domain.Run, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var w fileWire
	if err := dec.Decode(&w); err != nil || w.Format != format {
		if err == nil {
			err = fmt.Errorf("format %d is not known", w.Format)
		}
		return nil, domain.Corrupt("the log of runs %s is damaged", l.path).Because(err).
			WithHint("the next scheduled run sets it aside and begins anew")
	}
	var out []domain.Run
	for _, r := range w.Runs {
		out = append(out, domain.Run{
			ID: r.ID, Job: domain.Job(r.Job), Trigger: domain.RunTrigger(r.Trigger), Due: r.Due.UTC(), Until: r.Until.UTC(),
			Missed: r.Missed, Started: r.Started.UTC(), Ended: r.Ended.UTC(), Outcome: domain.RunOutcome(r.Outcome),
			Stamp: domain.Stamp(r.Stamp), Detail: r.Detail, Problem: r.Problem, Remedy: r.Remedy, Told: r.Told,
		})
	}
	return out, nil
}

// Put stores a run.
func (l *Log) Put(ctx context.Context, r domain.Run) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	runs, err := l.Runs(ctx)
	switch {
	case domain.KindOf(err) == domain.KindCorrupt:
		if err := l.setAside(); err != nil {
			return l.unwritable(err)
		}
	case err != nil:
		return err
	}
	if i := slices.IndexFunc(runs, func(o domain.Run) bool { return o.ID == r.ID }); i >= 0 {
		runs[i] = r
	} else {
		runs = append(runs, r)
	}
	if err := l.write(domain.TrimRuns(runs)); err != nil {
		return l.unwritable(err)
	}
	return nil
}

func (l *Log) write(runs []domain.Run) error {
	w := fileWire{Format: format, Runs: []runWire{}}
	for _, r := range runs {
		w.Runs = append(w.Runs, runWire{
			r.ID, string(r.Job), string(r.Trigger), r.Due, r.Until, r.Missed, r.Started, r.Ended, string(r.Outcome),
			string(r.Stamp), r.Detail, r.Problem, r.Remedy, r.Told,
		})
	}
	data, err := json.MarshalIndent(w, "", " ")
	if err != nil {
		return err
	}
	temp := filepath.Join(l.dir, tempName)
	if err := l.disk.WriteFile(temp, append(data, '\n'), 0o600); err != nil {
		return errors.Join(err, l.disk.RemoveAll(temp))
	}
	// Its name must be on the disk before the old one goes: in between, it is the log.
	for _, step := range []func() error{
		func() error { return l.disk.Sync(l.dir) },
		func() error { return l.disk.RemoveAll(l.path) },
		func() error { return l.disk.Rename(temp, l.path) },
		func() error { return l.disk.Sync(l.dir) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// setAside keeps what cannot be read for a person to look at.
func (l *Log) setAside() error {
	for n := 1; n < 100; n++ {
		err := l.disk.Rename(l.path, fmt.Sprintf("%s%s%d", l.path, asideMark, n))
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		return l.disk.Sync(l.dir)
	}
	return fmt.Errorf("there are too many of %s", strings.TrimSuffix(filepath.Base(l.path)+asideMark, "-"))
}

func (l *Log) unwritable(err error) error {
	return domain.Unavailable("the log of runs %s cannot be written", l.path).Because(err).
		WithHint("make room, and let this user write to the data directory")
}
