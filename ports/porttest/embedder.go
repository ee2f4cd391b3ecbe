package porttest

import (
	"context"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/ports"
)

// TestEmbedder holds an embedder against the contract of ports.Embedder.
func TestEmbedder(t *testing.T, open func(t *testing.T) ports.Embedder) {
	texts := []string{
		"The connection pool of the database is exhausted.",
		"Пул соединений с базой данных",
		"数据库连接池",
		"x",
		strings.Repeat("a long text about nothing in particular ", 2000),
		"line one\nline two\ttabbed \u00a0 and a NUL \x00 in it",
		"the of and",
	}

	t.Run("model", func(t *testing.T) {
		e := open(t)
		m := e.Model()
		assert.NotEmpty(t, m.Name)
		assert.Positive(t, m.Dimension)
		_, err := e.Embed(t.Context(), texts)
		require.NoError(t, err)
		assert.Equal(t, m, e.Model(), "the model never changes")
	})
	t.Run("one vector of length 1 a text, in order", func(t *testing.T) {
		e := open(t)
		all, err := e.Embed(t.Context(), texts)
		require.NoError(t, err)
		require.Len(t, all, len(texts))
		for i, text := range texts {
			require.Len(t, all[i], e.Model().Dimension)
			assert.InDelta(t, 1, length(all[i]), 1e-4, "%.30q", text)
			alone, err := e.Embed(t.Context(), []string{text})
			require.NoError(t, err)
			require.Len(t, alone, 1)
			assert.Equal(t, alone[0], all[i], "%.30q alone and among others", text)
		}
	})
	t.Run("nothing to embed", func(t *testing.T) {
		e := open(t)
		none, err := e.Embed(t.Context(), nil)
		require.NoError(t, err)
		assert.Empty(t, none)
		blank, err := e.Embed(t.Context(), []string{"", " \n\t ", texts[0]})
		require.NoError(t, err)
		require.Len(t, blank, 3)
		for _, v := range blank[:2] {
			require.Len(t, v, e.Model().Dimension)
			assert.Zero(t, length(v))
		}
		assert.InDelta(t, 1, length(blank[2]), 1e-4)
	})
	t.Run("the caller owns what it gets", func(t *testing.T) {
		e := open(t)
		first, err := e.Embed(t.Context(), texts[:1])
		require.NoError(t, err)
		want := append([]float32{}, first[0]...)
		clear(first[0])
		again, err := e.Embed(t.Context(), texts[:1])
		require.NoError(t, err)
		assert.Equal(t, want, again[0])
	})
	t.Run("nearer when alike", func(t *testing.T) {
		v, err := open(t).Embed(t.Context(), []string{
			"how do we rotate the encryption keys", "rotate the encryption keys every quarter", "lunch is served at noon",
		})
		require.NoError(t, err)
		assert.Greater(t, dot(v[0], v[1]), dot(v[0], v[2]))
	})
	t.Run("concurrent calls", func(t *testing.T) {
		e := open(t)
		want, err := e.Embed(t.Context(), texts)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				got, err := e.Embed(t.Context(), texts)
				assert.NoError(t, err)
				assert.Equal(t, want, got)
			})
		}
		wg.Wait()
	})
	t.Run("a context that has ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := open(t).Embed(ctx, texts)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func dot(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func length(v []float32) float64 { return math.Sqrt(dot(v, v)) }
