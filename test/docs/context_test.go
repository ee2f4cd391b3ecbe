package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The example of the page on context packs, run from its first command on: it prints
// what the page shows, ids and times aside.
func TestContextPage(t *testing.T) {
	page := read(t, "docs/context.md")
	_, shown, ok := strings.Cut(page, "````text\n")
	require.True(t, ok)
	shown, _, ok = strings.Cut(shown, "````\n")
	require.True(t, ok)

	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "docs"), 0o700))
	file := filepath.Join(home, "docs", "deploys.md")
	require.NoError(t, os.WriteFile(file, []byte("# Deploys\n\nWe deploy on Tuesdays, with `make deploy`.\n"), 0o600))
	day := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	require.NoError(t, os.Chtimes(file, day, day))
	var printed string
	ran := 0
	quoted := regexp.MustCompile(`"[^"]*"|[^ ]+`)
	for _, block := range fences.FindAllStringSubmatch(page, -1) {
		for _, line := range strings.Split(block[2], "\n") {
			command, found := strings.CutPrefix(line, "atocore ")
			if !found {
				continue
			}
			args := quoted.FindAllString(strings.ReplaceAll(command, "./docs", filepath.Join(home, "docs")), -1)
			for i := range args {
				args[i] = strings.Trim(args[i], `"`)
			}
			var err error
			printed, err = atocore(t, home, args...)
			require.NoError(t, err, command)
			ran++
		}
	}
	assert.Equal(t, 5, ran)
	plain := func(s string) string {
		s = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAllString(s, "ID")
		return regexp.MustCompile(`\d{4}-\d\d-\d\d`).ReplaceAllString(s, "DAY")
	}
	assert.Equal(t, plain(strings.TrimSpace(shown)), plain(strings.TrimSpace(printed)))
}
