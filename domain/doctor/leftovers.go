package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/atocore/atocore/domain"
)

// sweeper says which command removes a leftover.
const sweeper = "the next command that opens the stores removes it, such as: atocore project list"

// inData are leftovers in the data directory, by the beginning of their name.
var inData = []struct{ prefix, what, remedy string }{
	{".restore-staged-", "what a killed restore had copied", sweeper},
	{".restore-trash-", "what an accepted restore had parked", sweeper},
	{".restore-done-", "the mark of a restore that ended", sweeper},
	{".restore-rollback-", "the mark of a restore that was taken back", sweeper},
	{".restore-target-", "what a killed restore into a folder had copied", "remove it"},
	{".projects.json.", "half a registry, of a killed write", "the next change of a project removes it"},
	{".scratch-", "scratch of a killed proof or drill", "the next proof or drill removes it"},
	{"schedule.json.damaged-", "a damaged log of the schedule that was set aside", "look into it, and remove it when it is not needed"},
}

// inBackups are leftovers beside the backups.
var inBackups = []struct{ prefix, what, remedy string }{
	{".building-", "a backup that was never finished", "the next backup removes it: atocore backup create"},
	{".removed-", "a backup that was half removed", "the next pruning removes it"},
	{".scratch-", "scratch of a killed proof or drill", "the next proof or drill removes it"},
}

// leftovers finds what killed processes left, and what waits to be undone.
func (s *Service) leftovers(ctx context.Context, e *examination) {
	const subject = "leftovers"
	_, err := s.Disk.Stat(s.in(s.Journal))
	restoring := err == nil
	if restoring {
		e.add(domain.SeverityFault, "restore", "a restore was interrupted",
			"run any command that opens the stores, such as: atocore project list; it brings the restore to its end first")
	}
	if _, err := s.Disk.Stat(s.in(s.Database + "-journal")); err == nil {
		e.add(domain.SeverityWarning, subject, s.in(s.Database+"-journal")+
			" lies beside the database: if another program did not just put it there, it does not belong to it",
			"stop whatever has the database open, and move the file away")
	}
	_, err = s.Disk.Stat(s.in(s.Database))
	if wal := s.in(s.Database + "-wal"); errors.Is(err, fs.ErrNotExist) {
		if _, err := s.Disk.Stat(wal); err == nil {
			e.add(domain.SeverityFault, subject, wal+" lies there without its database, and may hold committed data",
				"keep it, and put the database back or restore it")
		}
	}
	found := 0
	look := func(dir string, table []struct{ prefix, what, remedy string }) {
		entries, err := s.Disk.ReadDir(dir)
		if err != nil {
			return // told elsewhere, or there is no such folder yet
		}
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			for _, known := range table {
				if !strings.HasPrefix(entry.Name(), known.prefix) {
					continue
				}
				if restoring && strings.HasPrefix(known.prefix, ".restore-") || s.Busy != nil && s.Busy(path) {
					continue // it is no leftover yet
				}
				found++
				e.add(domain.SeverityWarning, subject, fmt.Sprintf("%s is %s", path, known.what), known.remedy)
			}
		}
	}
	look(s.DataDir, inData)
	if s.BackupDir != "" {
		look(s.BackupDir, inBackups)
	}
	found += s.parked(ctx, e, restoring)
	if found == 0 && !restoring {
		e.ok(subject, "none")
	}
}

// parked looks at what the last restore set aside.
func (s *Service) parked(ctx context.Context, e *examination, restoring bool) (found int) {
	const subject = "undo"
	const drop = "drop it: atocore backup restore --accept"
	if s.Parked == nil || restoring {
		return 0
	}
	p, err := s.Parked(ctx)
	if err != nil {
		e.failed(domain.SeverityWarning, subject, err, drop)
		return 1
	}
	known := ""
	now := s.Clock.Now()
	if p != nil {
		known = filepath.Base(p.Folder)
		switch {
		case now.After(p.Until):
			found++
			e.add(domain.SeverityWarning, subject, fmt.Sprintf("what the restore of %s replaced is still parked in %s, %s after it expired",
				p.Since.Format("2006-01-02"), p.Folder, domain.Span(now.Sub(p.Until))), drop)
		default:
			e.ok(subject, "the restore of %s can be undone until %s", p.Since.Format("2006-01-02 15:04"), p.Until.Format("2006-01-02 15:04"))
		}
	}
	entries, err := s.Disk.ReadDir(s.DataDir)
	if err != nil {
		return found
	}
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, ".restore-parked-") && name != known {
			found++
			e.add(domain.SeverityWarning, subject, s.in(name)+" was parked by a restore and no record says what belongs where",
				"look into it: it may hold the state before a restore; remove it when it is not needed")
		}
	}
	return found
}
