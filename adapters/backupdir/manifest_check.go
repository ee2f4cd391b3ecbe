package backupdir

import (
	"encoding/hex"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

type faultFunc func(kind domain.FaultKind, want, found string)

// checkManifest looks for what contradicts itself and takes out what must not be
// followed.
func checkManifest(m *domain.Manifest, want domain.Stamp, fault faultFunc) {
	if m.Format < 1 {
		fault(domain.FaultFormat, fmt.Sprintf("a format version from 1 to %d", domain.BackupFormat), strconv.Itoa(m.Format))
	}
	if m.Stamp != want {
		fault(domain.FaultManifest, fmt.Sprintf("the stamp %s, as the folder is called", want), strconv.Quote(string(m.Stamp)))
		m.Stamp = want
	}
	if first := string(domain.NewStamp(m.CreatedAt, 1)); !strings.HasPrefix(string(want), first) {
		fault(domain.FaultManifest, "a created_at in the second of the stamp", m.CreatedAt.Format(time.RFC3339Nano))
	}
	switch m.Kind {
	case domain.BackupManual, domain.BackupScheduled, domain.BackupPreRestore:
	default:
		fault(domain.FaultManifest, "the kind manual, scheduled or pre-restore", strconv.Quote(string(m.Kind)))
	}
	if m.SchemaVersion < 0 {
		fault(domain.FaultManifest, "a schema version", strconv.FormatInt(m.SchemaVersion, 10))
	}
	if len(m.Components) == 0 {
		fault(domain.FaultManifest, "components", "none")
	}
	names, dirs := map[string]bool{}, map[string]bool{}
	files := map[string]bool{}
	var kept []domain.ComponentEntry
	for _, c := range m.Components {
		if c.Name == "" || names[c.Name] {
			fault(domain.FaultDuplicate, "a name for each component", strconv.Quote(c.Name))
			continue
		}
		names[c.Name] = true
		if !safePath(c.Dir) || strings.Contains(c.Dir, "/") || slices.Contains(companions, c.Dir) {
			fault(domain.FaultPath, "a folder of the backup for component "+c.Name, strconv.Quote(c.Dir))
			continue
		}
		if dirs[c.Dir] {
			fault(domain.FaultDuplicate, "a folder of its own for component "+c.Name, strconv.Quote(c.Dir))
			continue
		}
		dirs[c.Dir] = true
		checkComponent(&c, files, fault)
		kept = append(kept, c)
	}
	m.Components = kept
}

func checkComponent(c *domain.ComponentEntry, seen map[string]bool, fault faultFunc) {
	switch {
	case !c.Included && len(c.Files) > 0:
		fault(domain.FaultManifest, "no files of component "+c.Name+", which is not included", fmt.Sprintf("%d", len(c.Files)))
	case !c.Included && c.Reason == "":
		fault(domain.FaultManifest, "a reason why component "+c.Name+" is not included", "none")
	case c.Included && len(c.Files) == 0:
		fault(domain.FaultManifest, "files of component "+c.Name+", which is included", "none")
	}
	var kept []domain.FileEntry
	for _, f := range c.Files {
		quoted := strconv.Quote(f.Path)
		switch {
		case !safePath(f.Path):
			fault(domain.FaultPath, "paths within the backup", quoted)
			continue
		case !strings.HasPrefix(f.Path, c.Dir+"/"):
			fault(domain.FaultPath, "files of component "+c.Name+" in "+c.Dir, quoted)
			continue
		case seen[f.Path]:
			fault(domain.FaultDuplicate, "each file once", quoted+" twice")
			continue
		}
		seen[f.Path] = true
		if f.Size < 0 {
			fault(domain.FaultManifest, "a size of "+quoted, strconv.FormatInt(f.Size, 10))
			f.Size = 0
		}
		if !isHash(f.SHA256) {
			fault(domain.FaultManifest, "a SHA-256 of "+quoted, strconv.Quote(f.SHA256))
		}
		kept = append(kept, f)
	}
	c.Files = kept
	tables := map[string]bool{}
	for _, t := range c.Facts.Tables {
		if t.Name == "" || tables[t.Name] || t.Rows < 0 || !isHash(t.Digest) {
			fault(domain.FaultManifest, "name, rows and digest of each table of component "+c.Name,
				fmt.Sprintf("%q, %d, %q", t.Name, t.Rows, t.Digest))
		}
		tables[t.Name] = true
	}
	if v := c.Facts.Vectors; v != nil && (v.Count < 0 || !isHash(v.Digest)) {
		fault(domain.FaultManifest, "count and digest of the vectors", fmt.Sprintf("%d, %q", v.Count, v.Digest))
	}
}

// safePath tells whether a path of a manifest stays in the backup on every
// system: relative, with forward slashes, nothing to be resolved in it.
func safePath(p string) bool {
	return p != "" && p != "." && utf8.ValidString(p) && !strings.ContainsAny(p, "\\\x00") &&
		!strings.HasPrefix(p, "/") && path.Clean(p) == p && filepath.IsLocal(filepath.FromSlash(p)) &&
		(len(p) < 2 || p[1] != ':')
}

// isHash tells whether s is a SHA-256 as it is written: 64 lower-case digits.
func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && s == strings.ToLower(s)
}
