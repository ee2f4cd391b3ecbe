package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// commands runs every atocore command in the page's examples, in their order, in one
// folder.
func commands(t *testing.T, home, page string) (ran int) {
	t.Helper()
	quoted := regexp.MustCompile(`"[^"]*"|[^ ]+`)
	for _, block := range fences.FindAllStringSubmatch(read(t, "docs", page), -1) {
		for _, line := range strings.Split(block[2], "\n") {
			command, found := strings.CutPrefix(line, "atocore ")
			if !found {
				continue
			}
			args := quoted.FindAllString(command, -1)
			for i := range args {
				args[i] = strings.Trim(args[i], `"`)
			}
			_, err := atocore(t, home, args...)
			assert.NoError(t, err, command)
			ran++
		}
	}
	return ran
}

func TestCommandsOfInteractions(t *testing.T) {
	assert.Equal(t, 2, commands(t, t.TempDir(), "interactions.md"))
}

func TestCommandsOfExportAndImport(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "docs"), 0o700))
	_, err := atocore(t, home, "project", "add", "handbook", "docs")
	require.NoError(t, err)
	for name, sample := range map[string]string{
		"memory.jsonl": "memory.jsonl", "mem0.json": "mem0.json", "conversations.json": "chatgpt.json", "claude.json": "claude.json",
		"notes/Brewing.md": "notes/coffee/Brewing.md",
	} {
		path := filepath.Join(home, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(read(t, "adapters", "foreign", "testdata", sample)), 0o600))
	}
	assert.Equal(t, 8, commands(t, home, "export-import.md"))
}

// The export that the page shows is one: importing it and exporting again gives the
// same bytes.
func TestTheShownExportIsOne(t *testing.T) {
	m := regexp.MustCompile("(?s)```jsonl\n(.*?)```").FindStringSubmatch(read(t, "docs", "export-import.md"))
	require.NotNil(t, m)
	home := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(home, "shown.jsonl"), []byte(m[1]), 0o600))
	_, err := atocore(t, home, "import", "shown.jsonl")
	require.NoError(t, err)
	again, err := atocore(t, home, "export", "-")
	require.NoError(t, err)
	assert.Equal(t, m[1], again)
}
