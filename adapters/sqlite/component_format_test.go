package sqlite_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// The worked example of the format's page is computed here once more.
func TestDocumentedDigest(t *testing.T) {
	raw, err := os.ReadFile("../../docs/backup-format.md")
	require.NoError(t, err)
	page := string(raw)
	var sum domain.RowSum
	for _, row := range [][]any{{int64(1), "é"}, {nil, ""}} {
		var encoded []byte
		for _, v := range row {
			encoded, err = domain.AppendValue(encoded, v)
			require.NoError(t, err)
		}
		sum.Add(encoded)
		hash := sha256.Sum256(encoded)
		assert.Contains(t, page, "`"+hex.EncodeToString(encoded)+"` | `"+hex.EncodeToString(hash[:])+"` |")
	}
	assert.Contains(t, page, "2 rows, digest `"+sum.String()+"`.")
	assert.NotRegexp(t, regexp.MustCompile("EXAMPLE"), page)
	assert.True(t, strings.Contains(page, "application id 1098149731"))
}
