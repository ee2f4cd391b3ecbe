package bench_test

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// peakOf returns the largest resident size of an ended process, in bytes.
func peakOf(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}

// TestTouch is the process that warm starts: it takes memory, writes to all of it
// and gives it back.
func TestTouch(t *testing.T) {
	bytes, err := strconv.Atoi(os.Getenv(touchBytes))
	if err != nil {
		t.Skip("runs as a process of another test")
	}
	m, err := syscall.Mmap(-1, 0, bytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	for i := 0; i < len(m); i += 4096 {
		m[i] = 1
	}
	require.NoError(t, syscall.Munmap(m))
}

const touchBytes = "ATOCORE_BENCH_TOUCH"

// warm makes everyone find the same memory. A virtual machine may have returned what
// was free to its host, and then whoever uses it first pays more for that than for
// copying a file. Another process does it, because the peak of a child begins with
// its parent's.
func warm(t *testing.T) {
	t.Helper()
	var system syscall.Sysinfo_t
	require.NoError(t, syscall.Sysinfo(&system))
	bytes := min(4<<30, system.Freeram*uint64(system.Unit)/2)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTouch$")
	cmd.Env = append(os.Environ(), touchBytes+"="+strconv.FormatUint(bytes, 10))
	require.NoError(t, cmd.Run())
}
