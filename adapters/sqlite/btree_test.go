package sqlite_test

import (
	"fmt"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
)

// Rows read from pages are the rows that SQLite reads, whatever the tables and the
// pages are like.
func TestRowsFromPages(t *testing.T) {
	for _, pageSize := range []int{512, 1024, 4096, 65536} {
		t.Run(fmt.Sprint(pageSize), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "odd.db")
			dice := rand.New(rand.NewSource(int64(pageSize)))
			statements := []string{
				fmt.Sprintf("PRAGMA page_size = %d", pageSize),
				`CREATE TABLE kinds (a, b REAL, c DOUBLE PRECISION, d FLOATING POINT, e TEXT, f NUMERIC, g BLOB)`,
				`CREATE TABLE number (id INTEGER PRIMARY KEY, v REAL) STRICT`,
				`CREATE TABLE backwards (id INTEGER PRIMARY KEY DESC, v)`,
				`CREATE TABLE named (id INT PRIMARY KEY, v)`,
				`CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b))`,
				`CREATE TABLE none (a)`,
				`CREATE TABLE gone (a)`,
				`CREATE TABLE flat (a TEXT PRIMARY KEY, b) WITHOUT ROWID`,
				`CREATE TABLE made (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) STORED)`,
				`CREATE TABLE later (a INTEGER)`,
				`INSERT INTO later VALUES (1), (2)`,
				`ALTER TABLE later ADD COLUMN b TEXT NOT NULL DEFAULT 'what was said'`,
				`INSERT INTO later VALUES (3, 'else')`,
				`INSERT INTO kinds VALUES (NULL, 1, 2, 3, 4, '5', 6), (x'', -0.0, 1e300, 9007199254740993, 'a' || char(0) || 'b', 1.0, x'00'), (1, 0, 1, -1, '', NULL, NULL)`,
				`INSERT INTO kinds SELECT value, value, value, value, value, value, value FROM (SELECT ` +
					strings.Join([]string{fmt.Sprint(math.MaxInt64), "-9223372036854775807", "127", "128", "-129", "32768", "-8388609", "8388607", "2147483648", "140737488355328", "1.5", "'é'"}, " AS value UNION ALL SELECT ") + `)`,
				`INSERT INTO gone VALUES (1)`, `DELETE FROM gone`,
				`INSERT INTO backwards VALUES (3, 'x'), (1, 'y')`,
				`INSERT INTO named VALUES (7, 'z')`,
				`INSERT INTO pair VALUES (1, 2), (-1, 9)`,
				`INSERT INTO flat VALUES ('b', 1), ('a', zeroblob(9000))`,
				`INSERT INTO made VALUES (4)`,
				`INSERT INTO number VALUES (-9223372036854775808, 1), (0, 2.5), (9223372036854775807, -3)`,
				`CREATE TABLE many (n INTEGER PRIMARY KEY, t TEXT, b BLOB)`,
			}
			for range 60 { // of every length around those at which a row goes on in other pages
				statements = append(statements, fmt.Sprintf(`INSERT INTO many (t, b) WITH RECURSIVE c (i) AS (SELECT %d UNION ALL SELECT i + 1 FROM c WHERE i < %d)
					SELECT substr(hex(zeroblob(i)), 1, i), randomblob(%d) FROM c`,
					dice.Intn(2*pageSize), 0, dice.Intn(3*pageSize)))
			}
			for i := max(0, pageSize-80); i < pageSize+10; i++ {
				statements = append(statements, fmt.Sprintf(`INSERT INTO many (t, b) VALUES ('%s', NULL)`, strings.Repeat("x", i)))
			}
			statements = append(statements, `DELETE FROM many WHERE n % 7 = 3`)
			rawDatabase(t, path, statements...)
			want, _, err := sqlite.DigestsOf(t.Context(), path, false)
			require.NoError(t, err)
			got, bySQLite, err := sqlite.DigestsOf(t.Context(), path, true)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.ElementsMatch(t, []string{"flat", "made", "later"}, bySQLite, "left to SQLite")
		})
	}
}

// What a damaged file says is never believed: an error or another sum, no panic and
// no endless walk.
func TestRowsFromDamagedPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sound.db")
	rawDatabase(t, path, "PRAGMA page_size = 512", `CREATE TABLE many (n INTEGER PRIMARY KEY, t TEXT)`,
		`WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 400) INSERT INTO many SELECT i, hex(randomblob(i)) FROM c`)
	sound, err := os.ReadFile(path)
	require.NoError(t, err)
	want, _, err := sqlite.DigestsOf(t.Context(), path, true)
	require.NoError(t, err)
	dice := rand.New(rand.NewSource(1))
	noticed := 0
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	for range 300 {
		raw := append([]byte{}, sound...)
		page := 1 + dice.Intn(len(raw)/512-1) // the schema is SQLite's to read
		for range 1 + dice.Intn(4) {
			raw[page*512+dice.Intn(64)] = byte(dice.Intn(256))
		}
		require.NoError(t, os.WriteFile(damaged, raw, 0o600))
		got, _, err := sqlite.DigestsOf(t.Context(), damaged, true)
		if err != nil || !assert.ObjectsAreEqual(want, got) {
			noticed++
		}
	}
	assert.Greater(t, noticed, 100, "the rest hit bytes that nobody uses")
}

// passages returns statements that make a database in which passages and vectors lie
// as in a store, on pages of that size.
func passages(dice *rand.Rand, pageSize, n int) []string {
	statements := []string{
		fmt.Sprintf("PRAGMA page_size = %d", pageSize), "BEGIN",
		`CREATE TABLE passage (docid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, content TEXT)`,
		`CREATE TABLE vector_passage (slot INTEGER NOT NULL PRIMARY KEY, vector BLOB)`,
	}
	for i := range n {
		id := fmt.Sprintf("%08x%s", dice.Uint32(), strings.Repeat("é", dice.Intn(20)))
		if i%50 == 0 {
			id += strings.Repeat("long", dice.Intn(pageSize)) // goes on in other pages
		}
		docid := int64(i + 1)
		if i > n/2 {
			docid = 1<<20 + int64(dice.Intn(1<<10))<<30 + int64(i) // larger numbers take more bytes
		}
		statements = append(statements, fmt.Sprintf(`INSERT INTO passage VALUES (%d, '%s', zeroblob(%d))`, docid, id, dice.Intn(pageSize)))
		if i%3 > 0 {
			statements = append(statements, fmt.Sprintf(`INSERT INTO vector_passage VALUES (%d, zeroblob(%d))`, docid, dice.Intn(pageSize)))
		}
	}
	return append(statements, `DELETE FROM passage WHERE docid % 11 = 3`, `DELETE FROM vector_passage WHERE slot % 7 = 3`, "COMMIT")
}

// The lists read from pages are those that SQLite gives, as a file and through a
// connection, whatever the pages are like.
func TestListsFromPages(t *testing.T) {
	for _, pageSize := range []int{512, 4096, 65536} {
		for _, n := range []int{0, 1, 1500} {
			t.Run(fmt.Sprint(pageSize, n), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "lists.db")
				rawDatabase(t, path, passages(rand.New(rand.NewSource(int64(pageSize))), pageSize, n)...)
				var want struct {
					ids           []string
					docids, slots []int64
				}
				db, err := sqlx.Open("sqlite", path)
				require.NoError(t, err)
				defer func() { require.NoError(t, db.Close()) }()
				require.NoError(t, db.Select(&want.ids, `SELECT id FROM passage ORDER BY id`))
				require.NoError(t, db.Select(&want.docids, `SELECT docid FROM passage ORDER BY id`))
				require.NoError(t, db.Select(&want.slots, `SELECT slot FROM vector_passage ORDER BY slot`))
				for _, asFile := range []bool{true, false} {
					ids, docids, slots, err := sqlite.ListsOf(t.Context(), path, asFile)
					require.NoError(t, err)
					assert.Equal(t, want.ids, ids)
					assert.Equal(t, want.docids, docids)
					assert.Equal(t, want.slots, slots)
				}
			})
		}
	}
}

// Damaged pages make an error or another list, no panic and no endless walk.
func TestListsFromDamagedPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sound.db")
	dice := rand.New(rand.NewSource(2))
	rawDatabase(t, path, passages(dice, 512, 300)...)
	sound, err := os.ReadFile(path)
	require.NoError(t, err)
	want, _, _, err := sqlite.ListsOf(t.Context(), path, true)
	require.NoError(t, err)
	noticed := 0
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	for range 300 {
		raw := append([]byte{}, sound...)
		for range 8 {
			page := 1 + dice.Intn(len(raw)/512-1) // the schema is SQLite's to read
			raw[page*512+dice.Intn(64)] = byte(dice.Intn(256))
		}
		require.NoError(t, os.WriteFile(damaged, raw, 0o600))
		got, _, _, err := sqlite.ListsOf(t.Context(), damaged, true)
		if err != nil || !assert.ObjectsAreEqual(want, got) {
			noticed++
		}
	}
	assert.Greater(t, noticed, 50, "the rest hit bytes that nobody uses")
}
