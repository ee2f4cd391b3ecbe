package portfake_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestComponents(t *testing.T) {
	kinds := map[string]struct {
		make func(ports.Disk, string) *portfake.Component
		file string
	}{
		"database": {portfake.NewDatabase, "/data/atocore.db"},
		"registry": {portfake.NewRegistry, "/data/projects.json"},
		"tree":     {portfake.NewTree, "/data/chroma/segments/one"},
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			porttest.TestComponent(t, func(*testing.T) porttest.ComponentFixture {
				disk := portfake.NewDisk()
				disk.PutFolder("/copies")
				disk.Put(kind.file, portfake.ComponentFile("one", "two"))
				if name == "tree" {
					disk.Put("/data/chroma/segments/two", portfake.ComponentFile())
				}
				c := kind.make(disk, "/data")
				return porttest.ComponentFixture{
					Component: c, Disk: disk, Root: "/copies",
					Change: func(_ *testing.T, n int) {
						lines := []string{"one", "two"}
						for i := range n {
							lines = append(lines, "changed"+string(rune('0'+i)))
						}
						disk.Put(kind.file, portfake.ComponentFile(lines...))
					},
					Erase: func(t *testing.T) {
						for _, p := range c.Places() {
							require.NoError(t, disk.RemoveAll(p.Live))
						}
					},
				}
			})
		})
	}
}

func TestDatabaseSeesItsSidecars(t *testing.T) {
	disk := portfake.NewDisk()
	c := portfake.NewDatabase(disk, "/data")
	view := func() []string {
		lines, ok, err := c.View()
		require.NoError(t, err)
		require.True(t, ok)
		return lines
	}
	disk.Put("/data/atocore.db", portfake.ComponentFile("a", "b"))
	assert.Equal(t, []string{"a", "b"}, view())
	disk.Put("/data/atocore.db-wal", "+c -a")
	assert.Equal(t, []string{"b", "c"}, view())
	disk.Put("/data/atocore.db-journal", portfake.ComponentFile("a"))
	assert.Equal(t, []string{"c"}, view())
}
