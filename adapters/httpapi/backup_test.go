package httpapi

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBackupWithoutABody(t *testing.T) {
	c := start(t, newWorld().config())
	got := c.do("POST", "/admin/backup", "")
	assert.Equal(t, 201, got.status, got.body)
	assert.NotContains(t, got.body, "chroma", "nobody asked")
	got = c.do("POST", "/admin/backup", `{"include_chroma": null}`, "Content-Type: application/json")
	assert.Less(t, got.status, 500, got.body)
}

func TestFaultyBackupIsAnAnswer(t *testing.T) {
	w := newWorld()
	c := start(t, w.config())
	require.Equal(t, 201, c.do("POST", "/admin/backup", "").status)
	entries, err := w.disk.ReadDir("/data/backups")
	require.NoError(t, err)
	require.Len(t, entries, 1)
	stamp := entries[0].Name()
	require.NoError(t, w.disk.WriteFile("/data/backups/"+stamp+"/db/atocore.db", []byte("x"), 0o600))
	got := c.do("GET", "/admin/backup/"+stamp+"/validate", "")
	assert.Equal(t, 200, got.status)
	assert.Contains(t, got.body, `"sound":false`)
	assert.Contains(t, got.body, `{"kind":"size","file":"db/atocore.db"`)
}

func TestRestoreOverHTTPIsRefused(t *testing.T) {
	c := start(t, newWorld().config())
	for path, status := range map[string]int{"latest": 403, "20260409T060000Z": 403, "..%2f..": 404, "now": 400} {
		got := c.do("POST", "/admin/backup/"+path+"/restore", "")
		assert.Equal(t, status, got.status, "%s: %s", path, got.body)
	}
	got := c.do("POST", "/admin/backup/latest/restore", "")
	assert.Contains(t, got.body, "atocore backup restore latest --confirm-service-stopped")
}
