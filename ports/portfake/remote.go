package portfake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sort"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// ErrCut is what a connection that was cut off returns.
var ErrCut = errors.New("fake: the connection was cut off")

// Remote is a remote store in memory. Its zero value is empty and ready.
type Remote struct {
	// Fail is called at the start of every call with a name such as "remote.put";
	// what it returns is returned. It may be nil.
	Fail func(op string) error
	// Silent makes Stat tell no checksums.
	Silent bool
	// Clock gives the time of what is put; nil is always the same moment.
	Clock ports.Clock

	mu      sync.Mutex
	objects map[string]remoteObject
	half    map[string]unfinished // what was cut off and can be gone on with
	cuts    map[string]cut
}

type remoteObject struct {
	data   []byte
	at     time.Time
	locked time.Time
}

type unfinished struct {
	data []byte
	at   time.Time
}

type cut struct {
	after int64
	times int
}

var (
	_ ports.RemoteStore   = (*Remote)(nil)
	_ ports.RemoteResumer = (*Remote)(nil)
)

// Cut makes the next transfers of an operation ("put", "get") break off after so
// many bytes, so often.
func (r *Remote) Cut(op string, after int64, times int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cuts == nil {
		r.cuts = map[string]cut{}
	}
	r.cuts[op] = cut{after, times}
}

// Change lets a test damage what is stored. change returns nil to remove it.
func (r *Remote) Change(name string, change func(data []byte) []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.objects[name]
	o.data = change(append([]byte(nil), o.data...))
	if o.data == nil {
		delete(r.objects, name)
		return
	}
	r.keep(name, o)
}

// Lock makes the remote keep the object until the given time.
func (r *Remote) Lock(name string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.objects[name]
	o.locked = until
	r.keep(name, o)
}

func (r *Remote) keep(name string, o remoteObject) {
	if r.objects == nil {
		r.objects = map[string]remoteObject{}
	}
	r.objects[name] = o
}

func (r *Remote) now() time.Time {
	if r.Clock == nil {
		return time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	}
	return r.Clock.Now()
}

// limit returns how many bytes the next transfer may carry; -1 is no bound.
func (r *Remote) limit(op string) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.cuts[op]
	if c.times == 0 {
		return -1
	}
	c.times--
	r.cuts[op] = c
	return c.after
}

// Place names the fake.
func (r *Remote) Place() string { return "a remote in memory" }

// Put stores the stream when all of it came.
func (r *Remote) Put(ctx context.Context, name string, in io.Reader, _ int64) (domain.RemoteObject, error) {
	if err := begin(ctx, r.Fail, "remote.put"); err != nil {
		return domain.RemoteObject{}, err
	}
	if err := domain.CheckRemoteName(name); err != nil {
		return domain.RemoteObject{}, err
	}
	limit := r.limit("put")
	var all bytes.Buffer
	if _, err := io.Copy(&all, &cutReader{ctx: ctx, r: in, left: limit}); err != nil {
		return domain.RemoteObject{}, fmt.Errorf("put %s: %w", name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	o := remoteObject{data: all.Bytes(), at: r.now()}
	r.keep(name, o)
	return o.describe(name, false), nil
}

// PutResumable stores the stream, or as much of it as comes.
func (r *Remote) PutResumable(ctx context.Context, name string, in io.Reader, _ int64, again bool) (domain.RemoteObject, int64, error) {
	if err := begin(ctx, r.Fail, "remote.put"); err != nil {
		return domain.RemoteObject{}, 0, err
	}
	if err := domain.CheckRemoteName(name); err != nil {
		return domain.RemoteObject{}, 0, err
	}
	limit := r.limit("put")
	all, err := io.ReadAll(in)
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.half[name].data
	delete(r.half, name)
	if err != nil {
		return domain.RemoteObject{}, 0, fmt.Errorf("put %s: %w", name, err)
	}
	if !again {
		before = nil
	}
	if !bytes.HasPrefix(all, before) {
		return domain.RemoteObject{}, 0, domain.Conflict("what was sent of %s before is another stream", name)
	}
	if rest := int64(len(all) - len(before)); limit >= 0 && limit < rest {
		if r.half == nil {
			r.half = map[string]unfinished{}
		}
		r.half[name] = unfinished{all[:int64(len(before))+limit], r.now()}
		return domain.RemoteObject{}, limit, fmt.Errorf("put %s: %w", name, ErrCut)
	}
	o := remoteObject{data: all, at: r.now()}
	r.keep(name, o)
	return o.describe(name, false), int64(len(all) - len(before)), nil
}

// Half returns how much of an object was sent and can be gone on with.
func (r *Remote) Half(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.half[name].data)
}

// Sweep forgets what is older.
func (r *Remote) Sweep(ctx context.Context, before time.Time) error {
	if err := begin(ctx, r.Fail, "remote.sweep"); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, h := range r.half {
		if h.at.Before(before) {
			delete(r.half, name)
		}
	}
	return nil
}

// Seals keeps a seal in memory; the zero value is empty.
type Seals struct {
	// Fail is called at the start of every call with "seals.keep" and the like.
	Fail func(op string) error

	mu   sync.Mutex
	kept *domain.KeptSeal
}

var _ ports.SealStore = (*Seals)(nil)

// Keep stores it.
func (s *Seals) Keep(ctx context.Context, k domain.KeptSeal) error {
	if err := begin(ctx, s.Fail, "seals.keep"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = &k
	return nil
}

// Kept returns it.
func (s *Seals) Kept(ctx context.Context) (domain.KeptSeal, error) {
	if err := begin(ctx, s.Fail, "seals.kept"); err != nil {
		return domain.KeptSeal{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		return domain.KeptSeal{}, domain.NotFound("no upload is under way")
	}
	return *s.kept, nil
}

// Forget removes it.
func (s *Seals) Forget(ctx context.Context) error {
	if err := begin(ctx, s.Fail, "seals.forget"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = nil
	return nil
}

// Get returns the content from a byte on.
func (r *Remote) Get(ctx context.Context, name string, from int64) (io.ReadCloser, error) {
	if err := begin(ctx, r.Fail, "remote.get"); err != nil {
		return nil, err
	}
	o, err := r.find(name)
	if err != nil {
		return nil, err
	}
	from = min(from, int64(len(o.data)))
	return io.NopCloser(&cutReader{ctx: ctx, r: bytes.NewReader(o.data[from:]), left: r.limit("get")}), nil
}

// Stat describes the object.
func (r *Remote) Stat(ctx context.Context, name string) (domain.RemoteObject, error) {
	if err := begin(ctx, r.Fail, "remote.stat"); err != nil {
		return domain.RemoteObject{}, err
	}
	o, err := r.find(name)
	return o.describe(name, r.Silent), err
}

func (r *Remote) find(name string) (remoteObject, error) {
	if err := domain.CheckRemoteName(name); err != nil {
		return remoteObject{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	o, ok := r.objects[name]
	if !ok {
		return o, domain.NotFound("there is no %s on the remote", name)
	}
	return o, nil
}

func (o remoteObject) describe(name string, silent bool) domain.RemoteObject {
	out := domain.RemoteObject{Name: name, Size: int64(len(o.data)), Modified: o.at, LockedUntil: o.locked}
	if !silent {
		h := sha256.Sum256(o.data)
		out.Sums = map[string]string{"sha256": hex.EncodeToString(h[:])}
	}
	return out
}

// List returns all objects.
func (r *Remote) List(ctx context.Context) ([]domain.RemoteObject, error) {
	if err := begin(ctx, r.Fail, "remote.list"); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []domain.RemoteObject
	for name, o := range r.objects {
		out = append(out, o.describe(name, true))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}

// Delete removes the object.
func (r *Remote) Delete(ctx context.Context, name string) error {
	if err := begin(ctx, r.Fail, "remote.delete"); err != nil {
		return err
	}
	if err := domain.CheckRemoteName(name); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if o := r.objects[name]; o.locked.After(r.now()) {
		return domain.Refused("%s is locked until %s", name, o.locked.Format(time.RFC3339))
	}
	delete(r.objects, name)
	return nil
}

// cutReader breaks off after so many bytes; never when left is negative.
type cutReader struct {
	ctx  context.Context
	r    io.Reader
	left int64
}

func (c *cutReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	if c.left == 0 {
		return 0, ErrCut
	}
	if c.left > 0 && int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	if c.left > 0 {
		c.left -= int64(n)
	}
	return n, err
}
