package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/atocore/atocore/adapters/archive"
	"github.com/atocore/atocore/adapters/backupdir"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/remotedir"
	"github.com/atocore/atocore/adapters/s3"
	"github.com/atocore/atocore/adapters/sealfile"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/offsite"
	"github.com/atocore/atocore/domain/prove"
	"github.com/atocore/atocore/ports"
)

// pushLock keeps two processes from pushing at the same time.
const pushLock = ".offsite.lock"

// remote makes the use case of off-site copies, if a remote is configured.
func (i installation) remote() (*offsite.Service, error) {
	r := i.settings.Remote
	store, err := i.remoteStore()
	if err != nil {
		return nil, located(err, i.settings)
	}
	return offsite.New(offsite.Config{
		Remote: store,
		Archiver: archive.New(archive.Config{
			Recipients: r.Recipients, IdentityFile: r.IdentityFile, Passphrase: r.Passphrase,
		}),
		Store: i.backupStore(), Disk: osdisk.Disk{}, Clock: system.Clock{},
		Seals: sealfile.New(sealfile.Config{Disk: osdisk.Disk{}, Dir: i.settings.DataDir}), Program: programSum,
		Validate: i.validateIn, Exclude: i.excludePush, Record: i.record, Tell: i.tell,
		Policy: domain.RetentionPolicy{
			KeepLast: r.KeepLast, KeepDaily: r.KeepDaily, KeepWeekly: r.KeepWeekly, KeepMonthly: r.KeepMonthly,
			KeepWithin: r.KeepWithin, MinKeep: i.settings.Backup.MinKeep,
		},
	}), nil
}

// programSum says which program this is.
func programSum() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	_, sum, err := osdisk.Disk{}.Hash(context.Background(), path, nil)
	return sum, err
}

func (i installation) remoteStore() (ports.RemoteStore, error) {
	r := i.settings.Remote
	switch r.Type {
	case "dir":
		if r.Dir == "" {
			return nil, domain.Invalid("remote.dir is not set").WithField("remote.dir").WithHint("name the folder that backups are sent to")
		}
		return remotedir.New(remotedir.Config{Dir: r.Dir}), nil
	case "s3":
		return s3.New(s3.Config{
			Endpoint: r.Endpoint, Region: r.Region, Bucket: r.Bucket, Prefix: r.Prefix, Lookup: r.Lookup, CAFile: r.CAFile,
			AccessKey: r.AccessKey, SecretKey: r.SecretKey, CredentialsFile: r.CredentialsFile,
			LockMode: r.LockMode, LockFor: r.LockFor,
		})
	}
	return nil, domain.Invalid("no remote is configured").WithField("remote.type").
		WithHint("set remote.type to dir or s3; docs/off-site.md shows how")
}

// validateIn looks at a backup in a folder that is not the one of the backups.
func (i installation) validateIn(ctx context.Context, dir string, stamp domain.Stamp, report func(domain.CopyProgress)) ([]domain.Fault, error) {
	v, err := backup.New(backup.Config{
		Store:      backupdir.New(backupdir.Config{Disk: osdisk.Disk{}, Dir: dir}),
		Components: i.components(i.settings.DataDir), Disk: osdisk.Disk{}, Clock: system.Clock{}, AppVersion: i.version,
	}).Validate(ctx, string(stamp), report)
	return v.Faults, err
}

// excludePush lets one process at a time change what is on the remote.
func (i installation) excludePush(context.Context) (func() error, error) {
	dir := i.settings.Backup.Dir
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil // nothing to push, and nobody who could
	}
	release, err := backupdir.FileLock(filepath.Join(dir, pushLock))
	if err != nil {
		return nil, domain.Unavailable("the backups in %s cannot be locked", dir).Because(err).
			WithHint("the folder must be writable; it is set by backup.dir")
	}
	if release == nil {
		return nil, domain.Conflict("another process is pushing from %s or pruning its remote", dir).
			WithHint("wait until it has ended and try again")
	}
	return release, nil
}

// proveRemote fetches a copy from off site into scratch, with the key, and proves
// that.
func (i installation) proveRemote(ctx context.Context, name string, report func(domain.CopyProgress)) (p domain.Proof, err error) {
	away, err := i.remote()
	if err != nil {
		return p, err
	}
	dir, release, err := i.room().Take(ctx)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, release()) }()
	got, err := away.Fetch(ctx, name, dir, report)
	if err != nil {
		return p, err
	}
	there, s := i, *i.settings
	s.Backup.Dir = dir
	there.settings = &s
	store := there.backupStore()
	p, err = prove.New(prove.Config{
		Backups: store, Proofs: store, Scratch: i.room(), Disk: osdisk.Disk{}, Clock: system.Clock{},
		Restore: there.restoreInto, OpenCaptured: there.openCaptured, OpenRestored: there.openRestored, Ask: there.askPlainly,
		Embedding: i.embedder.Model(), AppVersion: i.version, Prompts: i.settings.Backup.Probes, Tell: i.tell,
		Record: func(ctx context.Context, e domain.LedgerEntry) error {
			if e.Details == nil {
				e.Details = map[string]string{}
			}
			e.Details["place"] = away.Place()
			return i.record(ctx, e)
		},
	}).Prove(ctx, string(got.Stamp), report)
	if err != nil {
		return p, err
	}
	if err := away.Judge(ctx, p); err != nil {
		p.Notes = append(p.Notes, "the remote's summary does not tell of this proof: "+err.Error())
	}
	return p, nil
}
