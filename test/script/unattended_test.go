package script

import (
	"encoding/json"
	"math/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type backupLine struct {
	Stamp    string `json:"stamp"`
	Standing string `json:"standing"`
}

func (p program) backups() []backupLine {
	p.t.Helper()
	var list struct {
		Backups []backupLine `json:"backups"`
	}
	require.NoError(p.t, json.Unmarshal([]byte(p.run("backup", "list", "--json")), &list))
	return list.Backups
}

type runLine struct {
	Job     string    `json:"job"`
	Outcome string    `json:"outcome"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
}

func (p program) runs() []runLine {
	p.t.Helper()
	var st struct {
		Runs []runLine `json:"runs"`
	}
	require.NoError(p.t, json.Unmarshal([]byte(p.run("schedule", "status", "--runs", "1000", "--json")), &st))
	return st.Runs
}

// Of rounds that are begun at once one is done at a time; who comes in between is
// told so.
func TestRoundsExcludeEachOther(t *testing.T) {
	p := newProgram(t)
	p.run("memory", "add", "--type", "knowledge", "The canary lives in the cellar")
	var group sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 6 {
		group.Go(func() {
			_, err := p.try("backup", "run")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
				return
			}
			assert.ErrorContains(t, err, "exit status 1")
			assert.ErrorContains(t, err, "is under way")
		})
	}
	group.Wait()
	require.Positive(t, done)
	assert.Len(t, p.backups(), done)
	runs := p.runs() // newest first
	assert.Len(t, runs, 3*done)
	for i := 1; i < len(runs); i++ {
		assert.False(t, runs[i-1].Started.Before(runs[i].Ended), "%+v and %+v overlap", runs[i-1], runs[i])
	}
}

// A round is killed at some moment, again and again: a proven backup stays, what is
// listed is sound, and the run that was killed is on the record.
func TestRoundsThatAreKilled(t *testing.T) {
	times := 12
	if testing.Short() {
		times = 4
	}
	p := newProgram(t)
	p.run("memory", "add", "--type", "knowledge", "The canary lives in the cellar")
	p.run("backup", "run")
	began := time.Now()
	p.run("backup", "run")
	whole := time.Since(began)
	t.Setenv("ATOCORE_BACKUP_KEEP_LAST", "2")
	t.Setenv("ATOCORE_BACKUP_KEEP_WITHIN", "0s")
	t.Setenv("ATOCORE_BACKUP_MIN_KEEP", "1")
	dice, killed := rand.New(rand.NewSource(1)), 0
	for range times {
		cmd := p.command("backup", "run")
		require.NoError(t, cmd.Start())
		timer := time.AfterFunc(time.Duration(dice.Int63n(int64(whole))), func() { _ = cmd.Process.Kill() })
		if cmd.Wait() != nil {
			killed++
		}
		timer.Stop()
		proven := 0
		for _, b := range p.backups() {
			if b.Standing == "proven" {
				proven++
			}
			p.run("backup", "validate", b.Stamp)
		}
		require.Positive(t, proven)
	}
	require.Positive(t, killed)
	p.run("backup", "run")
	interrupted := 0
	for _, r := range p.runs() {
		assert.NotEqual(t, "running", r.Outcome)
		if r.Outcome == "interrupted" {
			interrupted++
		}
	}
	assert.LessOrEqual(t, interrupted, killed)
	assert.False(t, strings.Contains(p.run("doctor"), "fault "), "nothing is left behind")
	t.Logf("%d of %d rounds were killed, %d within a job", killed, times, interrupted)
}
