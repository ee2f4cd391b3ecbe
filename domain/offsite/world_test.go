package offsite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/offsite"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

const (
	backups = "/backups"
	content = "the whole of a small database, long enough to be cut off anywhere"
)

// world is a machine with backups, and a remote that outlives it.
type world struct {
	disk    *portfake.Disk
	store   *portfake.BackupStore
	remote  *portfake.Remote
	clock   *portfake.Clock
	packer  *portfake.Archiver
	faults  *portfake.Faults
	ledger  []domain.LedgerEntry
	policy  domain.RetentionPolicy
	key     string
	seals   *portfake.Seals // nil: an upload begins anew
	program string
	waits   int
	faulty  []domain.Fault // what validation says
}

func newWorld() *world {
	w := &world{remote: &portfake.Remote{}, clock: &portfake.Clock{}, key: "key", faults: &portfake.Faults{}}
	w.remote.Clock = w.clock
	w.machine()
	return w
}

// machine is a new, empty one.
func (w *world) machine() {
	w.disk = portfake.NewDisk()
	w.disk.PutFolder(backups)
	w.boot()
}

func (w *world) boot() {
	w.store = portfake.NewBackupStore(w.disk, backups)
	w.packer = portfake.NewArchiver(w.disk, w.key)
}

func (w *world) arm() {
	w.disk.Fail, w.store.Fail, w.remote.Fail, w.packer.Fail = w.faults.Hit, w.faults.Hit, w.faults.Hit, w.faults.Hit
}

func (w *world) disarm() {
	w.disk.Fail, w.store.Fail, w.remote.Fail, w.packer.Fail = nil, nil, nil, nil
}

func (w *world) service() *offsite.Service {
	var seals ports.SealStore
	if w.seals != nil {
		seals = w.seals
	}
	return offsite.New(offsite.Config{
		Seals: seals, Program: func() (string, error) { return w.program, nil },
		Remote: w.remote, Archiver: w.packer, Store: w.store, Disk: w.disk, Clock: w.clock, Policy: w.policy,
		Validate: w.validate,
		Record: func(_ context.Context, e domain.LedgerEntry) error {
			w.ledger = append(w.ledger, e)
			return nil
		},
		Wait: func(ctx context.Context, _ int) error { w.waits++; return ctx.Err() },
	})
}

// validate is the least of a validation.
func (w *world) validate(_ context.Context, dir string, stamp domain.Stamp, _ func(domain.CopyProgress)) ([]domain.Fault, error) {
	data, err := w.disk.ReadFile(filepath.Join(dir, string(stamp), "db", "atocore.db"))
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(string(data), content) {
		return []domain.Fault{{Kind: domain.FaultHash, File: "db/atocore.db", Expected: content, Found: string(data)}}, nil
	}
	return w.faulty, nil
}

// backUp makes a backup, an hour after the one before.
func (w *world) backUp(t *testing.T, kind domain.BackupKind) domain.Stamp {
	t.Helper()
	w.clock.Advance(time.Hour)
	dir, err := w.store.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.disk.Mkdir(filepath.Join(dir, "db")))
	text := content + fmt.Sprint(w.clock.Now())
	require.NoError(t, w.disk.WriteFile(filepath.Join(dir, "db", "atocore.db"), []byte(text), 0o600))
	size, sum, err := w.disk.Hash(t.Context(), filepath.Join(dir, "db", "atocore.db"), nil)
	require.NoError(t, err)
	m, err := w.store.Commit(t.Context(), dir, domain.Manifest{
		Format: domain.BackupFormat, Kind: kind, CreatedAt: w.clock.Now(), AppVersion: "v1", SchemaVersion: 7,
		Components: []domain.ComponentEntry{{Name: "sqlite", Dir: "db", Included: true, Files: []domain.FileEntry{
			{Path: "db/atocore.db", Mode: 0o600, Size: size, SHA256: sum},
		}}},
	})
	require.NoError(t, err)
	return m.Stamp
}

// pushed makes a backup and pushes it.
func (w *world) pushed(t *testing.T) domain.Stamp {
	t.Helper()
	stamp := w.backUp(t, domain.BackupManual)
	_, err := w.service().Push(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	return stamp
}

// listed returns the stamps of the whole backups on the remote.
func (w *world) listed(t *testing.T) []domain.Stamp {
	t.Helper()
	l, err := w.service().List(t.Context())
	require.NoError(t, err)
	var out []domain.Stamp
	for _, b := range l.Backups {
		require.NotEqual(t, domain.StandingBroken, b.Standing, b.Problem)
		out = append(out, b.Stamp)
	}
	return out
}

// here returns the stamps of the backups on the machine, and that nothing else is
// there.
func (w *world) here(t *testing.T) []string {
	t.Helper()
	entries, err := w.disk.ReadDir(backups)
	require.NoError(t, err)
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

var errBroken = errors.New("broken")
