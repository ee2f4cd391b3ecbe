package httpapi

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

var jsonHeader = "Content-Type: application/json"

func TestJobsOverHTTP(t *testing.T) {
	w := newWorld()
	c := start(t, w.config())
	got := c.do("POST", "/admin/schedule/run", `{"jobs":["backup","prove"]}`, jsonHeader)
	assert.Equal(t, 200, got.status, got.body)
	assert.Contains(t, got.body, `"job":"prove"`)

	w.unproven = domain.Corrupt("other ids")
	got = c.do("POST", "/admin/schedule/run", `{"jobs":["prove"]}`, jsonHeader)
	assert.Equal(t, 200, got.status, "that a job failed is in its run: %s", got.body)
	assert.Contains(t, got.body, `"outcome":"failed"`)
	assert.Contains(t, got.body, "other ids")
	got = c.do("GET", "/admin/schedule", "")
	assert.Contains(t, got.body, `"failures":1`)

	got = c.do("POST", "/admin/schedule/run", `{"jobs":["restore"]}`, jsonHeader)
	assert.Equal(t, 400, got.status, got.body)
	release, err := w.gate.Upkeep(t.Context())
	require.NoError(t, err)
	got = c.do("POST", "/admin/schedule/run", `{"jobs":["backup"]}`, jsonHeader)
	assert.Equal(t, 409, got.status, got.body)
	got = c.do("POST", "/admin/schedule/run", "")
	assert.Equal(t, 200, got.status, got.body)
	assert.Contains(t, got.body, `"busy":"`)
	require.NoError(t, release())
}

func TestFailedDrillIsAnAnswer(t *testing.T) {
	w := newWorld()
	c := start(t, w.config())
	w.rehearsal.blind = true
	got := c.do("POST", "/admin/drill", "")
	assert.Equal(t, 200, got.status, got.body)
	assert.Contains(t, got.body, `"passed":false`)
	assert.Contains(t, got.body, `"problem":"`)
}

func TestPruneOverHTTP(t *testing.T) {
	w := newWorld()
	c := start(t, w.config())
	for range 3 {
		require.Equal(t, 201, c.do("POST", "/admin/backup", "").status)
		w.clock.Advance(1e9)
	}
	assert.Equal(t, 404, c.do("PUT", "/admin/backup/20200101T000000Z/pin", "").status)
	got := c.do("PUT", "/admin/backup/latest/pin", "")
	assert.Contains(t, got.body, `"pinned":true`)
	assert.Contains(t, c.do("GET", "/admin/backup", "").body, `"pinned":true`)
	got = c.do("POST", "/admin/backup/prune", `{"dry_run":true}`, jsonHeader)
	assert.Equal(t, 200, got.status, got.body)
	stamps, err := w.kept.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, stamps, 3, "a dry run removes nothing")
	use, err := w.kept.Use(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 409, c.do("POST", "/admin/backup/prune", "").status, "while one is in use")
	require.NoError(t, use())
	got = c.do("POST", "/admin/backup/prune", "")
	assert.Equal(t, 200, got.status, got.body)
	stamps, err = w.kept.List(t.Context())
	require.NoError(t, err)
	assert.Less(t, len(stamps), 3)
	assert.Equal(t, 400, c.do("POST", "/admin/backup/prune", `{"dryrun":true}`, jsonHeader).status)
}
