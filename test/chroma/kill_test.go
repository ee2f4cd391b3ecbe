package chroma

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const documents = 120

// fullVariable, when it is 1, makes the long tests as long as they should be: 30
// kills of the server, 12 of the program, 25 raced copies. Without it they are
// there to be seen working.
const fullVariable = "ATOCORE_TEST_CHROMA_FULL"

func times(full int) int {
	if os.Getenv(fullVariable) == "1" {
		return full
	}
	return max(1, full/6)
}

// The server is killed at random moments of thirty refreshes (see fullVariable). Every refresh
// succeeds all the same, and after the last start the index equals the text.
func TestServerKilledDuringIngestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rng := rand.New(rand.NewPCG(4, 30))
	for n := range documents {
		w.write(n, 0)
	}
	w.run("project", "add", "services", w.docs())
	took := 300 * time.Millisecond
	for kill := range times(30) {
		for range 25 {
			w.write(rng.IntN(documents), kill+1)
		}
		_ = os.Remove(filepath.Join(w.docs(), "service"+string([]byte{'0', byte('0' + rng.IntN(10)), byte('0' + rng.IntN(10))})+".md"))
		refresh := w.command("project", "refresh", "services")
		begin := time.Now()
		require.NoError(t, refresh.Start())
		timer := time.NewTimer(time.Duration(rng.Int64N(int64(took) + 1))) // a crash comes when it likes
		<-timer.C
		w.server.Kill()
		require.NoError(t, refresh.Wait(), "writes succeed while Chroma is away")
		took = min(max(time.Since(begin), 100*time.Millisecond), time.Second)
		w.server.Up()
	}
	// Nothing is lost on the way. Only where the server damaged its own files when it
	// died is there more to do than to carry over the queue, and that is done, too.
	if _, code, told := w.try("index", "verify"); code != 0 {
		t.Logf("before the repair: %s", told)
	}
	w.run("index", "verify", "--repair")
	assert.NotZero(t, w.requireEqual().Records)
}

// The program itself is killed at random moments of refreshes.
func TestProgramKilledDuringIngestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rng := rand.New(rand.NewPCG(4, 31))
	for n := range documents {
		w.write(n, 0)
	}
	w.run("project", "add", "services", w.docs())
	for kill := range times(12) {
		for range 25 {
			w.write(rng.IntN(documents), kill+1)
		}
		refresh := w.command("project", "refresh", "services")
		require.NoError(t, refresh.Start())
		timer := time.NewTimer(time.Duration(rng.IntN(400)) * time.Millisecond)
		<-timer.C
		_ = refresh.Process.Kill()
		_ = refresh.Wait() // it was killed, or had ended
	}
	w.run("project", "refresh", "services")
	assert.NotZero(t, w.requireEqual().Records)
}

// While Chroma is away writes succeed and say that indexing is behind, and full
// text answers; when it is back, the index catches up without a rebuild.
func TestChromaIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(1, 1)
	w.run("project", "add", "services", w.docs())
	w.run("project", "refresh", "services")
	before := w.requireEqual()

	w.server.Kill()
	w.write(2, 1)
	out, code, told := w.try("project", "refresh", "services")
	require.Zero(t, code, told)
	assert.Contains(t, out, "ingested")
	assert.Contains(t, told, "indexing is behind, 2 passages")
	_, code, told = w.try("memory", "add", "--type", "preference", "Answers are short")
	require.Zero(t, code, told)
	assert.Contains(t, told, "indexing is behind, 3 passages")
	out, code, told = w.try("query", "which part of service 2 listens on port 7021")
	require.Zero(t, code, told)
	assert.Contains(t, out, "service002.md")
	assert.Contains(t, told, "full text alone")
	assert.Contains(t, w.run("index", "status"), "cannot be reached")
	_, code, _ = w.try("index", "verify")
	assert.Equal(t, 1, code)

	w.server.Up()
	after := w.requireEqual()
	assert.Equal(t, before.Records+3, after.Records)
	assert.NotContains(t, w.run("index", "status"), "cannot be reached")
}

// The service catches up by itself, shows how it stands, and puts right what a
// crash or a restore set back.
func TestServiceKeepsTheIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(1, 1)
	w.run("project", "add", "services", w.docs())
	w.run("project", "refresh", "services")
	w.server.Kill()
	w.write(2, 1)
	w.run("project", "refresh", "services")
	service := w.serve()
	state, body := service.get("/ready")
	assert.Equal(t, 200, state)
	assert.Contains(t, body, `"degraded"`)
	assert.Contains(t, body, "Chroma")
	w.server.Up()
	service.await("/ready", func(body string) bool { return strings.Contains(body, `"status":"ready"`) })
	service.stop()
	w.requireEqual()
}

// Who writes over HTTP while Chroma is away is told that indexing is behind; the
// words are found at once, and the receipt says when the meaning is.
func TestWritesSayThatIndexingIsBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(1, 1)
	w.run("project", "add", "services", w.docs())
	w.run("project", "refresh", "services")
	type receipt struct {
		Searchable bool   `json:"searchable"`
		Pending    int    `json:"pending"`
		Receipt    string `json:"receipt"`
	}
	service := w.serve()
	remember := func(content, query string) receipt {
		status, body := service.call("POST", "/memory"+query, `{"memory_type":"knowledge","content":"`+content+`"}`)
		require.Equal(t, 201, status, body)
		return decode[struct {
			Receipt receipt `json:"receipt"`
		}](t, body).Receipt
	}
	r := remember("The parrot lives in the attic", "?wait=20s")
	assert.True(t, r.Searchable, "%+v", r)

	w.server.Kill()
	r = remember("The canary lives in the cellar", "")
	assert.False(t, r.Searchable, "%+v", r)
	assert.Positive(t, r.Pending)
	require.NotEmpty(t, r.Receipt)
	status, body := service.call("POST", "/query", `{"prompt":"canary cellar"}`)
	assert.Equal(t, 200, status, body)
	assert.Contains(t, body, "The canary lives in the cellar")
	assert.Contains(t, body, `"vector_degraded"`)

	w.server.Up()
	service.await("/receipts/"+r.Receipt+"?wait=1s", func(body string) bool { return strings.Contains(body, `"searchable":true`) })
	service.stop()
	w.requireEqual()
}
