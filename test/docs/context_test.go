package docs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/tiktoken"
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

// The promise of the budget, on the program itself and real tokens: over the pages of
// this documentation, no pack has more tokens than its budget, and none loses what a
// smaller one holds.
func TestContextBudgets(t *testing.T) {
	home := t.TempDir()
	docs, err := filepath.Abs(filepath.Join("..", "..", "docs"))
	require.NoError(t, err)
	for _, args := range [][]string{
		{"project", "add", "handbook", docs},
		{"project", "refresh", "handbook"},
		{"state", "set", "handbook", "phase", "rehearsing restores"},
		{"state", "set", "handbook", "owner", "Ada"},
		{"memory", "add", "--type", "project", "--project", "handbook", "Backups are proven every night"},
		{"memory", "add", "--type", "project", "--project", "handbook", "A restore takes a safety backup first, whoever asks for it"},
	} {
		_, err := atocore(t, home, args...)
		require.NoError(t, err, args)
	}
	var tokens tiktoken.Tokenizer
	var before map[string]bool
	for _, budget := range []int{100, 110, 130, 170, 250, 251, 400, 800, 1600, 6000} {
		printed, err := atocore(t, home, "context", "how are backups proven to restore", "--project", "handbook", "--budget", strconv.Itoa(budget), "--json")
		require.NoError(t, err)
		var p struct {
			Markdown string
			Tokens   int
			Items    []struct{ Label, ID, Key string }
		}
		require.NoError(t, json.Unmarshal([]byte(printed), &p))
		assert.LessOrEqual(t, p.Tokens, budget)
		assert.Equal(t, tokens.Count(p.Markdown), p.Tokens)
		now := map[string]bool{}
		for _, i := range p.Items {
			now[i.Label+i.ID+i.Key] = true
		}
		for name := range before {
			assert.Contains(t, now, name, "%d tokens", budget)
		}
		before = now
	}
	assert.Greater(t, len(before), 10)
}
