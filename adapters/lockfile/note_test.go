package lockfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestNote(t *testing.T) {
	path := filepath.Join(t.TempDir(), IngestFile)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	assert.Empty(t, readNote(path))
	require.NoError(t, writeNote(path, "12345 atocore project refresh alpha"))
	assert.Equal(t, []domain.Holder{{PID: 12345, Command: "atocore project refresh alpha", What: path}}, readNote(path))
	require.NoError(t, writeNote(path, "7 "+shorten(strings.Repeat("lang ä ", 100))))
	who := readNote(path)
	require.Len(t, who, 1)
	assert.Equal(t, 7, who[0].PID)
	assert.LessOrEqual(t, len(who[0].Command), maxCommand+len("…"))
	require.NoError(t, writeNote(path, ""))
	assert.Empty(t, readNote(path))
	assert.Empty(t, readNote(path+"-missing"))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.EqualValues(t, noteAt+noteSize, info.Size())
}
