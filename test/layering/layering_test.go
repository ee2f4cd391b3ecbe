// Package layering holds the import rules of the house. It parses the sources
// itself: a test that asked `go list` would keep passing from Go's test cache
// after a violation.
package layering

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/atocore/atocore"

// imp is one import of one file. Pkg and Path are relative to the module for
// packages of this module.
type imp struct {
	Pkg  string // folder of the importing file
	File string
	Path string // import path; this module's without the module prefix
	Own  bool   // of this module
	Test bool   // in a _test.go file
}

func imports(t *testing.T, root string) []imp {
	t.Helper()
	var out []imp
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			i := imp{Pkg: path.Dir(rel), File: rel, Path: target, Test: strings.HasSuffix(rel, "_test.go")}
			if rest, own := strings.CutPrefix(target, module+"/"); own {
				i.Path, i.Own = rest, true
			}
			out = append(out, i)
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, out)
	return out
}

// allowedArrows are the arrows between use cases, "from → to": each a step of the
// other, with the reason.
var allowedArrows = map[string]string{
	"domain/eval → domain/query":           "a question that is measured is asked as users ask it",
	"domain/pack → domain/query":           "what a pack quotes is found as answers are",
	"domain/transfer → domain/interaction": "imported conversations are read by the rules of capture",
	"domain/tune → domain/eval":            "weights are tried by measuring them",
	"domain/interaction → domain/memory":   "what is found in an interaction becomes a candidate, and what a person confirms is reinforced",
}

// inbound adapters may use the use cases; every other adapter is outbound.
var inbound = map[string]bool{"adapters/httpapi": true, "adapters/cli": true, "adapters/mcp": true}

// testServers start the real thing for the tests of adapters.
var testServers = map[string]bool{"test/chromaserver": true, "test/s3server": true}

// layer returns the first one or two parts of a package's folder: the unit that
// the rules speak of.
func layer(pkg string) string {
	parts := strings.SplitN(pkg, "/", 3)
	if len(parts) == 1 {
		return parts[0]
	}
	return parts[0] + "/" + parts[1]
}

// violation returns why the import breaks the house rules, or "".
func violation(i imp) string {
	from, to := layer(i.Pkg), layer(i.Path)
	if from == to || strings.HasPrefix(from, "test") {
		return ""
	}
	isUseCase := func(l string) bool { return strings.HasPrefix(l, "domain/") }
	if testServers[to] && i.Test {
		return ""
	}
	testSupport := to == "ports/portfake" || to == "ports/porttest"
	if testSupport && (i.Test || from == "ports/portfake") {
		return ""
	}
	switch {
	case from == "domain":
		return "domain imports nothing of this module"
	case from == "ports":
		if to == "domain" {
			return ""
		}
		return "ports imports domain alone"
	case isUseCase(from):
		if to == "domain" || to == "ports" {
			return ""
		}
		if allowedArrows[from+" → "+to] != "" {
			return ""
		}
		return "a use case imports domain and ports; an arrow to a sibling is listed with its reason"
	case from == "ports/portfake" || from == "ports/porttest":
		if to == "domain" || to == "ports" {
			return ""
		}
		return "fakes and suites import domain and ports"
	case inbound[from]:
		if to == "domain" || isUseCase(to) {
			return ""
		}
		if i.Test && to == "ports" {
			return ""
		}
		return "an inbound adapter imports domain and the use cases"
	case strings.HasPrefix(from, "adapters/"):
		if to == "domain" || to == "ports" {
			return ""
		}
		if i.Test && to == "adapters/osdisk" {
			return "" // what is kept in files is tested on the real file system, too
		}
		return "an outbound adapter imports domain and ports, and no other adapter"
	case from == "configs":
		return "configs imports nothing of this module"
	case from == "app":
		if testSupport {
			return "app wires the real parts, never the fakes"
		}
		if to == "cmd/atocore" {
			return "nothing imports the command"
		}
		return ""
	case from == "cmd/atocore":
		if to == "app" || to == "configs" {
			return ""
		}
		return "the command imports app and configs"
	}
	return "this folder is not in the house: see docs/architecture.md"
}

// homes pins third parties to the packages that may import them.
var homes = []struct {
	prefix string
	in     []string
	reason string
}{
	{"github.com/gofiber/", []string{"adapters/httpapi"}, "HTTP lives in one adapter"},
	{"github.com/valyala/", []string{"adapters/httpapi"}, "HTTP lives in one adapter"},
	{"github.com/danielgtaylor/huma", []string{"adapters/httpapi"}, "HTTP lives in one adapter"},
	{"github.com/jmoiron/sqlx", []string{"adapters/sqlite"}, "SQL lives in one adapter"},
	{"github.com/pressly/goose", []string{"adapters/sqlite"}, "SQL lives in one adapter"},
	{"modernc.org/", []string{"adapters/sqlite", "adapters/chroma"}, "SQL lives in one adapter; Chroma's own file is captured as a database"},
	{"database/sql", []string{"adapters/sqlite", "adapters/chroma"}, "a *sql.Tx never crosses a port"},
	{"github.com/spf13/viper", []string{"configs"}, "configuration has one reader"},
	{"github.com/spf13/cobra", []string{"adapters/cli"}, "the command line lives in one adapter"},
	{"github.com/yuin/goldmark", []string{"adapters/parse"}, "document formats live in one adapter"},
	{"golang.org/x/time/rate", []string{"domain/key"}, "how fast a caller may be is a rule of keys"},
	{"golang.org/x/net/html", []string{"adapters/parse"}, "document formats live in one adapter"},
	{"github.com/fsnotify/", []string{"adapters/folderwatch"}, "folders are watched in one adapter"},
	{"github.com/go-co-op/gocron", []string{"adapters/cron"}, "schedules are read in one adapter"},
	{"github.com/gofrs/flock", []string{"adapters/lockfile", "adapters/registryjson", "adapters/backupdir", "adapters/scratchdir", "adapters/ledgerfile"}, "locks are held where their files are"},
	{"github.com/amikos-tech/chroma-go", []string{"adapters/chroma", "adapters/embed"}, "Chroma has one adapter, its embedding functions another"},
	{"github.com/modelcontextprotocol/", []string{"adapters/mcp"}, "agents are served by one adapter"},
	{"github.com/minio/", []string{"adapters/s3"}, "S3 lives in one adapter"},
	{"github.com/tiktoken-go/tokenizer", []string{"adapters/tiktoken"}, "tokens are counted in one adapter"},
	{"filippo.io/age", []string{"adapters/archive"}, "archives live in one adapter"},
	{"golang.org/x/crypto", []string{"adapters/archive"}, "archives live in one adapter"},
	{"github.com/klauspost/compress", []string{"adapters/archive"}, "archives live in one adapter"},
	{"net/http", []string{"adapters/httpapi", "adapters/mcp", "adapters/s3", "adapters/webhook", "adapters/metrics", "adapters/chat", "adapters/chroma", "adapters/embed", "adapters/filetree", "app"}, "the domain knows no protocol (filetree takes its detection of binary content from there)"},
	{"github.com/prometheus/", []string{"adapters/metrics"}, "what measures is asked through functions"},
	{"os/exec", []string{}, "the binary starts no other program"},
	{"github.com/stretchr/testify/mock", []string{"-"}, "fakes, not mocks"},
	{"github.com/stretchr/testify/suite", []string{"-"}, "plain tests, not suites"},
	{"log$", []string{"-"}, "log/slog is the log"},
}

func strayed(i imp) string {
	if i.Own {
		return ""
	}
	for _, h := range homes {
		// A prefix stands for itself and what is below it; with $, for itself alone.
		matches := i.Path == strings.TrimSuffix(h.prefix, "$") || strings.HasPrefix(i.Path, strings.TrimSuffix(h.prefix, "/")+"/")
		if !matches {
			continue
		}
		banned := len(h.in) == 1 && h.in[0] == "-"
		if i.Test && !banned || strings.HasPrefix(i.Pkg, "test") && !banned {
			return ""
		}
		for _, home := range h.in {
			if layer(i.Pkg) == home {
				return ""
			}
		}
		return h.reason
	}
	return ""
}

func TestImportsFollowTheHouseRules(t *testing.T) {
	for _, i := range imports(t, filepath.Join("..", "..")) {
		if i.Own {
			assert.Empty(t, violation(i), "%s imports %s", i.File, i.Path)
		}
		assert.Empty(t, strayed(i), "%s imports %s", i.File, i.Path)
	}
}

// Every listed arrow must exist, or the list would grow stale.
func TestListedArrowsExist(t *testing.T) {
	found := map[string]bool{}
	for _, i := range imports(t, filepath.Join("..", "..")) {
		if i.Own && !i.Test {
			found[layer(i.Pkg)+" → "+layer(i.Path)] = true
		}
	}
	for arrow, reason := range allowedArrows {
		assert.True(t, found[arrow], "%s is listed (%s) and no longer there", arrow, reason)
	}
}

// The rules must be able to fail: each line is an import that must not pass.
func TestViolationsAreSeen(t *testing.T) {
	for _, c := range []struct {
		from, to string
		test     bool
	}{
		{from: "domain", to: "ports"},
		{from: "ports", to: "domain/query"},
		{from: "domain/query", to: "adapters/sqlite"},
		{from: "domain/query", to: "domain/memory"},
		{from: "domain/query", to: "ports/portfake"},
		{from: "ports/portfake", to: "adapters/sqlite"},
		{from: "adapters/sqlite", to: "adapters/embed"},
		{from: "adapters/sqlite", to: "domain/query"},
		{from: "adapters/httpapi", to: "adapters/cli"},
		{from: "adapters/httpapi", to: "ports"},
		{from: "adapters/sqlite", to: "adapters/embed", test: true},
		{from: "configs", to: "domain"},
		{from: "app", to: "ports/portfake"},
		{from: "adapters/chroma", to: "test/chromaserver"},
		{from: "adapters/s3", to: "test/s3server"},
		{from: "cmd/atocore", to: "domain"},
		{from: "internal/util", to: "domain"},
	} {
		assert.NotEmpty(t, violation(imp{Pkg: c.from, Path: c.to, Own: true, Test: c.test}), "%s → %s", c.from, c.to)
	}
	for _, c := range []struct{ from, to string }{
		{"domain/query", "github.com/gofiber/fiber/v2"},
		{"adapters/httpapi", "github.com/jmoiron/sqlx"},
		{"app", "github.com/spf13/viper"},
		{"app", "os/exec"},
		{"domain", "database/sql"},
		{"adapters/embed", "modernc.org/sqlite/vec"},
		{"adapters/cli", "log"},
		{"adapters/httpapi", "github.com/modelcontextprotocol/go-sdk/mcp"},
	} {
		assert.NotEmpty(t, strayed(imp{Pkg: c.from, Path: c.to}), "%s → %s", c.from, c.to)
	}
}

// The top of the tree is the map of the house: nothing else belongs there.
func TestTopLevelEntries(t *testing.T) {
	allowed := map[string]bool{
		"domain": true, "ports": true, "adapters": true, "app": true, "cmd": true, "configs": true,
		"docs": true, "test": true, "go.mod": true, "go.sum": true, "Taskfile.yml": true,
		"README.md": true, "LICENSE": true, "CHANGELOG.md": true, "CONTRIBUTING.md": true,
		"data": true, "bin": true, "dist": true, // ignored by git: what a run or a build leaves
	}
	entries, err := os.ReadDir(filepath.Join("..", ".."))
	require.NoError(t, err)
	for _, e := range entries {
		assert.True(t, allowed[e.Name()] || strings.HasPrefix(e.Name(), "."), "%s does not belong at the top of the tree", e.Name())
	}
}
