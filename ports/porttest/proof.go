package porttest

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestProofStore checks the contract of ports.ProofStore; the store under test must
// implement it beside ports.BackupStore. open returns an empty one each time.
func TestProofStore(t *testing.T, open func(t *testing.T) BackupStoreFixture) {
	cases := []struct {
		name string
		run  func(t *testing.T, f BackupStoreFixture, proofs ports.ProofStore)
	}{
		{"probes", proofProbes},
		{"probes not wanted", proofProbesDropped},
		{"probes changed", proofProbesChanged},
		{"no probes", proofNoProbes},
		{"proof", proofPassed},
		{"failed proof", proofFailed},
		{"proof forgotten", proofForgotten},
		{"no backup", proofNoBackup},
		{"gives up", proofGivesUp},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := open(t)
			proofs, ok := f.Store.(ports.ProofStore)
			require.True(t, ok)
			c.run(t, f, proofs)
		})
	}
}

func someProbes() domain.ProbeSet {
	digest := sumOf([]byte("ids"))
	return domain.ProbeSet{
		RecordedAt: storeMoment, AppVersion: "1.2.3", Embedding: domain.EmbeddingModel{Name: "test", Dimension: 3},
		Probes: []domain.Probe{
			{Origin: domain.ProbeMemory, Prompt: "who <prefers> \"short\" answers\n", IDs: []string{"b", "a"}},
			{Origin: domain.ProbeOperator, Prompt: "nothing at all", IDs: []string{}},
		},
		Crossings: domain.Crossings{
			Projects: []domain.ProjectCrossing{
				{Name: "", Counts: domain.StoreCounts{Memories: 1}},
				{Name: "atlas", Registered: true, Counts: domain.StoreCounts{Documents: 2, Chunks: 3, Memories: 4}},
			},
			Passages:   domain.SetDigest{Count: 8, Digest: digest},
			Vectors:    &domain.SetDigest{Count: 7, Digest: digest},
			Unvectored: domain.IDSet{SetDigest: domain.SetDigest{Count: 1, Digest: digest}, First: []string{"x"}},
			Orphaned:   domain.IDSet{SetDigest: domain.SetDigest{Digest: digest}, First: []string{}},
		},
	}
}

// commitProbed makes a backup with probes.
func (f BackupStoreFixture) commitProbed(t *testing.T, proofs ports.ProofStore) domain.Manifest {
	t.Helper()
	dir := f.build(t)
	file, err := proofs.PutProbes(t.Context(), dir, someProbes())
	require.NoError(t, err)
	m := storeManifest(storeMoment)
	m.Probes = &file
	m, err = f.Store.Commit(t.Context(), dir, m)
	require.NoError(t, err)
	return m
}

func (f BackupStoreFixture) summary(t *testing.T, stamp domain.Stamp) domain.BackupSummary {
	t.Helper()
	list, err := f.Store.List(t.Context())
	require.NoError(t, err)
	for _, b := range list {
		if b.Stamp == stamp {
			return b
		}
	}
	require.Fail(t, "not listed", stamp)
	return domain.BackupSummary{}
}

func proofProbes(t *testing.T, f BackupStoreFixture, proofs ports.ProofStore) {
	m := f.commitProbed(t, proofs)
	opened, dir, err := f.Store.Open(t.Context(), m.Stamp)
	require.NoError(t, err)
	assert.Equal(t, m, opened)
	size, sum, err := f.Disk.Hash(t.Context(), filepath.Join(dir, filepath.FromSlash(m.Probes.Path)), nil)
	require.NoError(t, err)
	assert.Equal(t, domain.FileEntry{Path: m.Probes.Path, Mode: 0o600, Size: size, SHA256: sum}, *m.Probes)
	got, err := proofs.Probes(t.Context(), m.Stamp)
	require.NoError(t, err)
	assert.Equal(t, someProbes(), got)
	if inspector, ok := f.Store.(ports.BackupInspector); ok {
		in, err := inspector.Inspect(t.Context(), m.Stamp)
		require.NoError(t, err)
		assert.Empty(t, in.Faults)
		assert.Contains(t, in.Companions, m.Probes.Path)
	}
}

func proofProbesDropped(t *testing.T, f BackupStoreFixture, proofs ports.ProofStore) {
	dir := f.build(t)
	file, err := proofs.PutProbes(t.Context(), dir, someProbes())
	require.NoError(t, err)
	m := storeManifest(storeMoment)
	m.NoProbes = "they could not be asked"
	m, err = f.Store.Commit(t.Context(), dir, m)
	require.NoError(t, err)
	opened, dir, err := f.Store.Open(t.Context(), m.Stamp)
	require.NoError(t, err)
	assert.Equal(t, "they could not be asked", opened.NoProbes)
	_, err = f.Disk.Stat(filepath.Join(dir, filepath.FromSlash(file.Path)))
	require.Error(t, err, "no file that the manifest does not name")
	_, err = proofs.Probes(t.Context(), m.Stamp)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
}

func proofProbesChanged(t *testing.T, f BackupStoreFixture, proofs ports.ProofStore) {
	m := f.commitProbed(t, proofs)
	_, dir, err := f.Store.Open(t.Context(), m.Stamp)
	require.NoError(t, err)
	at := filepath.Join(dir, filepath.FromSlash(m.Probes.Path))
	whole, err := f.Disk.ReadFile(at)
	require.NoError(t, err)
	inspect := func() []domain.Fault {
		inspector, ok := f.Store.(ports.BackupInspector)
		if !ok {
			return []domain.Fault{{File: m.Probes.Path}}
		}
		in, err := inspector.Inspect(t.Context(), m.Stamp)
		require.NoError(t, err)
		return in.Faults
	}
	changed := append([]byte{}, whole...)
	changed[len(changed)/2] ^= 1
	for name, data := range map[string][]byte{"one bit": changed, "shorter": whole[:len(whole)-1], "empty": {}} {
		require.NoError(t, f.Disk.WriteFile(at, data, 0o600))
		_, err := proofs.Probes(t.Context(), m.Stamp)
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), name)
		faults := inspect()
		if assert.Len(t, faults, 1, name) {
			assert.Equal(t, m.Probes.Path, faults[0].File)
		}
	}
	require.NoError(t, f.Disk.RemoveAll(at))
	_, err = proofs.Probes(t.Context(), m.Stamp)
	assert.Equal(t, domain.KindCorrupt, domain.KindOf(err))
	assert.Len(t, inspect(), 1)
}

func proofNoProbes(t *testing.T, f BackupStoreFixture, proofs ports.ProofStore) {
	stamp := f.commit(t, storeMoment)
	_, err := proofs.Probes(t.Context(), stamp)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	_, err = proofs.Proof(t.Context(), stamp)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
}

func someProof(stamp domain.Stamp) domain.Proof {
	return domain.Proof{
		Stamp: stamp, At: storeMoment.Add(time.Hour), AppVersion: "1.2.4", Passed: true,
		Compared: []domain.Comparison{{What: "rows of table memory", Count: 7}}, Notes: []string{"a note"},
		RestoreTook: 3210 * time.Millisecond, Took: 3456789 * time.Microsecond,
	}
}

func proofPassed(t *testing.T, f BackupStoreFixture, proofs ports.ProofStore) {
	m := f.commitProbed(t, proofs)
	p := someProof(m.Stamp)
	require.NoError(t, f.Store.Record(t.Context(), m.Stamp, domain.StandingValidated, storeMoment.Add(time.Minute)))
	require.NoError(t, proofs.PutProof(t.Context(), m.Stamp, p))
	got, err := proofs.Proof(t.Context(), m.Stamp)
	require.NoError(t, err)
	assert.Equal(t, p, got)
	sum := f.summary(t, m.Stamp)
	assert.Equal(t, domain.StandingProven, sum.Standing)
	assert.Equal(t, p.At, sum.Since)
	assert.Equal(t, p.RestoreTook, sum.RestoreTook)
	assert.Zero(t, sum.Disproved)

	p.At, p.RestoreTook = p.At.Add(time.Hour), time.Second
	require.NoError(t, proofs.PutProof(t.Context(), m.Stamp, p))
	got, err = proofs.Proof(t.Context(), m.Stamp)
	require.NoError(t, err)
	assert.Equal(t, p, got, "the later one holds")
	if inspector, ok := f.Store.(ports.BackupInspector); ok {
		in, err := inspector.Inspect(t.Context(), m.Stamp)
		require.NoError(t, err)
		assert.Empty(t, in.Faults)
	}
}

func proofFailed(t *testing.T, f BackupStoreFixture, proofs ports.ProofStore) {
	m := f.commitProbed(t, proofs)
	p := someProof(m.Stamp)
	require.NoError(t, proofs.PutProof(t.Context(), m.Stamp, p))
	p.At, p.Passed = p.At.Add(time.Hour), false
	p.Differences = []domain.Difference{{Subject: "probe \"x\"", Expected: "a, b", Found: "b, a"}}
	require.NoError(t, proofs.PutProof(t.Context(), m.Stamp, p))
	got, err := proofs.Proof(t.Context(), m.Stamp)
	require.NoError(t, err)
	assert.Equal(t, p, got)
	sum := f.summary(t, m.Stamp)
	assert.NotEqual(t, domain.StandingProven, sum.Standing, "what was proven once holds no more")
	assert.Equal(t, p.At, sum.Disproved)
	if inspector, ok := f.Store.(ports.BackupInspector); ok {
		in, err := inspector.Inspect(t.Context(), m.Stamp)
		require.NoError(t, err)
		assert.Empty(t, in.Faults, "a failed proof is no fault of the files")
	}
	p.At, p.Passed, p.Differences = p.At.Add(time.Hour), true, nil
	require.NoError(t, proofs.PutProof(t.Context(), m.Stamp, p))
	sum = f.summary(t, m.Stamp)
	assert.Equal(t, domain.StandingProven, sum.Standing)
	assert.Zero(t, sum.Disproved)
}

func proofForgotten(t *testing.T, f BackupStoreFixture, proofs ports.ProofStore) {
	m := f.commitProbed(t, proofs)
	require.NoError(t, proofs.PutProof(t.Context(), m.Stamp, someProof(m.Stamp)))
	require.NoError(t, f.Store.Record(t.Context(), m.Stamp, domain.StandingWritten, storeMoment))
	_, err := proofs.Proof(t.Context(), m.Stamp)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	assert.Zero(t, f.summary(t, m.Stamp).RestoreTook)
}

func proofNoBackup(t *testing.T, f BackupStoreFixture, proofs ports.ProofStore) {
	_, err := proofs.Probes(t.Context(), "20260409T060000Z")
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	_, err = proofs.Proof(t.Context(), "20260409T060000Z")
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	err = proofs.PutProof(t.Context(), "20260409T060000Z", domain.Proof{})
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	stamp := f.commit(t, storeMoment)
	_, dir, err := f.Store.Open(t.Context(), stamp)
	require.NoError(t, err)
	_, err = proofs.PutProbes(t.Context(), dir, someProbes())
	require.Error(t, err, "a backup that is whole is not added to")
}

func proofGivesUp(t *testing.T, f BackupStoreFixture, proofs ports.ProofStore) {
	dir := f.build(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := proofs.PutProbes(ctx, dir, someProbes())
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, f.Store.Discard(t.Context(), dir))
	stamp := f.commit(t, storeMoment)
	_, err = proofs.Probes(ctx, stamp)
	require.ErrorIs(t, err, context.Canceled)
	_, err = proofs.Proof(ctx, stamp)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, proofs.PutProof(ctx, stamp, domain.Proof{}), context.Canceled)
}
