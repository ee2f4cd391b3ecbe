package engine

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever was put and removed, ids finds what a map would.
func TestIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, model := newIDs(rapid.IntRange(0, 100).Draw(t, "room")), map[string]slot{}
		var entries []entry
		for range rapid.IntRange(0, 400).Draw(t, "steps") {
			id := fmt.Sprint(rapid.IntRange(0, 150).Draw(t, "id"))
			at, known := table.find(id, entries)
			want, there := model[id]
			require.Equal(t, there, known)
			if !known {
				entries = append(entries, entry{id: id})
				at = slot(len(entries) - 1)
				table.put(at, entries)
				model[id] = at
				continue
			}
			require.Equal(t, want, at)
			if rapid.Bool().Draw(t, "remove") {
				table.remove(id, entries)
				delete(model, id)
			}
		}
		require.Equal(t, len(model), table.len())
		for i := range 150 {
			at, known := table.find(fmt.Sprint(i), entries)
			want, there := model[fmt.Sprint(i)]
			require.Equal(t, there, known)
			if there {
				require.Equal(t, want, at)
			}
		}
	})
}
