package chroma_test

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/chroma"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/test/chromaserver"
)

func TestProbe(t *testing.T) {
	s := chromaserver.Start(t)
	c, err := chroma.Open(chroma.Config{URL: s.URL})
	require.NoError(t, err)
	m := domain.EmbeddingModel{Name: "m", Dimension: 64}
	require.NoError(t, c.Make(t.Context(), "probe", m))
	x := c.Index("probe", m)
	r, err := x.Search(t.Context(), make([]float32, 64), domain.Scope{}, 5)
	fmt.Println(r, err)
	var rec []domain.VectorRecord
	rng := rand.New(rand.NewSource(1))
	for i := range 10000 {
		v := make([]float32, 64)
		for k := range v {
			v[k] = float32(rng.NormFloat64())
		}
		p := "big"
		if i%1000 == 7 {
			p = "small"
		}
		rec = append(rec, domain.VectorRecord{ID: fmt.Sprintf("%032x", i), Project: p, Kind: domain.PassageChunk, Vector: v, Digest: "x"})
	}
	a := time.Now()
	require.NoError(t, x.Upsert(t.Context(), rec))
	fmt.Println("upsert", time.Since(a))
	a = time.Now()
	ids, err := x.IDs(t.Context())
	fmt.Println(len(ids), err, time.Since(a))
	a = time.Now()
	fmt.Println(x.Count(t.Context()))
	r, err = x.Search(t.Context(), rec[7].Vector, domain.Scope{Project: "small"}, 100)
	fmt.Println(len(r), r[:3], err, time.Since(a))
	a = time.Now()
	r, err = x.Search(t.Context(), rec[7].Vector, domain.Scope{}, 100)
	fmt.Println(len(r), r[:3], err, time.Since(a))
	r, err = x.Search(t.Context(), make([]float32, 64), domain.Scope{}, 5)
	fmt.Println(r, err)
	require.NoError(t, x.Delete(t.Context(), []string{"nix", rec[7].ID}))
	r, err = x.Search(t.Context(), rec[7].Vector, domain.Scope{Project: "small"}, 100)
	fmt.Println(len(r), r[:3], err, time.Since(a))
	require.NoError(t, c.Make(t.Context(), "probe", m))
	fmt.Println(c.Make(t.Context(), "probe", domain.EmbeddingModel{Name: "n", Dimension: 3}))
	_, err = c.Index("nix", m).IDs(t.Context())
	fmt.Println(err)
	require.NoError(t, c.Drop(t.Context(), "probe"))
	require.NoError(t, c.Drop(t.Context(), "probe"))
	fmt.Println(c.Names(t.Context(), ""))
	_, err = x.IDs(t.Context())
	fmt.Println(err)
	s.Kill()
	a = time.Now()
	_, err = x.Search(t.Context(), rec[7].Vector, domain.Scope{Project: "small"}, 100)
	fmt.Println(err, time.Since(a))
}
