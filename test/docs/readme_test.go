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

var fences = regexp.MustCompile("(?ms)^```(sh|text)\n(.*?)^```$")

// The output in the README is what the demo prints.
func TestReadmeShowsRealOutput(t *testing.T) {
	printed, err := atocore(t, t.TempDir(), "demo", "--once")
	require.NoError(t, err)
	shown := 0
	for _, block := range fences.FindAllStringSubmatch(read(t, "README.md"), -1) {
		if block[1] == "text" {
			shown++
			assert.Contains(t, printed, strings.TrimSuffix(block[2], "\n"))
		}
	}
	assert.Equal(t, 1, shown)
}

// The commands in the README work in the order in which they stand there.
func TestReadmeCommands(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "notes"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(home, "notes", "deploys.md"),
		[]byte("# Deploys\n\nWe decided to deploy on Tuesdays.\n"), 0o600))
	quoted := regexp.MustCompile(`"[^"]*"|[^ ]+`)
	ran := 0
	for _, block := range fences.FindAllStringSubmatch(read(t, "README.md"), -1) {
		for _, line := range strings.Split(block[2], "\n") {
			command, found := strings.CutPrefix(line, "atocore ")
			if !found || strings.HasPrefix(command, "serve") {
				continue
			}
			command, _, _ = strings.Cut(command, " #")
			args := quoted.FindAllString(strings.ReplaceAll(command, "~", home), -1)
			for i := range args {
				args[i] = strings.Trim(args[i], `"`)
			}
			out, err := atocore(t, home, args...)
			assert.NoError(t, err, command)
			if args[0] == "query" {
				assert.Contains(t, out, "deploys.md:1-3", command)
			}
			ran++
		}
	}
	assert.Equal(t, 7, ran)
}

// The pages that the README names are there.
func TestReadmeLinks(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(read(t, "README.md"), -1)
	require.NotEmpty(t, links)
	for _, l := range links {
		_, err := os.Stat(filepath.Join("..", "..", l[1]))
		assert.NoError(t, err)
	}
}
