package httpapi

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/index"
	"github.com/atocore/atocore/ports/portfake"
)

// laggingWorld has an index elsewhere that may be away, with one passage to go while
// it is.
func laggingWorld(t *testing.T) (*client, func(away bool)) {
	t.Helper()
	w := newWorld()
	ledger, storage := &portfake.VectorLedger{}, &portfake.VectorStorage{}
	c := w.config()
	c.RequestTimeout = 3 * time.Second
	c.Index = index.New(index.Config{
		Driver: "fake", Ledger: ledger, Queue: ledger, Text: ledger, Storage: storage, Embedder: &w.embedder, Gate: &w.gate, Indexing: freely{},
	})
	require.NoError(t, c.Index.Prepare(t.Context()))
	_, err := c.Index.Drain(t.Context(), nil)
	require.NoError(t, err)
	ledger.Put(domain.IndexTask{ID: "p", Kind: domain.PassageMemory, Text: "text"})
	away := true
	storage.Fail = func(string) error {
		if away {
			return domain.Unavailable("the Chroma server does not answer")
		}
		return nil
	}
	return start(t, c), func(now bool) { away = now }
}

// While the index is away, writes succeed, say so, and can be asked after.
func TestReceipts(t *testing.T) {
	c, setAway := laggingWorld(t)
	a := c.do("POST", "/memory", `{"memory_type":"identity","content":"x"}`)
	require.Equal(t, http.StatusCreated, a.status, a.body)
	var m memoryJSON
	a.into(t, &m)
	assert.Equal(t, &receiptJSON{Pending: 1, Receipt: "1"}, m.Receipt)
	var r refreshJSON
	c.do("POST", "/projects/Apollo/refresh?wait=1ms", "").into(t, &r)
	assert.Equal(t, "the Chroma server does not answer", r.Receipt.Reason)
	assert.False(t, r.Receipt.Searchable)

	// A wait that outlasts the request ends with it, and what was written is answered.
	a = c.do("PUT", "/memory/"+m.ID+"?wait=1m", `{"content":"y"}`)
	require.Equal(t, http.StatusOK, a.status, a.body)
	a.into(t, &m)
	assert.Equal(t, 1, m.Receipt.Pending)

	setAway(false)
	var now receiptJSON
	c.do("GET", "/receipts/"+m.Receipt.Receipt+"?wait=2s", "").into(t, &now)
	assert.Equal(t, receiptJSON{Searchable: true}, now)
	a = c.do("POST", "/memory?wait=1s", `{"memory_type":"identity","content":"z","status":"candidate"}`)
	var candidate memoryJSON
	a.into(t, &candidate)
	assert.Equal(t, &receiptJSON{Reason: "a candidate is in no answer until it is promoted"}, candidate.Receipt)
}

func TestReceiptsRefuse(t *testing.T) {
	c, _ := laggingWorld(t)
	assert.Equal(t, "receipt", c.problem(http.StatusBadRequest, "GET", "/receipts/abc", "").Field)
	assert.Equal(t, "wait", c.problem(http.StatusBadRequest, "GET", "/receipts/0?wait=soon", "").Field)
	assert.Equal(t, "wait", c.problem(http.StatusBadRequest, "POST", "/memory?wait=-2s", `{"memory_type":"identity","content":"x"}`).Field)
	var list memoryListJSON
	c.do("GET", "/memory", "").into(t, &list)
	assert.Empty(t, list.Memories, "what is refused changes nothing")
}

// freely is a gate that nobody else is at.
type freely struct{}

func (freely) Indexing(context.Context) (func() error, error) {
	return func() error { return nil }, nil
}
