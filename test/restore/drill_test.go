package restore

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const page = "../../docs/backup-restore-drill.md"

// A service that is started in the background stands for the reader's own.
const stopAndStart = `
set -eu
start() {
	atocore serve --listen 127.0.0.1:0 --log-level error > serve.url 2> serve.log &
	SERVICE=$!
	while ! grep -q http serve.url; do kill -0 $SERVICE; sleep 0.05; done
}
stop() { kill $SERVICE; wait $SERVICE; }
trap 'kill $SERVICE 2> /dev/null || true' EXIT
start
`

var (
	stepForm  = regexp.MustCompile(`(?ms)^### Step (\d): ([a-z ]+)$(.*?)(?:\z|^##)`)
	blockForm = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
)

func TestDrill(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell")
	}
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	script := stopAndStart
	var steps []string
	rest := string(text)
	for {
		m := stepForm.FindStringSubmatchIndex(rest)
		if m == nil {
			break
		}
		steps = append(steps, rest[m[4]:m[5]])
		blocks := blockForm.FindAllStringSubmatch(rest[m[6]:m[7]], -1)
		require.NotEmpty(t, blocks, "step %s has commands", rest[m[2]:m[3]])
		for _, b := range blocks {
			script += b[1]
		}
		rest = rest[m[7]:]
	}
	require.Equal(t, []string{
		"capture", "baseline", "mutate", "stop", "restore", "start", "verify that the marker is gone", "clean up",
	}, steps)

	p := newProgram(t)
	p.remember("here before the drill")
	docs := filepath.Join(p.dir, "docs")
	require.NoError(t, os.Mkdir(docs, 0o700))
	p.run("project", "add", "kept", docs)
	cmd := p.command()
	cmd = &exec.Cmd{Path: mustFind(t, "sh"), Args: []string{"sh", "-c", script + "\nstop\n"}, Dir: p.dir, Env: cmd.Env}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "made backup")
	assert.True(t, p.remembers("here before the drill"))
	assert.False(t, p.remembers("drill marker"))
	assert.Len(t, p.stamps(), 2)
}

func mustFind(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	require.NoError(t, err)
	return path
}

// Every command that the page names exists, with its flags.
func TestThePageNamesWhatThereIs(t *testing.T) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	p := newProgram(t)
	named := regexp.MustCompile("atocore((?: [a-z]+)+)([^\n`]*)").FindAllStringSubmatch(string(text), -1)
	checked := 0
	for _, m := range named {
		words := strings.Fields(m[1])
		if !strings.Contains(" backup memory project doctor config serve ", " "+words[0]+" ") {
			continue // prose
		}
		for len(words) > 2 {
			words = words[:2]
		}
		help := p.run(append(words, "--help")...)
		require.Contains(t, help, "atocore "+strings.Join(words, " "), m[0])
		for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(m[2], -1) {
			assert.Contains(t, help, flag, m[0])
		}
		checked++
	}
	assert.Greater(t, checked, 15)
}
