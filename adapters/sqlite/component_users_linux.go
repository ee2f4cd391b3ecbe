package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/atocore/atocore/domain"
)

// node identifies a file whatever it is called.
type node struct{ dev, ino uint64 }

func nodeOf(path string) (node, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return node{}, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return node{}, false
	}
	return node{uint64(st.Dev), st.Ino}, true
}

// Users returns who has the database open: first whoever the system's list of
// open files names, which also shows those who hold no lock at the moment, then
// whoever holds one of SQLite's locks and could not be seen there: a process of
// another user, or of another container on the same volume.
func (c *Component) Users(ctx context.Context) ([]domain.Holder, error) {
	files := map[node]string{}
	for _, p := range c.Places() {
		if n, ok := nodeOf(p.Live); ok {
			files[n] = p.Live
		}
	}
	if len(files) == 0 {
		return nil, nil
	}
	holders, err := scanOpenFiles(ctx, files)
	if err != nil {
		return nil, err
	}
	seen := map[int]bool{}
	for _, h := range holders {
		seen[h.PID] = true
	}
	if openHere(files) {
		// Looking at the locks opens the file, and closing it again would drop
		// every lock that this process holds on it.
		return holders, nil
	}
	locked, err := lockHolders(c.path)
	if err != nil {
		return holders, err
	}
	for _, h := range locked {
		if h.PID == 0 && len(holders) > 0 || seen[h.PID] && h.PID != 0 {
			continue
		}
		h.Command = commandOf(h.PID)
		holders = append(holders, h)
		seen[h.PID] = true
	}
	return holders, nil
}

// scanOpenFiles goes through the open files of every process that may be looked at.
func scanOpenFiles(ctx context.Context, files map[node]string) ([]domain.Holder, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, nil //nolint:nilerr // no /proc here: the locks must do
	}
	var holders []domain.Holder
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("look for users of the database: %w", err)
		}
		if what := heldBy(pid, files); what != "" {
			holders = append(holders, domain.Holder{PID: pid, Command: commandOf(pid), What: what})
		}
	}
	return holders, nil
}

func openHere(files map[node]string) bool { return heldBy(os.Getpid(), files) != "" }

// heldBy returns one of the files that the process has open; the database itself
// if that is among them.
func heldBy(pid int, files map[node]string) string {
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	fds, err := os.ReadDir(dir)
	if err != nil {
		return "" // gone, or not ours to see
	}
	found := ""
	for _, fd := range fds {
		link := filepath.Join(dir, fd.Name())
		// Sockets and pipes are told by their names; a stat of a file on a dead
		// network disk could hang.
		if target, err := os.Readlink(link); err != nil || !strings.HasPrefix(target, "/") {
			continue
		}
		n, ok := nodeOf(link)
		if !ok {
			continue
		}
		if path, ok := files[n]; ok && (found == "" || len(path) < len(found)) {
			found = path
		}
	}
	return found
}

func commandOf(pid int) string {
	if pid <= 0 {
		return ""
	}
	line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return ""
	}
	s := strings.TrimSpace(string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
	if len(s) > 120 {
		s = s[:120] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}
