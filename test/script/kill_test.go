package script

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

const (
	corpusFiles    = 150
	corpusSections = 4
)

// writeCorpus writes the files anew; every section of every file names the version.
func writeCorpus(t *testing.T, dir string, version int) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	for f := range corpusFiles {
		var b strings.Builder
		fmt.Fprintf(&b, "# File %03d\n", f)
		for s := range corpusSections {
			fmt.Fprintf(&b, "\n## Section %d\n\nversion=%04d\n%s\n", s, version, strings.Repeat("Words that fill the section. ", 30))
		}
		path := filepath.Join(dir, fmt.Sprintf("file%03d.md", f))
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	}
}

var versionMark = regexp.MustCompile(`version=(\d{4})`)

// versions returns, by path, the versions that a document's chunks name, one for
// each section that is there.
func versions(t *testing.T, database string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+database+"?mode=rw&_busy_timeout=10000")
	require.NoError(t, err)
	defer func() { assert.NoError(t, db.Close()) }()
	rows, err := db.QueryContext(t.Context(), `SELECT d.path, p.content FROM document d LEFT JOIN passage p ON p.document = d.id ORDER BY d.path, p.seq`)
	require.NoError(t, err)
	defer func() { assert.NoError(t, rows.Close()) }()
	out := map[string][]string{}
	for rows.Next() {
		var path string
		var content sql.NullString
		require.NoError(t, rows.Scan(&path, &content))
		of := out[path]
		for _, m := range versionMark.FindAllStringSubmatch(content.String, -1) {
			of = append(of, m[1])
		}
		out[path] = of // a document without chunks is one, too
	}
	require.NoError(t, rows.Err())
	return out
}

// checkWhole requires that each document is whole, and wholly of one version.
func checkWhole(t *testing.T, found map[string][]string) {
	t.Helper()
	for path, of := range found {
		if assert.Len(t, of, corpusSections, "%s is not whole", path) {
			for _, v := range of {
				assert.Equal(t, of[0], v, "%s is of two versions", path)
			}
		}
	}
}

// kill -9 at random moments of a refresh: the store opens every time, is sound,
// holds no half document, and the next refresh completes it.
func TestKilledRefresh(t *testing.T) {
	p := newProgram(t)
	corpus := filepath.Join(p.dir, "corpus")
	database := filepath.Join(p.dir, "data", "atocore.db")
	writeCorpus(t, corpus, 0)
	p.run("project", "add", "corpus", corpus)
	began := time.Now()
	p.run("project", "refresh", "corpus")
	whole := time.Since(began)
	require.Len(t, versions(t, database), corpusFiles)
	checkWhole(t, versions(t, database))

	rounds, killed, partly := 50, 0, 0
	if testing.Short() {
		rounds = 5
	}
	for round := 1; round <= rounds; round++ {
		writeCorpus(t, corpus, round)
		cmd := p.command("project", "refresh", "corpus")
		require.NoError(t, cmd.Start())
		// The moment is the point: anywhere from the start to past the end.
		time.Sleep(time.Duration(rand.Int64N(int64(whole))))
		_ = cmd.Process.Kill() // it may have ended by itself
		if err := cmd.Wait(); err != nil {
			killed++
		}
		p.run("doctor") // opens the store and checks its integrity
		found := versions(t, database)
		checkWhole(t, found)
		seen := map[string]bool{}
		for _, of := range found {
			seen[of[0]] = true
		}
		if len(seen) > 1 {
			partly++
		}
		if round%5 == 0 {
			p.run("project", "refresh", "corpus")
			for path, of := range versions(t, database) {
				assert.Equal(t, fmt.Sprintf("%04d", round), of[0], path)
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d rounds, %d killed, %d of them with a part of the files done; a whole refresh takes %v", rounds, killed, partly, whole)
	assert.Positive(t, killed, "nothing was ever killed: the test shows nothing")
}

// Ctrl-C in the middle of a refresh: the command ends by itself and says so, the
// store is sound, and the next refresh carries on.
func TestInterruptedRefresh(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows cannot interrupt another process")
	}
	p := newProgram(t)
	corpus := filepath.Join(p.dir, "corpus")
	database := filepath.Join(p.dir, "data", "atocore.db")
	p.run("project", "add", "corpus", p.dir+"/corpus")
	for round := 1; ; round++ {
		require.Less(t, round, 50, "the refresh always ended before it could be interrupted")
		writeCorpus(t, corpus, round)
		cmd := p.command("project", "refresh", "corpus")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		require.NoError(t, cmd.Start())
		// Wait until it stores documents: those are there that were not before.
		require.Eventually(t, func() bool {
			for _, of := range versions(t, database) {
				if len(of) > 0 && of[0] == fmt.Sprintf("%04d", round) {
					return true
				}
			}
			return false
		}, 20*time.Second, time.Millisecond)
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		err := cmd.Wait()
		checkWhole(t, versions(t, database))
		if err == nil {
			continue // it was faster
		}
		assert.Equal(t, 1, cmd.ProcessState.ExitCode())
		assert.Contains(t, errs.String(), "error: interrupted")
		p.run("doctor")
		p.run("project", "refresh", "corpus")
		for path, of := range versions(t, database) {
			assert.Equal(t, fmt.Sprintf("%04d", round), of[0], path)
		}
		return
	}
}
