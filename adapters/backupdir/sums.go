package backupdir

import (
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strings"

	"github.com/atocore/atocore/domain"
)

// sumsOf returns the content of SHA256SUMS: a line for every file of every
// component, for the manifest and for RESTORE.md, in order of path. Nothing in it
// is not also elsewhere or computed from it, so that a change of any byte of it
// shows, too.
func sumsOf(m domain.Manifest, manifest, guide string) []byte {
	sums := map[string]string{manifestName: manifest, guideName: guide}
	for _, c := range m.Components {
		for _, f := range c.Files {
			sums[f.Path] = f.SHA256
		}
	}
	paths := make([]string, 0, len(sums))
	for p := range sums {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	var b strings.Builder
	for _, p := range paths {
		b.WriteString(sumLine(sums[p], p))
	}
	return []byte(b.String())
}

var (
	escapeName   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	unescapeName = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
)

// sumLine writes a line as sha256sum does: one for an odd name begins with a
// backslash, and the name is escaped.
func sumLine(sum, path string) string {
	if escaped := escapeName.Replace(path); escaped != path {
		return `\` + sum + "  " + escaped + "\n"
	}
	return sum + "  " + path + "\n"
}

// readSums returns the hashes by path; lines of another form are left out.
func readSums(raw []byte) map[string]string {
	sums := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSuffix(line, "\n")
		odd := strings.HasPrefix(line, `\`)
		sum, name, ok := strings.Cut(strings.TrimPrefix(line, `\`), "  ")
		if !ok {
			continue
		}
		if odd {
			name = unescapeName.Replace(name)
		}
		sums[name] = sum
	}
	return sums
}

func hashOf(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
