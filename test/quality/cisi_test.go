package quality

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/domain/eval"
	"github.com/atocore/atocore/ports/portfake"
)

// cisiFloor is nDCG@10 below which a change has made things worse.
const cisiFloor = 0.41

// TestCISI imports 1,460 abstracts and asks 76 questions of many sentences.
func TestCISI(t *testing.T) {
	a := newAbstracts(t)
	documents, questions, document, plain := a.Texts, a.Questions, a.document, a.plain
	hybrid, text := a.hybrid, asking(a.store, portfake.NewProjectRegistry(), false)
	var sum, sumText, sumPlain float64
	for _, q := range questions {
		judged := map[string]float64{}
		for _, e := range q.Expected {
			judged[e.Name] = e.Grade
		}
		var ids, textIDs []string
		for _, r := range ask(t, hybrid, "", q.Text, 10) {
			ids = append(ids, document[r.ID])
		}
		for _, r := range ask(t, text, "", q.Text, 10) {
			textIDs = append(textIDs, document[r.ID])
		}
		sum += eval.NDCG(ids, judged, 10)
		sumText += eval.NDCG(textIDs, judged, 10)
		sumPlain += eval.NDCG(plain.search(t, q.Text, 10), judged, 10)
	}
	n := float64(len(questions))
	t.Logf("cisi: %d documents, %d questions, nDCG@10: %.4f hybrid, %.4f text only, %.4f plain FTS5 (at least %.2f)",
		len(documents), len(questions), sum/n, sumText/n, sumPlain/n, cisiFloor)
	assert.GreaterOrEqual(t, sum/n, cisiFloor)
}
