package retrieval

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/test/chromaserver"
)

// measureChroma is a Chroma server that is given vectors and asked for nothing but
// the ids of the nearest: raw HTTP, no client library.
func measureChroma(t *testing.T, c corpus, m *measured) {
	vectors, asked := embedded(t, c.chunks), embedded(t, c.questions)
	server := chromaserver.Start(t)
	call := newCaller()
	base := server.URL + "/api/v2/tenants/default_tenant/databases/default_database/collections"
	answer, err := call.post(base, encoded(map[string]any{
		"name": "bench", "configuration": map[string]any{"hnsw": map[string]any{"space": "cosine"}},
	}))
	require.NoError(t, err)
	var made struct {
		ID string `json:"id"`
	}
	require.NoError(t, json.Unmarshal(answer, &made))
	began := time.Now()
	for start := 0; start < len(vectors); start += 500 {
		end := min(start+500, len(vectors))
		var ids []string
		for i := start; i < end; i++ {
			ids = append(ids, fmt.Sprint(i))
		}
		_, err := call.post(base+"/"+made.ID+"/upsert", encoded(map[string]any{
			"ids": ids, "embeddings": vectors[start:end], "documents": c.chunks[start:end],
		}))
		require.NoError(t, err)
	}
	m.ingested(len(vectors), time.Since(began))
	bodies := make([][]byte, len(asked))
	for i, v := range asked {
		bodies[i] = encoded(map[string]any{"query_embeddings": [][]float32{v}, "n_results": 10, "include": []string{"distances"}})
	}
	url := base + "/" + made.ID + "/query"
	m.Memory = residentOf(server.PID())
	m.asked(t, 1000, func(i int) error {
		_, err := call.post(url, bodies[i%len(bodies)])
		return err
	})
	m.Memory = max(m.Memory, residentOf(server.PID()))
	clients := []caller{newCaller(), newCaller(), newCaller(), newCaller()}
	m.Throughput, err = throughput(len(clients), 5*time.Second, func(client, i int) error {
		_, err := clients[client].post(url, bodies[i%len(bodies)])
		return err
	})
	require.NoError(t, err)
	found := 0
	const checked = 50
	for q := range checked {
		answer, err := call.post(url, bodies[q])
		require.NoError(t, err)
		var got struct {
			IDs [][]string `json:"ids"`
		}
		require.NoError(t, json.Unmarshal(answer, &got))
		for _, want := range exact(vectors, asked[q], 10) {
			if slices.Contains(got.IDs[0], fmt.Sprint(want)) {
				found++
			}
		}
	}
	m.Recall = float64(found) / (10 * checked)
}

func encoded(v any) []byte {
	b, _ := json.Marshal(v) // plain values always marshal
	return b
}

// exact returns the nearest k by comparing with everything.
func exact(vectors [][]float32, question []float32, k int) []int {
	type scored struct {
		at    int
		score float32
	}
	all := make([]scored, len(vectors))
	for i, v := range vectors {
		all[i].at = i
		for k := range v {
			all[i].score += v[k] * question[k]
		}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	out := make([]int, k)
	for i := range out {
		out[i] = all[i].at
	}
	return out
}
