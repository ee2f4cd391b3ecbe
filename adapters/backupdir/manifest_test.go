package backupdir

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func fullManifest() domain.Manifest {
	at := time.Date(2026, 4, 9, 6, 0, 0, 5000, time.UTC)
	digest := hashOf([]byte("x"))
	return domain.Manifest{
		Format: 1, Stamp: domain.NewStamp(at, 1), Kind: domain.BackupScheduled, CreatedAt: at, AppVersion: "1.0",
		SchemaVersion: 3, Embedding: domain.EmbeddingModel{Name: "m", Dimension: 4},
		Components: []domain.ComponentEntry{
			{
				Name: "sqlite", Dir: "db", Included: true,
				Files: []domain.FileEntry{{Path: "db/a<b>&c", Mode: 0o640, Size: 5, SHA256: digest}, {Path: "db/x/y", SHA256: digest}},
				Facts: domain.ComponentFacts{
					Schema: 3, Embedding: &domain.EmbeddingModel{Name: "m", Dimension: 4},
					Tables: []domain.TableDigest{{Name: "t", Rows: 2, Digest: digest}}, Vectors: &domain.SetDigest{Count: 1, Digest: digest},
				},
			},
			{Name: "chroma", Dir: "chroma", Derived: true, Reason: "none here"},
		},
	}
}

func TestManifestSurvives(t *testing.T) {
	want := fullManifest()
	raw, err := encodeManifest(want)
	require.NoError(t, err)
	assert.Contains(t, string(raw), "a<b>&c", "people read it")
	got, readable, faults := readManifest(raw, want.Stamp)
	assert.True(t, readable)
	assert.Empty(t, faults)
	assert.Equal(t, want, got)
}

func TestSafePath(t *testing.T) {
	for _, p := range []string{"a", "db/atocore.db", "chroma/ü/…", "a b", "...", "a/..b"} {
		assert.True(t, safePath(p), p)
	}
	for _, p := range []string{"", ".", "..", "/", "/a", "a/", "a//b", "./a", "a/.", "a/..", "../a", "a/../b", `a\b`, `\\x\y`, "C:", "c:/x", "a\x00b", "a\xff"} {
		assert.False(t, safePath(p), p)
	}
}

func TestNoteIsBelievedOnlyAsItWasWritten(t *testing.T) {
	n := noteWire{Format: 1, Standing: string(domain.StandingValidated), At: "2026-04-09T06:00:00Z", Manifest: hashOf(nil)}
	raw, err := encodeNote(n)
	require.NoError(t, err)
	at, want, _ := readNote(raw, domain.StandingValidated, hashOf(nil))
	assert.Empty(t, want)
	assert.Equal(t, "2026-04-09T06:00:00Z", at.Format(time.RFC3339))
	_, want, _ = readNote(raw, domain.StandingValidated, hashOf([]byte("other")))
	assert.NotEmpty(t, want, "about another backup")
	_, want, _ = readNote(raw, domain.StandingProven, hashOf(nil))
	assert.NotEmpty(t, want, "about another standing")
	for i := range raw {
		damaged := append([]byte{}, raw...)
		damaged[i] ^= 1
		_, want, _ = readNote(damaged, domain.StandingValidated, hashOf(nil))
		assert.NotEmpty(t, want, "byte %d", i)
	}
}

// Whatever stands in metadata.json, reading it ends, and nothing that it lets
// through leads out of the backup.
func FuzzManifest(f *testing.F) {
	raw, err := encodeManifest(fullManifest())
	require.NoError(f, err)
	f.Add(raw)
	f.Add([]byte(`{"format": 1, "components": [{"files": [{"path": "../x"}]}]}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, readable, faults := readManifest(raw, "20260409T060000Z")
		if !readable {
			require.NotEmpty(t, faults)
			return
		}
		for _, c := range m.Components {
			require.True(t, safePath(c.Dir))
			for _, file := range c.Files {
				require.True(t, safePath(file.Path))
				require.GreaterOrEqual(t, file.Size, int64(0))
			}
		}
		if len(faults) > 0 {
			return
		}
		again, err := encodeManifest(m)
		require.NoError(t, err)
		same, _, more := readManifest(again, m.Stamp)
		require.Empty(t, more, "what was accepted can be written and read again")
		require.Equal(t, m, same)
	})
}

func FuzzNamesInSums(f *testing.F) {
	f.Add("a\\nb\n\\\r")
	f.Fuzz(func(t *testing.T, name string) {
		line := sumLine(hashOf(nil), name)
		if name == "" {
			return
		}
		require.Equal(t, map[string]string{name: hashOf(nil)}, readSums([]byte(line)))
	})
}
