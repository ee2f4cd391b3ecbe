package backupdir

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// guideOf returns the content of RESTORE.md: what an operator needs who has
// nothing but this folder. dir is where the backup will be.
func guideOf(m domain.Manifest, dir, dataDir string) []byte {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("# Backup %s", m.Stamp)
	say("")
	say("Made on %s by atocore %s (%s).", m.CreatedAt.UTC().Format(time.RFC1123), orUnknown(m.AppVersion), m.Kind)
	say("")
	for _, c := range m.Components {
		if c.Included {
			say("- `%s`: %d files, %d bytes, in `%s/`", c.Name, len(c.Files), c.Bytes(), c.Dir)
		} else {
			say("- `%s`: not included: %s", c.Name, c.Reason)
		}
	}
	say("")
	say("Neither secrets (tokens, keys, the configuration) nor the folders that were")
	say("ingested are in a backup. `metadata.json` says what is in it, exactly.")
	say("")
	say("## With atocore")
	say("")
	say("    atocore backup validate %s", m.Stamp)
	say("    # stop atocore now, and whatever else uses its data")
	say("    atocore backup restore %s --confirm-service-stopped", m.Stamp)
	say("")
	say("Look first, changing nothing: `atocore backup restore %s --dry-run`.", m.Stamp)
	say("")
	say("## Without atocore")
	say("")
	say("On Linux or macOS, in a shell. Correct the two folders if they have moved.")
	say("")
	say("    BACKUP=%s", shellQuote(dir))
	say("    DATA=%s", shellQuote(orElse(dataDir, "/path/to/atocore/data")))
	say("    cd \"$BACKUP\"")
	say("")
	say("1. Check the backup. Every line must end in `OK` (on macOS: `shasum -a 256 -c`).")
	say("")
	say("        sha256sum -c SHA256SUMS")
	database, hasDatabase := m.Component("sqlite")
	hasDatabase = hasDatabase && database.Included
	if hasDatabase {
		say("        sqlite3 \"file:db/atocore.db?immutable=1\" \"PRAGMA integrity_check\"")
	}
	say("")
	say("2. Stop atocore and close every other program that has its data open. On")
	say("   Linux this must print nothing:")
	say("")
	say("        fuser -v \"$DATA\"/atocore.db*")
	say("")
	say("3. Put the present state aside. The files `atocore.db-wal`, `atocore.db-shm` and")
	say("   `atocore.db-journal` must go with the database: beside another database they")
	say("   silently undo a part of the restore.")
	say("")
	say("        ASIDE=\"$DATA/aside-$(date -u +%%Y%%m%%dT%%H%%M%%SZ)\"")
	say("        mkdir -p \"$DATA\" && mkdir -m 700 \"$ASIDE\"")
	say("        for f in atocore.db-wal atocore.db-shm atocore.db-journal atocore.db%s; do", asideNames(m))
	say("          if [ -e \"$DATA/$f\" ]; then mv \"$DATA/$f\" \"$ASIDE/\"; fi")
	say("        done")
	say("")
	say("4. Copy the backup into place, the database last, and make sure that it is on the disk.")
	say("")
	for _, c := range m.Components {
		if !c.Included || c.Name == "sqlite" {
			continue
		}
		if c.Name == "registry" {
			say("        install -m 600 registry/projects.json \"$DATA/projects.json\"")
			continue
		}
		say("        cp -R %s \"$DATA/\"", shellQuote(c.Dir))
	}
	if hasDatabase {
		say("        install -m 600 db/atocore.db \"$DATA/atocore.db\"")
	}
	say("        sync")
	say("")
	say("   If atocore runs as a user of its own, give the files to that user, for")
	say("   example: `chown -R atocore: \"$DATA\"`.")
	say("")
	say("5. Start atocore and look whether everything is there. What was put aside can")
	say("   then be removed.")
	if c, ok := m.Component("chroma"); ok && !c.Included {
		say("")
		say("The vector index of Chroma is not in this backup. It is made again from the text.")
	}
	return []byte(b.String())
}

// asideNames lists what else is put aside: what the backup brings.
func asideNames(m domain.Manifest) string {
	var names string
	for _, c := range m.Components {
		switch {
		case !c.Included || c.Name == "sqlite":
		case c.Name == "registry":
			names += " projects.json"
		default:
			names += " " + shellQuote(c.Dir)
		}
	}
	return names
}

// shellQuote makes one word of s for a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(filepath.ToSlash(s), "'", `'\''`) + "'"
}

func orUnknown(s string) string { return orElse(s, "of an unknown version") }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
