package chroma

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/atocore/atocore/domain"
)

// openedBy returns the other processes that have a file below the folder open. It
// reads what Linux tells of them in /proc, and finds none elsewhere.
func openedBy(tree string) []domain.Holder {
	if resolved, err := filepath.EvalSymlinks(tree); err == nil {
		tree = resolved
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return nil
	}
	var holders []domain.Holder
	seen := map[int]bool{os.Getpid(): true}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || !strings.HasPrefix(target, tree+string(filepath.Separator)) {
			continue
		}
		process := strings.Split(link, "/")[2]
		pid, err := strconv.Atoi(process)
		if err != nil || seen[pid] {
			continue
		}
		seen[pid] = true
		command, _ := os.ReadFile("/proc/" + process + "/comm") // it may have ended
		holders = append(holders, domain.Holder{PID: pid, Command: strings.TrimSpace(string(command)), What: target})
	}
	return holders
}
