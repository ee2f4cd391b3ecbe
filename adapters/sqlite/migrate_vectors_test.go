package sqlite

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

var oldModel = domain.EmbeddingModel{Name: "old/1", Dimension: 800}

// vec0DDL is how versions before 20 made a vector index.
const vec0DDL = `INSERT INTO vector_index (no, model, dimension, live) VALUES (%[1]d, '%[2]s', %[3]d, %[4]d);
CREATE VIRTUAL TABLE vector_%[1]d USING vec0 (
    slot INTEGER PRIMARY KEY, scope INTEGER, kind INTEGER, embedding float[%[3]d] distance_metric=cosine);
CREATE TRIGGER vector_%[1]d_park AFTER UPDATE OF id, parked ON vector_slot
WHEN new.index_no = %[1]d AND (new.id IS NULL OR new.parked = 1)
BEGIN
    UPDATE vector_%[1]d SET kind = 0 WHERE slot = new.slot;
END;
CREATE TRIGGER vector_%[1]d_unpark AFTER UPDATE OF parked ON vector_slot
WHEN new.index_no = %[1]d AND new.id IS NOT NULL AND new.parked = 0 AND new.blank = 0 AND old.parked = 1
BEGIN
    UPDATE vector_%[1]d SET kind = 1 WHERE slot = new.slot;
END;`

// withVec0 makes a database of version 10 with n memories, of which every third is
// not active, and two vector indexes: one of oldModel, live, that lacks memory 1 and
// has no direction for memory 2, and one of another model with the vector of memory
// 3 alone. It returns the vectors of the first.
func withVec0(t *testing.T, path string, n int) map[string][]float32 {
	t.Helper()
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	db, err := connect(t.Context(), dsn(path, writer), 1)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.NoError(t, migrate(t.Context(), db, 10))
	tx := db.MustBegin()
	for _, i := range []vectorIndex{{No: 1, Model: oldModel.Name, Dimension: oldModel.Dimension, Live: true}, {No: 4, Model: "new/1", Dimension: 5}} {
		live := 0
		if i.Live {
			live = 1
		}
		tx.MustExec(fmt.Sprintf(vec0DDL, i.No, i.Model, i.Dimension, live))
	}
	dice := rand.New(rand.NewPCG(3, 4))
	vectors := map[string][]float32{}
	for m := range n {
		id, status := fmt.Sprintf("m%05d", m), "active"
		if m%3 == 0 {
			status = "candidate"
		}
		tx.MustExec(`INSERT INTO memory (id, type, content, project, confidence, source, status, created_at, updated_at, revision)
    VALUES (?, 'knowledge', ?, '', 0.5, '', ?, 1, 1, 1)`, id, fmt.Sprint("walnut number ", m), status)
		if m == 1 {
			continue
		}
		v := make([]float32, oldModel.Dimension)
		for k := range v {
			if m != 2 {
				v[k] = float32(dice.NormFloat64())
			}
		}
		vectors[id] = v
		putVec0(tx, 1, id, v, status)
		if m == 3 {
			putVec0(tx, 4, id, []float32{1, 2, 3, 4, 5}, status)
		}
	}
	tx.MustExec(`INSERT INTO vector_slot (index_no, id, blank, parked) VALUES (1, NULL, 0, 0)`) // a free slot
	require.NoError(t, tx.Commit())
	return vectors
}

func putVec0(tx *sqlx.Tx, index int, id string, v []float32, status string) {
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	blob := []byte{}
	for _, x := range v {
		if square > 0 {
			x = float32(float64(x) / math.Sqrt(square))
		}
		blob = binary.LittleEndian.AppendUint32(blob, math.Float32bits(x))
	}
	var slot int64
	if err := tx.Get(&slot, `INSERT INTO vector_slot (index_no, id, blank, parked) VALUES (?, ?, ?, ?) RETURNING slot`,
		index, id, square == 0, status != "active"); err != nil {
		panic(err)
	}
	tx.MustExec(fmt.Sprintf(`INSERT INTO vector_%d (slot, scope, kind, embedding) VALUES (?, 0, 1, ?)`, index), slot, blob)
}

func TestVectorsBecomeRowsAndNoneIsLost(t *testing.T) {
	path := t.TempDir() + "/" + FileName
	vectors := withVec0(t, path, 1200)
	s, err := Open(t.Context(), Config{Path: path, Model: oldModel})
	require.NoError(t, err)
	state, err := s.VectorState(t.Context())
	require.NoError(t, err)
	assert.Equal(t, VectorState{Status: VectorsIncomplete, Stored: oldModel, Configured: oldModel, Missing: 1}, state)

	seen := map[string]bool{}
	_, err = s.Feed().Follow(t.Context(), domain.FeedMark{}, func(c domain.PassageChange) error {
		id := c.Passage.ID
		seen[id] = true
		want, has := vectors[id]
		if !has {
			assert.Empty(t, c.Vector.Components, id)
			return nil
		}
		var dot, square float64
		for i, x := range c.Vector.Floats() {
			dot += float64(x) * float64(want[i])
			square += float64(want[i]) * float64(want[i])
		}
		if square == 0 {
			assert.Zero(t, c.Vector.Scale, id)
			return nil
		}
		assert.InDelta(t, 1, dot/math.Sqrt(square), 0.01, id)
		return nil
	})
	require.NoError(t, err)
	assert.Len(t, seen, 800)

	// What was asleep wakes with its vector, which does not outlive its text.
	wake := func(content string) bool {
		m, err := s.Memories().Update(t.Context(), "m00003", func(m *domain.Memory) ([]float32, error) {
			m.Status, m.Content = domain.MemoryActive, content
			return nil, nil
		})
		require.NoError(t, err)
		var has bool
		require.NoError(t, s.read.db.Get(&has, `SELECT EXISTS (SELECT 1 FROM vector_passage v JOIN passage p ON v.slot = (1 << 40) + p.docid
    WHERE p.id = ?)`, m.ID))
		return has
	}
	assert.True(t, wake("walnut number 3"))
	assert.False(t, wake("another text"))
	faults, err := s.Inspect(t.Context())
	require.NoError(t, err)
	assert.Empty(t, faults)
	index, err := s.InlineIndex(t.Context())
	require.NoError(t, err)
	assert.Equal(t, domain.InlineIndex{
		Name: "vector_1", Model: oldModel, Passages: 1200, Records: 1198, Missing: []string{"m00001", "m00003"},
	}, index)
	require.NoError(t, s.Close())

	fresh := newStore(t, domain.EmbeddingModel{})
	s, err = Open(t.Context(), Config{Path: path, Model: oldModel})
	require.NoError(t, err)
	assert.Equal(t, schema(t, fresh), schema(t, s), "nothing of the old tables is left")
	require.NoError(t, s.Close())
}

const migrateVariable = "ATOCORE_TEST_SQLITE_MIGRATE"

// TestProcessMigrates is the process that is killed.
func TestProcessMigrates(t *testing.T) {
	path := os.Getenv(migrateVariable)
	if path == "" {
		t.Skip("runs as a process of another test")
	}
	s, err := Open(t.Context(), Config{Path: path, Model: oldModel})
	require.NoError(t, err)
	require.NoError(t, s.Shrink(t.Context()))
	require.NoError(t, s.Close())
}

// Killed at any moment of the migration, or of the shrinking after it, the database
// is the old one or the new one.
func TestAKilledMigrationLosesNothing(t *testing.T) {
	whole := t.TempDir() + "/" + FileName
	withVec0(t, whole, 3000)
	raw, err := os.ReadFile(whole)
	require.NoError(t, err)
	run := func(path string, end time.Duration) time.Duration {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcessMigrates$", "-test.timeout=60s")
		cmd.Env = append(os.Environ(), migrateVariable+"="+path)
		began := time.Now()
		require.NoError(t, cmd.Start())
		if end > 0 {
			time.AfterFunc(end, func() { _ = cmd.Process.Kill() })
		}
		_ = cmd.Wait() // killed, most times
		return time.Since(began)
	}
	path := t.TempDir() + "/" + FileName
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	took := run(path, 0)
	became := map[int64]int{}
	const rounds = 12
	for round := range rounds {
		path := t.TempDir() + "/" + FileName
		require.NoError(t, os.WriteFile(path, raw, 0o600))
		run(path, took*time.Duration(round+1)/rounds)
		db, err := connect(t.Context(), dsn(path, prober), 1)
		require.NoError(t, err)
		var version int64
		require.NoError(t, db.Get(&version, schemaVersionQuery))
		require.NoError(t, db.Close())
		became[version]++
		s, err := Open(t.Context(), Config{Path: path, Model: oldModel})
		require.NoError(t, err)
		index, err := s.InlineIndex(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []int{3000, 2999}, []int{index.Passages, index.Records})
		faults, err := s.Inspect(t.Context())
		require.NoError(t, err)
		assert.Empty(t, faults)
		require.NoError(t, s.Close())
	}
	t.Logf("a migration took %v; found versions %v", took, became)
}
