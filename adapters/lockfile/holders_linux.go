package lockfile

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/atocore/atocore/domain"
)

// holders returns the processes that hold a lock on the file, as far as the kernel
// tells: a process of another container, or on another machine of a network file
// system, stays unknown.
func holders(path string) []domain.Holder {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	list, err := os.Open("/proc/locks")
	if err != nil {
		return nil
	}
	defer func() { _ = list.Close() }()
	device := fmt.Sprintf("%02x:%02x", unix.Major(uint64(stat.Dev)), unix.Minor(uint64(stat.Dev))) //nolint:unconvert // 32 bits on some architectures
	inode := strconv.FormatUint(stat.Ino, 10)
	var found []domain.Holder
	for scanner := bufio.NewScanner(list); scanner.Scan(); {
		pid, lockDevice, lockInode, ok := parseLock(scanner.Text())
		if !ok || lockInode != inode {
			continue
		}
		// A file system of several devices (btrfs, overlay) shows one device to
		// stat and another one here: then the process must have the file open.
		if lockDevice != device && !hasOpen(pid, info) {
			continue
		}
		h := domain.Holder{PID: pid, Command: commandOf(pid), What: path}
		if !slices.Contains(found, h) {
			found = append(found, h)
		}
	}
	slices.SortFunc(found, func(a, b domain.Holder) int { return a.PID - b.PID })
	return found
}

// parseLock reads a line of /proc/locks, such as
//
//	3: FLOCK  ADVISORY  WRITE 812 fd:01:4718607 0 EOF
//
// Locks of other kinds and processes that still wait ("->") are not holders. The
// process is the one that took the lock; 0 or less stands for one out of sight.
func parseLock(line string) (pid int, device, inode string, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 6 || fields[1] != "FLOCK" {
		return 0, "", "", false
	}
	pid, err := strconv.Atoi(fields[4])
	if err != nil || pid <= 0 {
		return 0, "", "", false
	}
	at := strings.LastIndexByte(fields[5], ':')
	if at < 0 {
		return 0, "", "", false
	}
	return pid, fields[5][:at], fields[5][at+1:], true
}

func hasOpen(pid int, file os.FileInfo) bool {
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if open, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && os.SameFile(open, file) {
			return true
		}
	}
	return false
}

func commandOf(pid int) string {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return ""
	}
	return shorten(strings.ReplaceAll(string(raw), "\x00", " "))
}
