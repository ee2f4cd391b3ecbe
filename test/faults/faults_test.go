// Package faults kills the real program, and fails its calls, at every system call
// by which backup, restore, undo and recovery change the disk.
package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// budget bounds the sweep. What is left then is not tried, and said.
const budget = 285 * time.Second

// changing are the calls that change a disk or make a change last.
const changing = "rename,renameat,renameat2,fsync,fdatasync,write,pwrite64,writev,unlink,unlinkat,rmdir,mkdir,mkdirat," +
	"ftruncate,fallocate,copy_file_range,sync_file_range,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat"

// most bounds the points tried of calls that are many and alike: the pages that
// SQLite writes into a copy.
var most = map[string]int{"pwrite64": 16, "write": 24}

// fault is one interruption: what happens at the n-th call of a name.
type fault struct {
	act  *act
	call string
	n    int
	how  string // the rest of strace's expression
}

func (f fault) String() string {
	return fmt.Sprintf("%s, %s call %d, %s", f.act.name, f.call, f.n, f.how)
}

// act is a command under test, on a copy of a folder.
type act struct {
	name     string
	template string
	args     []string
	old, new string // what is read before and after
}

func TestFaults(t *testing.T) {
	if os.Getenv("ATOCORE_TEST_FAULTS") == "" {
		t.Skip("takes minutes: set ATOCORE_TEST_FAULTS=1, or run: task test:faults")
	}
	if _, err := exec.LookPath("strace"); err != nil || runtime.GOOS != "linux" {
		if os.Getenv("ATOCORE_TEST_REQUIRE_PARTS") != "" {
			t.Fatal("there is no strace")
		}
		t.Skip("there is no strace")
	}
	began := time.Now()
	b := newBench(t)
	acts := b.acts()
	var faults []fault
	for _, a := range acts {
		faults = append(faults, b.points(a)...)
	}
	// In an order in which a sweep cut short has seen something of everything.
	slices.SortStableFunc(faults, func(x, y fault) int { return x.n - y.n })

	var mu sync.Mutex
	tally := map[string]int{}
	jobs := make(chan fault)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			for f := range jobs {
				outcome, wrong := b.try(f)
				mu.Lock()
				tally[outcome]++
				for _, w := range wrong {
					t.Errorf("%s (%s): %s", f, outcome, w)
				}
				mu.Unlock()
			}
		})
	}
	left := 0
	for i, f := range faults {
		if time.Since(began) > budget || b.mixed+b.invalid > 20 {
			left = len(faults) - i
			break
		}
		jobs <- f
	}
	close(jobs)
	wg.Wait()
	injected := 0
	for outcome, n := range tally {
		if outcome != notReached {
			injected += n
		}
	}
	t.Logf("%d faults injected in %s, %d mixed states, %d backups listed that do not validate; outcomes: %v; %d points left for lack of time",
		injected, time.Since(began).Round(time.Second), b.mixed, b.invalid, tally, left)
	assert.GreaterOrEqual(t, injected, 300)
	assert.Zero(t, b.mixed)
	assert.Zero(t, b.invalid)
}

const (
	notReached = "not reached"
	killed     = "killed"
	tolerated  = "tolerated"
	failed     = "failed cleanly"
	halfWay    = "left to the next command"
)

// try injects one fault, lets the next command recover, and says what is wrong.
func (b *bench) try(f fault) (outcome string, wrong []string) {
	dir := b.copy(f.act.template)
	defer func() { _ = os.RemoveAll(dir) }()
	code, out, injected := b.traced(dir, f)
	switch {
	case !injected:
		return notReached, nil
	case code < 0:
		outcome = killed
	case code == 0:
		outcome = tolerated
	case strings.Contains(out, "half-way"):
		outcome = halfWay
	default:
		outcome = failed
	}
	state, err := b.state(dir)
	if err != nil {
		return outcome, []string{"recovery: " + err.Error() + "\n" + out}
	}
	if f.act.old != f.act.new {
		switch {
		case state != f.act.old && state != f.act.new:
			b.count(&b.mixed)
			wrong = append(wrong, "neither old nor new:\n"+state)
		case outcome == failed && state != f.act.old && f.act.name != "recover" && !strings.Contains(out, "write the result"):
			// What recovers goes on to do something of its own, which may well fail,
			// and a restore that is done may find nobody to tell.
			wrong = append(wrong, "it said that it failed, and the state is new:\n"+out)
		case outcome == tolerated && state != f.act.new:
			wrong = append(wrong, "it said that all is well, and the state is old:\n"+out)
		}
	} else if state != f.act.old {
		b.count(&b.mixed)
		wrong = append(wrong, "the state changed:\n"+state)
	}
	if msg := b.backupsHold(dir); msg != "" {
		b.count(&b.invalid)
		wrong = append(wrong, msg)
	}
	if f.n%3 != 0 {
		return outcome, wrong
	}
	if again := b.again(f, dir, state); again != "" {
		wrong = append(wrong, "again: "+again)
	}
	return outcome, wrong
}

// again does what was interrupted once more, undisturbed.
func (b *bench) again(f fault, dir, state string) string {
	if f.act.name == "recover" || f.act.name == "undo" && state == f.act.new {
		return ""
	}
	if code, out := b.run(dir, f.act.args...); code != 0 {
		return fmt.Sprintf("exit code %d: %s", code, out)
	}
	state, err := b.state(dir)
	if err != nil {
		return err.Error()
	}
	if state != f.act.new {
		return state
	}
	left, err := filepath.Glob(filepath.Join(dir, "*", ".restore-staged-*"))
	if err != nil || len(left) > 0 {
		return fmt.Sprintf("left over: %v %v", left, err)
	}
	left, err = filepath.Glob(filepath.Join(dir, "backups", ".*", "*"))
	if err != nil || f.act.name == "create" && len(left) > 0 {
		return fmt.Sprintf("left over: %v %v", left, err)
	}
	return ""
}

// traced runs the act under strace and reports whether the fault was injected.
// code is -1 when the process was killed.
func (b *bench) traced(dir string, f fault) (code int, out string, injected bool) {
	log := filepath.Join(dir, "strace.log")
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "strace", append([]string{
		"-f", "-qq", "-o", log, "-e", "trace=" + f.call,
		"-e", fmt.Sprintf("inject=%s:%s:when=%d", f.call, f.how, f.n), b.pinned,
	}, f.act.args...)...)
	cmd.Dir, cmd.Env = dir, b.env(dir)
	said, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		code = ended.ExitCode()
	} else if err != nil {
		code = 127
	}
	if ctx.Err() != nil {
		said = append(said, " (it hung)"...)
	}
	text, _ := os.ReadFile(log)
	if strings.HasPrefix(f.how, "signal") {
		return code, string(said), strings.Contains(string(text), "killed by SIGKILL")
	}
	return code, string(said), strings.Contains(string(text), "INJECTED")
}

func (b *bench) count(n *int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*n++
}

// points returns the faults for one act: each of its changing calls, killed at, and
// failing for lack of space and for a broken disk.
func (b *bench) points(a *act) []fault {
	var out []fault
	for call, n := range b.calls(a) {
		step := 1
		if top := most[call]; top > 0 && n > top {
			step = (n + top - 1) / top
		}
		hows := []string{"signal=KILL", "error=EIO"}
		if strings.Contains(call, "write") || strings.HasPrefix(call, "mk") || strings.HasPrefix(call, "rename") || strings.Contains(call, "sync") {
			hows = append(hows, "error=ENOSPC")
		}
		for i := 1; i <= n; i += step {
			for _, how := range hows {
				out = append(out, fault{a, call, i, how})
			}
		}
	}
	slices.SortFunc(out, func(x, y fault) int { return strings.Compare(x.String(), y.String()) })
	return out
}

// calls counts the changing calls of an undisturbed run.
func (b *bench) calls(a *act) map[string]int {
	dir := b.copy(a.template)
	defer func() { _ = os.RemoveAll(dir) }()
	log := filepath.Join(dir, "strace.log")
	cmd := exec.Command("strace", append([]string{"-f", "-qq", "-o", log, "-e", "trace=" + changing, b.pinned}, a.args...)...)
	cmd.Dir, cmd.Env = dir, b.env(dir)
	said, err := cmd.CombinedOutput()
	require.NoError(b.t, err, string(said))
	text, err := os.ReadFile(log)
	require.NoError(b.t, err)
	byThread := map[string]map[string]int{}
	for line := range strings.Lines(string(text)) {
		thread, rest, _ := strings.Cut(line, " ")
		name, _, ok := strings.Cut(strings.TrimSpace(rest), "(")
		if !ok || strings.HasPrefix(name, "<") {
			continue
		}
		if byThread[name] == nil {
			byThread[name] = map[string]int{}
		}
		byThread[name][thread]++
	}
	out := map[string]int{}
	for name, threads := range byThread {
		for _, n := range threads {
			out[name] = max(out[name], n)
		}
	}
	b.t.Logf("%s: %v", a.name, out)
	return out
}
