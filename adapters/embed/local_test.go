package embed_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func TestLocalKeepsTheContract(t *testing.T) {
	porttest.TestEmbedder(t, func(*testing.T) ports.Embedder { return embed.NewLocal() })
}

// TestVectorsNeverChange: vectors are stored, and compared with those computed by
// later versions and on other machines. When this fails, either undo what changed
// them, or give the model a new name and this test its new sum.
func TestVectorsNeverChange(t *testing.T) {
	e := embed.NewLocal()
	require.Equal(t, domain.EmbeddingModel{Name: "local/subword-1", Dimension: 512}, e.Model())
	var texts []string
	for _, p := range pairs(t) {
		texts = append(texts, p.question, p.text)
	}
	vectors, err := e.Embed(t.Context(), texts)
	require.NoError(t, err)
	h := sha256.New()
	for _, v := range vectors {
		for _, x := range v {
			var b [4]byte
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(x))
			h.Write(b[:])
		}
	}
	assert.Equal(t, "2e465d331b99c682c85e5fc00f395a7dc33f3bc16f544dcb6748b9710671eb4e", hex.EncodeToString(h.Sum(nil)))
}

// TestAnyText: whatever the text, a vector of length 1, or of 0 for no content.
func TestAnyText(t *testing.T) {
	e := embed.NewLocal()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-z0-9_. ß数库é-]{0,200}`),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		v, err := e.Embed(t.Context(), []string{text})
		require.NoError(t, err)
		if length := math.Sqrt(cosine(v[0], v[0])); length != 0 {
			require.InDelta(t, 1, length, 1e-5)
		} else {
			require.Empty(t, domain.Words(strings.ToValidUTF8(text, " ")), "%q has words", text)
		}
	})
}

// TestTheSame pins what the embedding takes for the same.
func TestTheSame(t *testing.T) {
	e := embed.NewLocal()
	for _, same := range [][2]string{
		{"The Connection Pool", "the connection pool"},
		{"Müller Straße", "Muller Strasse"},
		{"ﬁle ｎａｍｅ", "file name"},
		{"connectionPool", "connection-pool"},
		{"pools", "pool"},
	} {
		v, err := e.Embed(t.Context(), same[:])
		require.NoError(t, err)
		assert.InDelta(t, 1, cosine(v[0], v[1]), 1e-6, "%q and %q", same[0], same[1])
	}
}

func BenchmarkEmbed(b *testing.B) {
	text := strings.Repeat("The connection pool of the database is exhausted when forty workers start at once, "+
		"so each worker waits for its turn and says so in the log. ", 8)
	texts := make([]string, 64)
	for i := range texts {
		texts[i] = text
	}
	e := embed.NewLocal()
	b.SetBytes(int64(len(text) * len(texts)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = e.Embed(b.Context(), texts)
	}
}
