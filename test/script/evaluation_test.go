package script

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEvaluationPage runs the examples of docs/evaluation.md: every YAML block is a
// file, every line after "$ " a command, and what follows it is what it prints, where
// … stands for anything.
func TestEvaluationPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "evaluation.md"))
	require.NoError(t, err)
	dir := t.TempDir()
	sample := filepath.Join("..", "..", "adapters", "cli", "demo", "handbook")
	require.NoError(t, os.CopyFS(filepath.Join(dir, "handbook"), os.DirFS(sample)))
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("collection/corpus.jsonl", `{"_id":"d1","title":"Pears","text":"They ripen in autumn."}
{"_id":"d2","text":"Plums make jam.","project":"kitchen"}
{"_id":"d3","text":"Nothing else."}
`)
	write("collection/queries.jsonl", `{"_id":"q1","text":"when do pears ripen"}
{"_id":"q2","text":"jam of plums","project":"kitchen"}
`)
	write("collection/qrels.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n")

	files := []string{"questions.yaml", "weights.yaml"}
	ran := 0
	for _, block := range regexp.MustCompile("(?s)\n```(yaml)?\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		if block[1] == "yaml" {
			require.NotEmpty(t, files)
			write(files[0], block[2])
			files = files[1:]
			continue
		}
		for _, example := range strings.Split("\n"+block[2], "\n$ ")[1:] {
			command, want, _ := strings.Cut(example, "\n")
			ran++
			assert.Regexp(t, pattern(want), run(t, dir, command), command)
		}
	}
	assert.Empty(t, files)
	assert.GreaterOrEqual(t, ran, 7)
}

func pattern(want string) *regexp.Regexp {
	var parts []string
	for _, part := range strings.Split(strings.TrimRight(want, "\n"), "…") {
		parts = append(parts, regexp.QuoteMeta(part))
	}
	return regexp.MustCompile(`(?s)\A` + strings.Join(parts, ".*") + `\s*\z`)
}

var word = regexp.MustCompile(`"[^"]*"|\S+`)

func run(t *testing.T, dir, command string) string {
	t.Helper()
	var args []string
	for _, w := range word.FindAllString(command, -1) {
		args = append(args, strings.Trim(w, `"`))
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ATOCORE_DATA_DIR="+filepath.Join(dir, "data"), "HOME="+dir, "TMPDIR="+dir)
	var out, problems strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return fmt.Sprintf("[exit %d] %s%s", ended.ExitCode(), problems.String(), out.String())
	}
	require.NoError(t, err, command)
	return out.String()
}
