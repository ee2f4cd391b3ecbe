package script

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// chatmodel VARIABLE ANSWER starts a server of chat completions that is busy once and
// then gives that answer to a call with the key "hush", and sets the variable to the
// address of its API.
func chatmodel(ts *testscript.TestScript, _ bool, args []string) {
	answer, err := json.Marshal(map[string]any{"choices": []any{map[string]any{
		"finish_reason": "stop", "message": map[string]string{"role": "assistant", "content": args[1]},
	}}})
	ts.Check(err)
	var calls atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer hush":
			w.WriteHeader(http.StatusUnauthorized)
		case calls.Add(1) == 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			_, _ = w.Write(answer)
		}
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL+"/v1")
}

// kill -9 at random moments of an import: the store is sound, what is there is whole,
// and importing once more gives exactly what was exported.
func TestKilledImport(t *testing.T) {
	var file bytes.Buffer
	line := func(v any) {
		content, err := json.Marshal(v)
		require.NoError(t, err)
		file.Write(append(content, '\n'))
	}
	file.WriteString(`{"header":{"format":"atocore-export","version":1}}` + "\n")
	const memories = 3000
	for n := range memories {
		at := "2026-04-09T06:00:00Z"
		line(map[string]any{"memory": map[string]any{"id": fmt.Sprintf("m%05d", n), "history": []any{map[string]any{
			"change": "created", "at": at, "memory_type": "knowledge", "content": fmt.Sprintf("The door %d is painted green.", n),
			"confidence": 0.7, "status": "active", "created_at": at, "updated_at": at, "revision": 1,
		}}}})
	}
	sum := sha256.Sum256(file.Bytes())
	line(map[string]any{"end": map[string]any{
		"projects": 0, "memories": memories, "state": 0, "interactions": 0, "sha256": hex.EncodeToString(sum[:]),
	}})
	p := newProgram(t)
	path := filepath.Join(p.dir, "everything.jsonl")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o600))
	began := time.Now()
	p.run("import", path)
	whole := time.Since(began)
	exported := p.run("export", "-")

	rounds, killed, partly := 8, 0, 0
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		require.NoError(t, os.RemoveAll(filepath.Join(p.dir, "data")))
		cmd := p.command("import", path)
		require.NoError(t, cmd.Start())
		// The moment is the point: anywhere from the start to past the end.
		time.Sleep(time.Duration(rand.Int64N(int64(whole))))
		_ = cmd.Process.Kill() // it may have ended by itself
		if cmd.Wait() != nil {
			killed++
		}
		if _, err := os.Stat(filepath.Join(p.dir, "data", "atocore.db")); err == nil {
			var r struct {
				Known map[string]int `json:"known"`
			}
			require.NoError(t, json.Unmarshal([]byte(p.run("import", path, "--dry-run", "--json")), &r))
			if n := r.Known["memory"]; n > 0 && n < memories {
				partly++
			}
		}
		p.run("import", path)
		assert.True(t, exported == p.run("export", "-"), "what was imported in two goes differs")
	}
	t.Logf("%d of %d imports killed, %d left a part", killed, rounds, partly)
}
