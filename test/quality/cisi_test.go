package quality

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/ports/portfake"
)

// cisiFloor is nDCG@10 below which a change has made things worse.
const cisiFloor = 0.33

// TestCISI imports 1,460 abstracts and asks 76 questions of many sentences.
func TestCISI(t *testing.T) {
	type entry struct {
		ID    string `json:"_id"`
		Title string `json:"title"`
		Text  string `json:"text"`
	}
	documents := readLines[entry](t, data(t, "cisi", "corpus.jsonl"))
	questions := readLines[entry](t, data(t, "cisi", "queries.jsonl"))
	judged := readJudgements(t, data(t, "cisi", "qrels.tsv"))

	store, plain := openStore(t), newFTS5(t)
	document := map[string]string{} // chunk → document
	for _, d := range documents {
		document[addDocument(t, store, "", d.ID+".txt", d.Title, d.Text)] = d.ID
		plain.add(t, d.ID, d.Title, d.Text)
	}
	registry := portfake.NewProjectRegistry()
	hybrid, text := asking(store, registry, true), asking(store, registry, false)
	var sum, sumText, sumPlain float64
	for _, q := range questions {
		require.NotEmpty(t, judged[q.ID], q.ID)
		var ids, textIDs []string
		for _, r := range ask(t, hybrid, "", q.Text, 10) {
			ids = append(ids, document[r.ID])
		}
		for _, r := range ask(t, text, "", q.Text, 10) {
			textIDs = append(textIDs, document[r.ID])
		}
		sum += ndcg(ids, judged[q.ID], 10)
		sumText += ndcg(textIDs, judged[q.ID], 10)
		sumPlain += ndcg(plain.search(t, q.Text, 10), judged[q.ID], 10)
	}
	n := float64(len(questions))
	t.Logf("cisi: %d documents, %d questions, nDCG@10: %.4f hybrid, %.4f text only, %.4f plain FTS5 (goal %.2f)",
		len(documents), len(questions), sum/n, sumText/n, sumPlain/n, cisiFloor)
	assert.GreaterOrEqual(t, sum/n, cisiFloor)
}

// readJudgements reads query, document and grade, after a line of headings.
func readJudgements(t *testing.T, path string) map[string]map[string]float64 {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	out := map[string]map[string]float64{}
	for i, line := range strings.Split(strings.TrimSpace(string(content)), "\n") {
		if i == 0 {
			continue
		}
		fields := strings.Fields(line)
		require.Len(t, fields, 3, line)
		grade, err := strconv.ParseFloat(fields[2], 64)
		require.NoError(t, err)
		if out[fields[0]] == nil {
			out[fields[0]] = map[string]float64{}
		}
		out[fields[0]][fields[1]] = grade
	}
	return out
}
