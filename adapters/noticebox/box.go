// Package noticebox keeps notices that nobody has received yet in a folder of the
// data directory, notices: one small JSON file for a notice and a way out. A file is
// written and synced under another name first, so that what is there is whole. The
// folder is no component: a restore does not bring yesterday's alarms back.
package noticebox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// DirName is the name of the folder within a data directory.
const DirName = "notices"

// Most is how many notices are kept: of more than that nobody reads the oldest.
const Most = 200

const (
	suffix  = ".json"
	unready = ".new-"
)

// Config says where the box is.
type Config struct {
	Disk ports.Disk
	Dir  string // the data directory; it must exist when a notice is kept
}

// Box is the box of one data directory.
type Box struct {
	disk ports.Disk
	home string
	dir  string
}

var _ ports.Outbox = (*Box)(nil)

// New returns the box. It touches nothing.
func New(c Config) *Box {
	return &Box{disk: c.Disk, home: c.Dir, dir: filepath.Join(c.Dir, DirName)}
}

// name sorts by time, and is the same for the same notice and way.
func name(p domain.PendingNotice) string {
	sum := sha256.Sum256([]byte(p.To + "\x00" + p.Notice.ID))
	return p.Notice.At.UTC().Format("20060102T150405.000000000Z") + "-" + hex.EncodeToString(sum[:8]) + suffix
}

type noticeWire struct {
	To      string       `json:"to"`
	ID      string       `json:"id"`
	At      time.Time    `json:"at"`
	Report  *reportWire  `json:"report,omitempty"`
	Verdict *verdictWire `json:"verdict,omitempty"`
}

type reportWire struct {
	Job      string        `json:"job"`
	Stamp    string        `json:"stamp,omitempty"`
	Started  time.Time     `json:"started"`
	Took     time.Duration `json:"took_ns"`
	Bytes    int64         `json:"bytes,omitempty"`
	Summary  string        `json:"summary,omitempty"`
	Problem  string        `json:"problem,omitempty"`
	Remedy   string        `json:"remedy,omitempty"`
	Schedule bool          `json:"schedule,omitempty"`
}

type verdictWire struct {
	Key    string        `json:"key"`
	Light  string        `json:"light"`
	Limit  time.Duration `json:"limit_ns"`
	Seen   time.Duration `json:"seen_ns,omitempty"`
	Never  bool          `json:"never,omitempty"`
	Reason string        `json:"reason"`
	Remedy string        `json:"remedy,omitempty"`
}

func encode(p domain.PendingNotice) ([]byte, error) {
	w := noticeWire{To: p.To, ID: p.Notice.ID, At: p.Notice.At}
	if r := p.Notice.Report; r != nil {
		w.Report = &reportWire{string(r.Job), string(r.Stamp), r.Started, r.Took, r.Bytes, r.Summary, r.Problem, r.Remedy, r.Schedule}
	}
	if v := p.Notice.Verdict; v != nil {
		w.Verdict = &verdictWire{v.Key, string(v.Light), v.Limit, v.Seen, v.Never, v.Reason, v.Remedy}
	}
	data, err := json.Marshal(w)
	return append(data, '\n'), err
}

func decode(data []byte) (domain.PendingNotice, error) {
	var w noticeWire
	if err := json.Unmarshal(data, &w); err != nil || w.ID == "" || w.To == "" {
		return domain.PendingNotice{}, errors.Join(errors.New("it is no notice"), err)
	}
	p := domain.PendingNotice{To: w.To, Notice: domain.Notice{ID: w.ID, At: w.At.UTC()}}
	if r := w.Report; r != nil {
		p.Notice.Report = &domain.JobReport{
			Job: domain.Job(r.Job), Stamp: domain.Stamp(r.Stamp), Started: r.Started.UTC(), Took: r.Took, Bytes: r.Bytes,
			Summary: r.Summary, Problem: r.Problem, Remedy: r.Remedy, Schedule: r.Schedule,
		}
	}
	if v := w.Verdict; v != nil {
		p.Notice.Verdict = &domain.Verdict{
			Key: v.Key, Light: domain.Light(v.Light), Limit: v.Limit, Seen: v.Seen, Never: v.Never, Reason: v.Reason, Remedy: v.Remedy,
		}
	}
	return p, nil
}

// Keep writes the notice.
func (b *Box) Keep(ctx context.Context, p domain.PendingNotice) ([]domain.PendingNotice, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("keep a notice: %w", err)
	}
	data, err := encode(p)
	if err != nil {
		return nil, fmt.Errorf("keep a notice: %w", err)
	}
	if err := b.write(name(p), data); err != nil {
		return nil, domain.Unavailable("the notice cannot be kept in %s", b.dir).Because(err).
			WithHint("make room, and let this user write to the data directory")
	}
	return b.trim()
}

func (b *Box) write(name string, data []byte) error {
	switch err := b.disk.Mkdir(b.dir); {
	case err == nil:
		if err := b.disk.Sync(b.home); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	path, temp := filepath.Join(b.dir, name), filepath.Join(b.dir, unready+name)
	if err := b.disk.WriteFile(temp, data, 0o600); err != nil {
		return errors.Join(err, b.disk.RemoveAll(temp))
	}
	switch err := b.disk.Rename(temp, path); {
	case errors.Is(err, fs.ErrExist): // kept before
		return b.disk.RemoveAll(temp)
	case err != nil:
		return errors.Join(err, b.disk.RemoveAll(temp))
	}
	return b.disk.Sync(b.dir)
}

// trim removes the oldest of what is too much, and what killed processes began.
func (b *Box) trim() ([]domain.PendingNotice, error) {
	names, err := b.names()
	if err != nil || len(names) <= Most {
		return nil, err
	}
	var dropped []domain.PendingNotice
	for _, name := range names[:len(names)-Most] {
		path := filepath.Join(b.dir, name)
		if data, err := b.disk.ReadFile(path); err == nil {
			if p, err := decode(data); err == nil && !strings.HasPrefix(name, unready) {
				dropped = append(dropped, p)
			}
		}
		if err := b.disk.RemoveAll(path); err != nil {
			return dropped, err
		}
	}
	return dropped, nil
}

// names returns all files, those that are not ready included, in order of time.
func (b *Box) names() ([]string, error) {
	entries, err := b.disk.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, domain.Unavailable("the notices in %s cannot be read", b.dir).Because(err)
	}
	var out []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) {
			out = append(out, e.Name())
		}
	}
	slices.SortFunc(out, func(x, y string) int {
		return cmp.Compare(strings.TrimPrefix(x, unready), strings.TrimPrefix(y, unready))
	})
	return out, nil
}

// Waiting reads them all. What cannot be read is passed over: it goes when it is
// among the oldest.
func (b *Box) Waiting(ctx context.Context) ([]domain.PendingNotice, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read the notices: %w", err)
	}
	names, err := b.names()
	if err != nil {
		return nil, err
	}
	var out []domain.PendingNotice
	for _, name := range names {
		if strings.HasPrefix(name, unready) {
			continue
		}
		data, err := b.disk.ReadFile(filepath.Join(b.dir, name))
		if err != nil {
			continue // delivered meanwhile, by somebody else
		}
		if p, err := decode(data); err == nil {
			out = append(out, p)
		}
	}
	return out, nil
}

// Remove removes the file. It is not synced: what comes back after a power failure
// is told twice, under the same ID.
func (b *Box) Remove(ctx context.Context, p domain.PendingNotice) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("forget a notice: %w", err)
	}
	return b.disk.RemoveAll(filepath.Join(b.dir, name(p)))
}
