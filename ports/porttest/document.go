package porttest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// TestDocumentStore checks a ports.DocumentStore, and that the indexes beside it
// follow. open returns empty stores.
func TestDocumentStore(t *testing.T, open func(t *testing.T) Stores) {
	t.Run("files returns the state of every document of the root", func(t *testing.T) {
		s := open(t)
		replace(t, s.Documents, "p", "a.md", "alpha")
		replace(t, s.Documents, "p", "sub/b.md", "beta")
		replace(t, s.Documents, "q", "c.md", "gamma")
		other, chunks := document("p", "d.md", "delta")
		other.Root = "other"
		require.NoError(t, s.Documents.Replace(t.Context(), other.With(chunks)))

		files, err := s.Documents.Files(t.Context(), "p", "docs")
		require.NoError(t, err)
		assert.Equal(t, map[string]domain.FileState{
			"a.md": state("[alpha]"), "sub/b.md": state("[beta]"),
		}, files)
		roots, err := s.Documents.Roots(t.Context(), "p")
		require.NoError(t, err)
		assert.Equal(t, []string{"docs", "other"}, roots)
		roots, err = s.Documents.Roots(t.Context(), "nobody")
		require.NoError(t, err)
		assert.Empty(t, roots)
		files, err = s.Documents.Files(t.Context(), "nobody", "docs")
		require.NoError(t, err)
		assert.Empty(t, files)
	})
	t.Run("counts by project", func(t *testing.T) {
		s := open(t)
		replace(t, s.Documents, "p", "a.md", "alpha", "beta")
		replace(t, s.Documents, "p", "b.md", "gamma")
		replace(t, s.Documents, "q", "c.md")
		m, loose := memory("m1", 1, "x"), memory("m2", 1, "y")
		m.Project, m.Status = "p", domain.MemoryRejected
		create(t, s.Memories, m, loose)
		counts, err := s.Documents.Counts(t.Context())
		require.NoError(t, err)
		assert.Equal(t, map[string]domain.StoreCounts{
			"p": {Documents: 2, Chunks: 3, Memories: 1}, "q": {Documents: 1}, "": {Memories: 1},
		}, counts)
	})
	t.Run("touch", func(t *testing.T) {
		s := open(t)
		replace(t, s.Documents, "p", "a.md", "alpha")
		key := domain.DocumentKey{Project: "p", Root: "docs", Path: "a.md"}
		now := domain.FileState{Size: 99, ModTime: at(77).Add(time.Nanosecond), Hash: state("[alpha]").Hash}
		require.NoError(t, s.Documents.Touch(t.Context(), key, now))
		files, err := s.Documents.Files(t.Context(), "p", "docs")
		require.NoError(t, err)
		assert.Equal(t, now, files["a.md"])
		key.Path = "b.md"
		kind(t, domain.KindNotFound, s.Documents.Touch(t.Context(), key, now))
	})
	t.Run("replace", func(t *testing.T) { documentReplace(t, open) })
	t.Run("remove", func(t *testing.T) { documentRemove(t, open) })
	t.Run("no reader sees half a document", func(t *testing.T) { documentWhole(t, open) })
}

func documentReplace(t *testing.T, open func(t *testing.T) Stores) {
	t.Run("exactly the new chunks are there", func(t *testing.T) {
		s := open(t)
		before := replace(t, s.Documents, "p", "a.md", "apple", "pear", "apple")
		after := replace(t, s.Documents, "p", "a.md", "quince", "apple")
		require.Equal(t, before[0].ID, after[1].ID, "the same text keeps its id")

		assert.Equal(t, []string{after[1].ID}, search(t, s, "apple"))
		assert.Equal(t, []string{after[0].ID}, search(t, s, "quince"))
		assert.Empty(t, search(t, s, "pear"))
		found, err := s.Passages.Passages(t.Context(), []string{before[0].ID, before[1].ID, before[2].ID, after[0].ID})
		require.NoError(t, err)
		assert.Len(t, found, 2)
		kept := found[after[1].ID]
		assert.Equal(t, []int{1, 3, 4}, []int{kept.Seq, kept.StartLine, kept.EndLine})
		assertVectors(t, s, after[0].ID, after[1].ID)
	})
	t.Run("a new title, heading or searched text is found, the old one is not", func(t *testing.T) {
		s := open(t)
		d, chunks := document("p", "a.md", "body")
		d.Title, chunks[0].Heading, chunks[0].Text = "oldtitle", "oldheading", "oldtext"
		require.NoError(t, s.Documents.Replace(t.Context(), d.With(chunks)))
		assert.Len(t, search(t, s, "oldtitle"), 1)
		assert.Len(t, search(t, s, "oldheading"), 1)
		assert.Len(t, search(t, s, "oldtext"), 1)
		assert.Empty(t, search(t, s, "body"), "the content is not searched where there is a text")
		d.Title, chunks[0].Heading, chunks[0].Text = "newtitle", "newheading", ""
		chunks[0].Vector = vectorOf("another")
		require.NoError(t, s.Documents.Replace(t.Context(), d.With(chunks)))
		for _, word := range []string{"oldtitle", "oldheading", "oldtext"} {
			assert.Empty(t, search(t, s, word), word)
		}
		for _, word := range []string{"newtitle", "newheading", "body"} {
			assert.Equal(t, []string{chunks[0].ID}, search(t, s, word), word)
		}
		assertNearest(t, s, "another", chunks[0].ID)
	})
	t.Run("several at once, all or none", func(t *testing.T) {
		s := open(t)
		kept := replace(t, s.Documents, "p", "a.md", "apple")
		a, ofA := document("p", "a.md", "pear")
		b, ofB := document("q", "b.md", "plum", "fig")
		broken := []domain.Chunk{ofB[0], ofB[1]}
		broken[1].Vector = []float32{1}
		kind(t, domain.KindInvalid, s.Documents.Replace(t.Context(), a.With(ofA), b.With(broken)))
		twice := b.With([]domain.Chunk{ofA[0]})
		kind(t, domain.KindInvalid, s.Documents.Replace(t.Context(), a.With(ofA), twice))
		assert.Equal(t, []string{kept[0].ID}, search(t, s, "apple"))
		assertVectors(t, s, kept[0].ID)

		require.NoError(t, s.Documents.Replace(t.Context(), a.With(ofA), b.With(ofB)))
		require.NoError(t, s.Documents.Replace(t.Context()))
		assert.Empty(t, search(t, s, "apple"))
		assert.Equal(t, []string{ofA[0].ID}, search(t, s, "pear"))
		assert.Equal(t, []string{ofB[1].ID}, search(t, s, "fig"))
		assertVectors(t, s, ofA[0].ID, ofB[0].ID, ofB[1].ID)
	})
	t.Run("an id given twice or a vector of another dimension stores nothing", func(t *testing.T) {
		s := open(t)
		kept := replace(t, s.Documents, "p", "a.md", "apple")
		d, chunks := document("p", "a.md", "pear", "plum")
		chunks[1].Vector = []float32{1}
		kind(t, domain.KindInvalid, s.Documents.Replace(t.Context(), d.With(chunks)))
		d, chunks = document("p", "a.md", "pear", "plum")
		chunks[1].ID = chunks[0].ID
		kind(t, domain.KindInvalid, s.Documents.Replace(t.Context(), d.With(chunks)))
		assert.Equal(t, []string{kept[0].ID}, search(t, s, "apple"))
		assert.Empty(t, search(t, s, "pear plum"))
	})
}

func documentRemove(t *testing.T, open func(t *testing.T) Stores) {
	s := open(t)
	replace(t, s.Documents, "p", "a.md", "apple")
	kept := replace(t, s.Documents, "p", "b.md", "pear")
	key := domain.DocumentKey{Project: "p", Root: "docs", Path: "a.md"}
	missing := domain.DocumentKey{Project: "p", Root: "docs", Path: "none.md"}
	require.NoError(t, s.Documents.Remove(t.Context(), []domain.DocumentKey{missing, key}))
	assert.Empty(t, search(t, s, "apple"))
	assert.Equal(t, []string{kept[0].ID}, search(t, s, "pear"))
	assertVectors(t, s, kept[0].ID)
	files, err := s.Documents.Files(t.Context(), "p", "docs")
	require.NoError(t, err)
	assert.Len(t, files, 1)
	require.NoError(t, s.Documents.Remove(t.Context(), nil))
}

// documentWhole replaces a document again and again, always with three chunks of
// one word, while others look: they must find three of one word or none.
func documentWhole(t *testing.T, open func(t *testing.T) Stores) {
	s := open(t)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for _, word := range []string{"even", "odd"} {
					found, err := s.Text.Search(t.Context(), word, domain.Scope{}, 10)
					if assert.NoError(t, err) && len(found) != 0 && len(found) != 3 {
						t.Errorf("%d of 3 chunks seen", len(found))
					}
				}
			}
		})
	}
	var failed error
	for i := range 60 {
		word := []string{"even", "odd"}[i%2]
		d, chunks := document("p", "a.md", fmt.Sprint(word, " one ", i), fmt.Sprint(word, " two ", i), fmt.Sprint(word, " three ", i))
		failed = errors.Join(failed, s.Documents.Replace(t.Context(), d.With(chunks)))
	}
	close(done)
	readers.Wait()
	require.NoError(t, failed)
}

func search(t *testing.T, s Stores, question string) []string {
	t.Helper()
	found, err := s.Text.Search(t.Context(), question, domain.Scope{}, 100)
	require.NoError(t, err)
	return ids(found)
}

func assertVectors(t *testing.T, s Stores, want ...string) {
	t.Helper()
	if s.Vectors == nil {
		return
	}
	assert.ElementsMatch(t, want, VectorIDs(t, s.Listed))
}

func assertNearest(t *testing.T, s Stores, text, want string) {
	t.Helper()
	if s.Vectors == nil {
		return
	}
	found, err := s.Vectors.Search(t.Context(), vectorOf(text), domain.Scope{}, 1)
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, want, found[0].ID)
	assert.InDelta(t, 1, found[0].Score, max(s.Tolerance, 1e-4))
}
