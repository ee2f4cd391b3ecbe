package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/adapters/httpapi"
	"github.com/atocore/atocore/adapters/lockfile"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/doctor"
)

// doctor examines the installation, and changes nothing: neither does it finish an
// interrupted restore or migrate a database, as any other command would, nor does
// it make a file.
func (p Program) doctor(ctx context.Context, f cli.Flags) ([]domain.Finding, error) {
	i, err := p.installation(f)
	if err != nil {
		return nil, err
	}
	if _, err := i.messengers(); err != nil {
		return nil, err
	}
	s := i.settings
	built, _ := time.Parse(time.RFC3339, version(p.Version).Built) // zero when it is not recorded
	return doctor.New(doctor.Config{
		DataDir: s.DataDir, Database: databaseFile, Journal: journalFile, Private: []string{registryFile, "chroma"},
		BackupDir: s.Backup.Dir,
		Disk:      osdisk.Disk{}, Registry: i.registry, Clock: system.Clock{},
		Modes:    runtime.GOOS != "windows",
		Open:     i.openForDoctor,
		Backups:  i.backups(),
		Judge:    i.vitals(0).Judge,
		Schedule: i.scheduled, Remote: i.askRemote,
		Notices:  i.outbox().Waiting,
		Parked:   i.restores().Parked,
		Busy:     backupdir.Busy,
		Exposure: exposure(i),
		Version:  i.version, Schema: sqlite.NewestSchema, Built: built,
	}).Examine(ctx)
}

// remotePatience bounds how long the place of the copies may take to answer.
const remotePatience = 15 * time.Second

// askRemote lists what is at the place of the copies: it must answer, and let us in.
func (i installation) askRemote(ctx context.Context) (string, error) {
	store, err := i.remoteStore()
	if err != nil {
		if i.settings.Remote.Type == "none" {
			return "", nil // none is configured
		}
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, remotePatience)
	defer cancel()
	if _, err := store.List(ctx); err != nil {
		return "", fmt.Errorf("%s: %w", store.Place(), err)
	}
	return store.Place(), nil
}

// scheduled is how the jobs stand that are on the schedule.
func (i installation) scheduled(ctx context.Context) ([]domain.JobStatus, error) {
	st, err := i.schedule(unattended{}).Status(ctx, 0)
	var on []domain.JobStatus
	for _, j := range st.Jobs {
		if j.Schedule != scheduleOff {
			on = append(on, j)
		}
	}
	return on, err
}

// exposure is how the service could be reached, and where its secrets are.
func exposure(i installation) doctor.Exposure {
	s := i.settings
	x := doctor.Exposure{Listen: s.Listen, Token: s.APIToken, Loopback: httpapi.CheckExposure(s.Listen, "") == nil, Keys: i.hasKeys}
	if s.APITokenFile != "" {
		x.Secrets = append(x.Secrets, s.APITokenFile)
	}
	for _, v := range s.Values() {
		if v.Key.Secret && v.Text != "" && s.File != "" && string(v.Origin.Source) == "file" {
			x.Secrets = append(x.Secrets, s.File)
			return x
		}
	}
	return x
}

// hasKeys tells whether there are API keys, as far as that can be seen.
func (i installation) hasKeys(ctx context.Context) bool {
	release, err := i.shareToLook(ctx)
	if err != nil {
		return false // what is wrong is told by whoever examines it
	}
	defer func() { _ = release() }()
	store, err := sqlite.OpenToLook(ctx, sqlite.Config{Path: i.databasePath()})
	if err != nil {
		return false
	}
	some, err := store.Keys().Any(ctx)
	return store.Close() == nil && err == nil && some
}

func (i installation) openForDoctor(ctx context.Context) (doctor.Stores, error) {
	if _, err := os.Stat(filepath.Join(i.settings.DataDir, journalFile)); !errors.Is(err, fs.ErrNotExist) {
		return doctor.Stores{}, domain.Refused("not looked into: a restore has to be brought to its end first").
			WithHint("run: atocore project list")
	}
	dir, err := look(i.settings)
	if err != nil {
		return doctor.Stores{}, err
	}
	if dir.fresh() {
		return doctor.Stores{}, dir.missing()
	}
	if err := dir.check(); err != nil {
		return doctor.Stores{}, err
	}
	release, err := i.shareToLook(ctx)
	if err != nil {
		return doctor.Stores{}, err
	}
	store, err := sqlite.OpenToLook(ctx, sqlite.Config{Path: i.databasePath(), Model: i.embedder.Model()})
	if err != nil {
		return doctor.Stores{}, errors.Join(err, release())
	}
	return doctor.Stores{
		Documents: store.Documents(), Inspect: store.Inspect, Schema: store.Schema,
		Index: func(ctx context.Context) (doctor.Index, error) {
			if s := i.settings; s.Vector.Driver == driverChroma {
				return i.indexElsewhere(ctx, store)
			}
			v, err := store.VectorState(ctx)
			return doctor.Index{
				Elsewhere: v.Status == sqlite.VectorsOff, Usable: v.Status != sqlite.VectorsMismatched,
				Stored: v.Stored, Configured: v.Configured, Missing: v.Missing,
			}, err
		},
		Newest: func(ctx context.Context) (time.Time, error) {
			us, err := store.Newest(ctx)
			if err != nil || us == 0 {
				return time.Time{}, err
			}
			return time.UnixMicro(us).UTC(), nil
		},
		Close: func() error { return errors.Join(store.Close(), release()) },
	}, nil
}

// indexElsewhere compares the index in Chroma with the text, and changes neither.
func (i installation) indexElsewhere(ctx context.Context, store *sqlite.Store) (found doctor.Index, err error) {
	_, keeper, done, err := i.vectors(store)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, done()) }()
	found = doctor.Index{Elsewhere: true, Configured: i.embedder.Model(), Place: i.settings.Chroma.URL}
	status, err := keeper.Status(ctx)
	if err != nil {
		return found, err
	}
	if found.Problem = status.Problem; found.Problem != "" {
		return found, nil
	}
	for _, g := range status.Generations {
		if g.InUse {
			found.Waiting = g.Waiting
		}
	}
	check, err := keeper.Verify(ctx)
	if err != nil {
		if ctx.Err() == nil {
			found.Problem, err = err.Error(), nil
		}
		return found, err
	}
	found.Missing, found.Orphaned, found.Stale = len(check.Missing), len(check.Orphaned), len(check.Stale)
	return found, nil
}

// shareToLook shares the stores' lock, so that no restore begins meanwhile. Where
// there is no lock file nobody ever opened the stores here, and none is made.
func (i installation) shareToLook(ctx context.Context) (func() error, error) {
	_, err := os.Stat(filepath.Join(i.settings.DataDir, lockfile.StoresFile))
	if errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at the lock: %w", err)
	}
	return i.gate.Share(ctx)
}
