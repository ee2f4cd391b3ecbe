package portfake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

var _ ports.ProofStore = (*BackupStore)(nil)

const (
	probesName = "probes.json"
	proofName  = "proof.json"
)

// PutProbes writes the probes into a hidden folder.
func (b *BackupStore) PutProbes(ctx context.Context, dir string, p domain.ProbeSet) (domain.FileEntry, error) {
	if err := begin(ctx, b.Fail, "backups.put_probes"); err != nil {
		return domain.FileEntry{}, err
	}
	if !strings.HasPrefix(filepath.Base(dir), buildPrefix) {
		return domain.FileEntry{}, domain.Invalid("%s is not being built", dir)
	}
	data, err := json.Marshal(p)
	if err != nil {
		return domain.FileEntry{}, err
	}
	if err := b.disk.WriteFile(filepath.Join(dir, probesName), data, 0o600); err != nil {
		return domain.FileEntry{}, err
	}
	return domain.FileEntry{Path: probesName, Mode: 0o600, Size: int64(len(data)), SHA256: hexSum(data)}, nil
}

// Probes returns them if they are those of the manifest.
func (b *BackupStore) Probes(ctx context.Context, stamp domain.Stamp) (domain.ProbeSet, error) {
	var p domain.ProbeSet
	m, dir, err := b.Open(ctx, stamp)
	if err != nil {
		return p, err
	}
	if m.Probes == nil {
		return p, domain.NotFound("backup %s has no probes", stamp)
	}
	data, err := b.disk.ReadFile(filepath.Join(dir, probesName))
	if errors.Is(err, ErrStopped) {
		return p, err
	}
	if err != nil || hexSum(data) != m.Probes.SHA256 {
		return p, domain.Corrupt("the probes of backup %s were changed", stamp).Because(err)
	}
	return p, json.Unmarshal(data, &p)
}

// PutProof keeps the proof and the standing that follows from it.
func (b *BackupStore) PutProof(ctx context.Context, stamp domain.Stamp, p domain.Proof) error {
	if err := begin(ctx, b.Fail, "backups.put_proof"); err != nil {
		return err
	}
	if _, err := b.disk.Stat(b.folder(stamp)); errors.Is(err, fs.ErrNotExist) {
		return b.unknown(stamp)
	}
	p.Stamp = stamp
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := b.disk.WriteFile(filepath.Join(b.folder(stamp), proofName), data, 0o600); err != nil {
		return domain.Unavailable("cannot keep the proof of %s", stamp).Because(err)
	}
	if err := b.disk.Sync(b.folder(stamp)); err != nil {
		return err
	}
	if p.Passed {
		return b.Record(ctx, stamp, domain.StandingProven, p.At)
	}
	var reached standing
	raw, err := b.disk.ReadFile(filepath.Join(b.folder(stamp), standingName))
	if err == nil && json.Unmarshal(raw, &reached) == nil && reached.Standing == domain.StandingProven {
		return b.disk.RemoveAll(filepath.Join(b.folder(stamp), standingName))
	}
	return nil
}

// Proof returns the last one.
func (b *BackupStore) Proof(ctx context.Context, stamp domain.Stamp) (domain.Proof, error) {
	var p domain.Proof
	if err := begin(ctx, b.Fail, "backups.proof"); err != nil {
		return p, err
	}
	data, err := b.disk.ReadFile(filepath.Join(b.folder(stamp), proofName))
	if errors.Is(err, ErrStopped) {
		return p, err
	}
	if err != nil {
		return p, domain.NotFound("backup %s was never proven", stamp)
	}
	return p, json.Unmarshal(data, &p)
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
