package porttest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestPassageCatalog checks a ports.PassageCatalog. open returns empty stores and
// the catalog over them.
func TestPassageCatalog(t *testing.T, open func(t *testing.T) (Stores, ports.PassageCatalog)) {
	s, catalog := open(t)
	paths, err := catalog.Paths(t.Context())
	require.NoError(t, err)
	assert.Empty(t, paths)

	create(t, s.Memories, memory("m1", 1, "sub/a.md"))
	keys := map[string][]string{}
	for _, at := range []struct{ project, path string }{
		{"q", "sub/a.md"}, {"p", "sub/a.md"}, {"p", "a.md"}, {"p", "sub/aa.md"}, {"p", "deep/sub/a.md"}, {"p", "A.md"}, {"p", "100%_x.md"},
	} {
		d, chunks := document(at.project, at.path, "one", "two")
		d.Title = "T"
		require.NoError(t, s.Documents.Replace(t.Context(), d.With(chunks)))
		keys[at.project+"/"+at.path] = []string{chunks[0].ID, chunks[1].ID}
	}
	for path, want := range map[string][]string{
		"sub/a.md":      {"p/deep/sub/a.md", "p/sub/a.md", "q/sub/a.md"},
		"a.md":          {"p/a.md", "p/deep/sub/a.md", "p/sub/a.md", "q/sub/a.md"},
		"A.md":          {"p/A.md"},
		"deep/sub/a.md": {"p/deep/sub/a.md"},
		"100%_x.md":     {"p/100%_x.md"},
		"100__x.md":     nil,
		"%":             nil,
		"sub":           nil,
		"":              nil,
		"m1":            nil,
	} {
		found, err := catalog.At(t.Context(), path)
		require.NoError(t, err, path)
		var ids, wanted []string
		for _, p := range found {
			ids = append(ids, p.ID)
		}
		for _, k := range want {
			wanted = append(wanted, keys[k]...)
		}
		assert.Equal(t, wanted, ids, path)
	}
	one, err := catalog.At(t.Context(), "deep/sub/a.md")
	require.NoError(t, err)
	assert.Equal(t, domain.Passage{
		ID: one[1].ID, Kind: domain.PassageChunk, Project: "p", Root: "docs", Path: "deep/sub/a.md", Title: "T", Seq: 1,
		StartLine: one[1].StartLine, EndLine: one[1].EndLine, Content: "two",
	}, one[1])
	assert.Positive(t, one[1].StartLine)

	paths, err = catalog.Paths(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"100%_x.md", "A.md", "a.md", "deep/sub/a.md", "sub/a.md", "sub/aa.md"}, paths)
}
