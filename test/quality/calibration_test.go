package quality

import (
	"math/rand"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/eval"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports/portfake"
)

// abstracts is CISI as the product and as a plain index hold it.
type abstracts struct {
	eval.Corpus
	store    *sqlite.Store
	hybrid   *query.Service
	plain    *fts5
	document map[string]string // chunk → document
}

func newAbstracts(t *testing.T) abstracts {
	t.Helper()
	c, err := eval.ReadCorpus(os.DirFS(data(t, "cisi")), "cisi")
	require.NoError(t, err)
	a := abstracts{Corpus: c, plain: newFTS5(t), document: map[string]string{}}
	a.store = openStore(t)
	for _, d := range c.Texts {
		a.document[addDocument(t, a.store, "", d.ID+".txt", d.Title, d.Text)] = d.ID
		a.plain.add(t, d.ID, d.Title, d.Text)
	}
	a.hybrid = asking(a.store, portfake.NewProjectRegistry(), true)
	return a
}

// strengths returns the scores of the best results of the questions, sorted.
func strengths(t *testing.T, s *query.Service, questions []string) []float64 {
	t.Helper()
	var out []float64
	for _, q := range questions {
		best := 0.0
		if found := ask(t, s, "", q, 1); len(found) > 0 {
			best = found[0].Score
		}
		out = append(out, best)
	}
	slices.Sort(out)
	return out
}

// separation is the chance that a score of the first is above one of the second
// (the area under the ROC curve): 1 when a threshold parts them, 0.5 when none does.
func separation(answerable, not []float64) float64 {
	sum := 0.0
	for _, a := range answerable {
		for _, b := range not {
			switch {
			case a > b:
				sum++
			case a == b:
				sum += 0.5
			}
		}
	}
	return sum / float64(len(answerable)*len(not))
}

func deciles(sorted []float64) []float64 {
	var out []float64
	for p := 10; p <= 90; p += 20 {
		out = append(out, sorted[len(sorted)*p/100])
	}
	return out
}

// TestScoresMeanTheSame asks each collection its own questions and those of the
// other: what it cannot know must score lower, whichever question it is.
func TestScoresMeanTheSame(t *testing.T) {
	a := newAbstracts(t)
	l := newLibrary(t, data(t, "docsqa", "corpora"), ingest.Chunking{})
	var ofAbstracts, ofDocs []string
	for _, q := range a.Questions {
		ofAbstracts = append(ofAbstracts, q.Text)
	}
	for _, q := range readLines[question](t, data(t, "docsqa", "questions.jsonl")) {
		ofDocs = append(ofDocs, q.Question)
	}
	for _, c := range []struct {
		name        string
		service     *query.Service
		own, others []string
	}{{"docsqa", l.hybrid, ofDocs, ofAbstracts}, {"cisi", a.hybrid, ofAbstracts, ofDocs}} {
		own, others := strengths(t, c.service, c.own), strengths(t, c.service, c.others)
		t.Logf("%s: best scores at 10, 30, 50, 70, 90 %%: own questions %.2f, those of the other %.2f; separation (AUC) %.3f",
			c.name, deciles(own), deciles(others), separation(own, others))
		assert.Greater(t, separation(own, others), 0.8)
	}
}

// TestOneTypoInSomeQuestions: one slip in 30 % of the questions costs at most a
// quarter of what it costs plain FTS5. Thirty rolls of the dice are averaged.
func TestOneTypoInSomeQuestions(t *testing.T) {
	questions := readLines[question](t, data(t, "docsqa", "questions.jsonl"))
	l := newLibrary(t, data(t, "docsqa", "corpora"), ingest.Chunking{})
	clean, plain := measure(questions, l.by(t, l.hybrid)), measure(questions, l.byPlain(t))
	const rolls = 30
	var lost, plainLost row
	for seed := range int64(rolls) {
		slipped := someTypos(questions, seed)
		h, p := measure(slipped, l.by(t, l.hybrid)), measure(slipped, l.byPlain(t))
		lost.at5, lost.at10 = lost.at5+(clean.at5-h.at5)/rolls, lost.at10+(clean.at10-h.at10)/rolls
		plainLost.at5, plainLost.at10 = plainLost.at5+(plain.at5-p.at5)/rolls, plainLost.at10+(plain.at10-p.at10)/rolls
	}
	t.Logf("docsqa, one typo in 30 %% of the questions, character recall @5 and @10 lost: hybrid %v, plain FTS5 %v", lost, plainLost)
	assert.LessOrEqual(t, lost.at5, plainLost.at5/4)
	assert.LessOrEqual(t, lost.at10, plainLost.at10/4)
}

// someTypos returns the questions with a slip in one word of 30 % of them.
func someTypos(questions []question, seed int64) []question {
	dice := rand.New(rand.NewSource(seed))
	out := slices.Clone(questions)
	for i := range out {
		if dice.Float64() >= 0.3 {
			continue
		}
		words := strings.Fields(out[i].Question)
		var long []int
		for k, w := range words {
			if utf8.RuneCountInString(w) >= 5 && !domain.IsStopWord(strings.ToLower(w)) {
				long = append(long, k)
			}
		}
		if len(long) > 0 {
			k := long[dice.Intn(len(long))]
			words[k] = slip(dice, words[k])
			out[i].Question = strings.Join(words, " ")
		}
	}
	return out
}
