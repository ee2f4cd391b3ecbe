package access

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestKeysPage runs the commands of docs/keys.md in their order.
func TestKeysPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "keys.md"))
	require.NoError(t, err)
	w := &world{t: t, data: filepath.Join(t.TempDir(), "data")}
	w.run("project", "add", "handbook", t.TempDir())
	ran := 0
	for _, block := range regexp.MustCompile("(?s)\n```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		for _, line := range strings.Split(strings.TrimSpace(block[1]), "\n") {
			args := strings.Fields(line)
			require.Equal(t, "atocore", args[0], line)
			if ran == 5 { // after a restore that brought the key back
				w.run("key", "create", "builder", "--scope", "read")
			}
			assert.NotEmpty(t, w.run(args[1:]...), line)
			ran++
		}
	}
	assert.Equal(t, 7, ran)
	for _, row := range regexp.MustCompile("(?m)^\\| `--([a-z]+)").FindAllStringSubmatch(string(page), -1) {
		assert.Contains(t, w.run("key", "create", "--help"), "--"+row[1])
	}
}
