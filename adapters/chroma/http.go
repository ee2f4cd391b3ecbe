package chroma

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
)

const (
	// largestAnswer bounds what is read of one answer: a page of rows is far
	// below it.
	largestAnswer = 64 << 20
	// cloudQuota is how many rows Chroma Cloud takes or gives in one call.
	cloudQuota = 300
	// largestBatch keeps one write at a few megabytes, whatever a server accepts.
	largestBatch = 1000
	largestPage  = 10000
)

// httpConnection speaks Chroma's HTTP API, version 2.
type httpConnection struct {
	base   string // the API's address
	scope  string // below base: tenant and database
	header http.Header
	client *http.Client
	cloud  bool
}

func newHTTP(c Config) (*httpConnection, error) {
	t, err := c.transport()
	if err != nil {
		return nil, err
	}
	header := http.Header{"Accept": {"application/json"}, "User-Agent": {"atocore"}}
	if c.Token != "" {
		header.Set("X-Chroma-Token", c.Token)
		if c.Mode != ModeCloud {
			header.Set("Authorization", "Bearer "+c.Token)
		}
	}
	return &httpConnection{
		base:   c.URL + "/api/v2",
		scope:  "/tenants/" + url.PathEscape(c.Tenant) + "/databases/" + url.PathEscape(c.Database),
		header: header,
		// A redirect would carry the token to another host.
		client: &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		cloud: c.Mode == ModeCloud,
	}, nil
}

// call sends in as JSON, nil for no body, and decodes the answer into out.
func (h *httpConnection) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, h.base+path, body)
	if err != nil {
		return err
	}
	req.Header = h.header.Clone()
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it matters
	data, err := io.ReadAll(io.LimitReader(resp.Body, largestAnswer+1))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if len(data) > largestAnswer {
		return fmt.Errorf("the answer is larger than %d bytes", largestAnswer)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return answered(resp.StatusCode, data)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return &statusError{status: http.StatusBadGateway, name: "not Chroma", message: "the answer is not what a Chroma server says"}
	}
	return nil
}

func answered(status int, data []byte) error {
	e := &statusError{status: status}
	var said struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	}
	if json.Unmarshal(data, &said) == nil && said.Error != "" {
		e.name, e.message = said.Error, said.Message
		return e
	}
	e.message = string(data[:min(len(data), 200)])
	return e
}

func (h *httpConnection) Heartbeat(ctx context.Context) error {
	var beat map[string]int64
	return h.call(ctx, http.MethodGet, "/heartbeat", nil, &beat)
}

func (h *httpConnection) Limits(ctx context.Context) (limits, error) {
	var said struct {
		Batch  int  `json:"max_batch_size"`
		Packed bool `json:"supports_base64_encoding"`
	}
	if err := h.call(ctx, http.MethodGet, "/pre-flight-checks", nil, &said); err != nil {
		return limits{}, err
	}
	l := limits{batch: largestBatch, page: largestPage, packed: said.Packed}
	if said.Batch > 0 {
		l.batch = min(l.batch, said.Batch)
	}
	if h.cloud {
		l.batch, l.page = min(l.batch, cloudQuota), cloudQuota
	}
	return l, nil
}

type wireCollection struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Metadata map[string]any `json:"metadata"`
}

func (w wireCollection) collection() collection {
	return collection{id: w.ID, name: w.Name, labels: w.Metadata}
}

func (h *httpConnection) Find(ctx context.Context, name string) (collection, error) {
	var w wireCollection
	err := h.call(ctx, http.MethodGet, h.scope+"/collections/"+url.PathEscape(name), nil, &w)
	return w.collection(), err
}

func (h *httpConnection) Make(ctx context.Context, name string, labels map[string]any) (collection, error) {
	var w wireCollection
	err := h.call(ctx, http.MethodPost, h.scope+"/collections", map[string]any{
		"name": name, "metadata": labels, "get_or_create": true,
		"configuration": map[string]any{"hnsw": map[string]any{
			"space": "cosine", "ef_construction": efConstruction, "ef_search": efSearch,
		}},
	}, &w)
	return w.collection(), err
}

func (h *httpConnection) List(ctx context.Context) ([]collection, error) {
	var out []collection
	for {
		var page []wireCollection
		path := h.scope + "/collections?limit=100&offset=" + strconv.Itoa(len(out))
		if err := h.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		for _, w := range page {
			out = append(out, w.collection())
		}
		if len(page) < 100 {
			return out, nil
		}
	}
}

func (h *httpConnection) Drop(ctx context.Context, name string) error {
	return h.call(ctx, http.MethodDelete, h.scope+"/collections/"+url.PathEscape(name), nil, nil)
}

func (h *httpConnection) rows(id, verb string) string {
	return h.scope + "/collections/" + url.PathEscape(id) + "/" + verb
}

func (h *httpConnection) Upsert(ctx context.Context, id string, b batch) error {
	in := map[string]any{"ids": b.ids, "embeddings": b.vectors, "metadatas": b.labels}
	if b.packed {
		packed := make([]string, len(b.vectors))
		for i, v := range b.vectors {
			packed[i] = pack(v)
		}
		in["embeddings"] = packed
	}
	return h.call(ctx, http.MethodPost, h.rows(id, "upsert"), in, nil)
}

// pack renders a vector as the base64 of its little-endian numbers: a quarter of
// the size of decimals, and exact.
func pack(v []float32) string {
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func (h *httpConnection) Delete(ctx context.Context, id string, ids []string) error {
	return h.call(ctx, http.MethodPost, h.rows(id, "delete"), map[string]any{"ids": ids}, nil)
}

func (f filter) wire() map[string]any {
	var all []map[string]any
	if len(f.projects) > 0 {
		all = append(all, map[string]any{"project": map[string]any{"$in": f.projects}})
	}
	if len(f.kinds) > 0 {
		all = append(all, map[string]any{"kind": map[string]any{"$in": f.kinds}})
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return map[string]any{"$and": all}
}

func (h *httpConnection) Query(ctx context.Context, id string, vector []float32, f filter, n int) ([]hit, error) {
	in := map[string]any{
		"query_embeddings": [][]float32{vector}, "n_results": n, "include": []string{"distances"},
	}
	if where := f.wire(); where != nil {
		in["where"] = where
	}
	var said struct {
		IDs       [][]string   `json:"ids"`
		Distances [][]*float64 `json:"distances"`
	}
	if err := h.call(ctx, http.MethodPost, h.rows(id, "query"), in, &said); err != nil {
		return nil, err
	}
	if len(said.IDs) == 0 {
		return nil, nil
	}
	if len(said.Distances) != len(said.IDs) || len(said.Distances[0]) != len(said.IDs[0]) {
		return nil, &statusError{status: http.StatusBadGateway, name: "not Chroma", message: "the answer has other numbers of ids and distances"}
	}
	hits := make([]hit, 0, len(said.IDs[0]))
	for i, found := range said.IDs[0] {
		distance := 1.0 // of what has no direction
		if d := said.Distances[0][i]; d != nil {
			distance = *d
		}
		hits = append(hits, hit{id: found, distance: distance})
	}
	return hits, nil
}

func (h *httpConnection) Get(ctx context.Context, id string, offset, limit int) ([]row, error) {
	in := map[string]any{"offset": offset, "limit": limit, "include": []string{"metadatas"}}
	var said struct {
		IDs    []string     `json:"ids"`
		Labels []*rowLabels `json:"metadatas"`
	}
	if err := h.call(ctx, http.MethodPost, h.rows(id, "get"), in, &said); err != nil {
		return nil, err
	}
	out := make([]row, len(said.IDs))
	for i, found := range said.IDs {
		out[i].id = found
		if i < len(said.Labels) && said.Labels[i] != nil {
			out[i].labels = *said.Labels[i]
		}
	}
	return out, nil
}

func (h *httpConnection) Select(ctx context.Context, id string, f filter, limit int, vectors bool) ([]row, error) {
	in := map[string]any{"limit": limit, "include": []string{}}
	if vectors {
		in["include"] = []string{"embeddings"}
	}
	if where := f.wire(); where != nil {
		in["where"] = where
	}
	var said struct {
		IDs     []string    `json:"ids"`
		Vectors [][]float32 `json:"embeddings"`
	}
	if err := h.call(ctx, http.MethodPost, h.rows(id, "get"), in, &said); err != nil {
		return nil, err
	}
	out := make([]row, len(said.IDs))
	for i, found := range said.IDs {
		out[i].id = found
		if i < len(said.Vectors) {
			out[i].vector = said.Vectors[i]
		}
	}
	return out, nil
}

func (h *httpConnection) Count(ctx context.Context, id string) (int, error) {
	var n int
	err := h.call(ctx, http.MethodGet, h.rows(id, "count"), nil, &n)
	return n, err
}

func (h *httpConnection) Close() error {
	h.client.CloseIdleConnections()
	return nil
}
