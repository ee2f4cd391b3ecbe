package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/dustin/go-humanize"

	"github.com/atocore/atocore/domain"
)

const littleSpace = 256 << 20 // bytes

// space looks whether the next backup and the next restore would fit.
func (s *Service) space(e *examination, list []domain.BackupSummary) {
	const subject = "disk space"
	free, dataDisk, err := s.Disk.Free(s.DataDir)
	if err != nil {
		e.add(domain.SeverityWarning, subject, "cannot be told: "+err.Error(), "look at the disk of "+s.DataDir)
		return
	}
	live := s.live()
	restored := live // no backup yet: the next one is as large
	for _, b := range list {
		restored = max(restored, b.Bytes)
	}
	fine := true
	short := func(severity domain.Severity, problem, remedy string) {
		fine = false
		e.add(severity, subject, problem, remedy)
	}
	if free < littleSpace {
		short(domain.SeverityWarning, size(free)+" are left for "+s.DataDir, "make room")
	}
	if s.BackupDir != "" {
		place := s.existing(s.BackupDir)
		freeThere, backupDisk, err := s.Disk.Free(place)
		switch {
		case err != nil:
			short(domain.SeverityWarning, "of "+place+" cannot be told: "+err.Error(), "look at the disk of backup.dir")
		case freeThere < live:
			short(domain.SeverityFault, fmt.Sprintf("the next backup takes %s, and %s are left for %s", size(live), size(freeThere), s.BackupDir),
				"make room there, prune the backups, or choose another disk with backup.dir")
		}
		need := restored // staged beside what is live
		if err == nil && dataDisk == backupDisk {
			need += live // and the safety backup
		}
		if free < need {
			short(domain.SeverityFault, fmt.Sprintf("a restore takes %s, and %s are left for %s", size(need), size(free), s.DataDir),
				"make room there, before a restore is needed")
		}
	}
	if fine {
		e.ok(subject, "%s free; the state takes %s", size(free), size(live))
	}
}

func size(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }

// live returns the bytes of the state.
func (s *Service) live() int64 {
	var n int64
	for _, name := range append([]string{s.Database, s.Database + "-wal"}, s.Private...) {
		n += s.bytes(s.in(name), new(mostEntries))
	}
	return n
}

// bytes returns the size of a file or tree; left bounds how much of it is looked at.
func (s *Service) bytes(path string, left *int) int64 {
	info, err := s.Disk.Stat(path)
	if *left--; err != nil || *left < 0 {
		return 0
	}
	if !info.IsDir() {
		return info.Size()
	}
	entries, err := s.Disk.ReadDir(path)
	if err != nil {
		return 0
	}
	var n int64
	for _, entry := range entries {
		n += s.bytes(filepath.Join(path, entry.Name()), left)
	}
	return n
}

// existing returns the folder, or the nearest above it that exists.
func (s *Service) existing(dir string) string {
	for {
		_, err := s.Disk.Stat(dir)
		if parent := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && parent != dir {
			dir = parent
			continue
		}
		return dir
	}
}
