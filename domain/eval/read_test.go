package eval

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func folder(corpus, queries, qrels string) fstest.MapFS {
	return fstest.MapFS{
		"corpus.jsonl": {Data: []byte(corpus)}, "queries.jsonl": {Data: []byte(queries)}, "qrels.tsv": {Data: []byte(qrels)},
	}
}

const (
	someTexts     = `{"_id":"d1","title":"T","text":"one"}` + "\n\n" + `{"_id":"d2","text":"two","project":"P","metadata":{"x":1}}` + "\n"
	someQuestions = `{"_id":"q1","text":"one?"}` + "\n" + `{"_id":"q2","text":"two?","project":"P"}` + "\n" + `{"_id":"q3","text":"three?"}` + "\n"
	someQrels     = "query-id\tcorpus-id\tscore\r\nq2\td2\t2\r\nq1\td1\t1\nq1\td9\t1\nq3\td1\t0\n"
)

func TestReadCorpus(t *testing.T) {
	want := Corpus{
		Texts: []Text{{"d1", "T", "one", ""}, {"d2", "", "two", "P"}},
		Questions: []Question{
			{ID: "q1", Text: "one?", Expected: []Expectation{{"d1", 1}, {"d9", 1}}},
			{ID: "q2", Text: "two?", Project: "P", Expected: []Expectation{{"d2", 2}}},
		},
		Unjudged: 1, Unknown: 1,
	}
	c, err := ReadCorpus(folder("\ufeff"+someTexts, someQuestions, someQrels), "set")
	require.NoError(t, err)
	assert.Equal(t, want, c)

	files := folder(someTexts, someQuestions, "")
	delete(files, "qrels.tsv")
	files["qrels/test.tsv"] = &fstest.MapFile{Data: []byte(someQrels)}
	c, err = ReadCorpus(files, "set")
	require.NoError(t, err)
	assert.Equal(t, want, c, "as the benchmark ships it")

	c, err = ReadCorpus(folder(someTexts, someQuestions, "q1\td1\t1"), "set")
	require.NoError(t, err)
	assert.Len(t, c.Questions, 1, "headings may be missing")
}

func TestReadCorpusErrors(t *testing.T) {
	for name, test := range map[string]struct {
		corpus, queries, qrels, want string
	}{
		"not JSON":           {"{", someQuestions, someQrels, "set/corpus.jsonl:1: this is not one JSON object"},
		"two values":         {`{"_id":"a","text":"b"} {}`, someQuestions, someQrels, "set/corpus.jsonl:1: this is not one JSON object"},
		"a list":             {someTexts + "[1]", someQuestions, someQrels, "set/corpus.jsonl:4: the line is a JSON array and not an object"},
		"id is a number":     {`{"_id":1,"text":"x"}`, someQuestions, someQrels, "set/corpus.jsonl:1: _id is a number and not a string"},
		"no id":              {`{"text":"x"}`, someQuestions, someQrels, "set/corpus.jsonl:1: _id is missing"},
		"no text":            {`{"_id":"x"}`, someQuestions, someQrels, "set/corpus.jsonl:1: text is missing"},
		"twice":              {someTexts + `{"_id":"d1","text":"x"}`, someQuestions, someQrels, `set/corpus.jsonl:4: _id "d1" is there twice`},
		"project":            {`{"_id":"x","text":"x","project":"a/b"}`, someQuestions, someQrels, `set/corpus.jsonl:1: "a/b" cannot be the name of a project`},
		"empty":              {"\n", someQuestions, someQrels, "set/corpus.jsonl holds nothing"},
		"question twice":     {someTexts, someQuestions + `{"_id":"q1","text":"x"}`, someQrels, `set/queries.jsonl:4: _id "q1" is there twice`},
		"empty question":     {someTexts, `{"_id":"q1","text":" "}`, someQrels, "set/queries.jsonl:1: prompt is empty"},
		"fields":             {someTexts, someQuestions, someQrels + "q1 d2 1", "set/qrels.tsv:6: there are 1 fields, parted by tabs, instead of query-id, corpus-id and score"},
		"score":              {someTexts, someQuestions, someQrels + "q1\td2\tx", `set/qrels.tsv:6: the score "x" is not a number`},
		"score is no number": {someTexts, someQuestions, someQrels + "q1\td2\tNaN", `set/qrels.tsv:6: the score "NaN" is not a number`},
		"unknown question":   {someTexts, someQuestions, someQrels + "q9\td2\t1", `set/qrels.tsv:6: queries.jsonl has no question "q9"`},
		"judged twice":       {someTexts, someQuestions, someQrels + "q1\td1\t1", `set/qrels.tsv:6: question "q1" and document "d1" are judged twice`},
		"nothing judged":     {someTexts, someQuestions, "q1\td1\t0", "set has no question with a judgement above 0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadCorpus(folder(test.corpus, test.queries, test.qrels), "set")
			require.Error(t, err)
			assert.Equal(t, domain.KindInvalid, domain.KindOf(err))
			assert.True(t, strings.HasPrefix(err.Error(), test.want), err.Error())
		})
	}
	for _, file := range []string{"corpus.jsonl", "queries.jsonl", "qrels.tsv"} {
		files := folder(someTexts, someQuestions, someQrels)
		delete(files, file)
		_, err := ReadCorpus(files, "set")
		assert.Equal(t, domain.KindNotFound, domain.KindOf(err), file)
		assert.ErrorContains(t, err, "set has no "+file)
	}
}

func TestReadQuestions(t *testing.T) {
	want := []Question{
		{ID: "1", Text: "how?", Project: "p", Expected: []Expectation{{"a.md", 1}, {"b.md:3", 1}}},
		{ID: "why", Text: "why?", Expected: []Expectation{{"m1", 1}}},
	}
	got, err := ReadQuestions(strings.NewReader(`# mine
- question: how?
  project: p
  expect: [a.md, "b.md:3"]
- id: why
  question: why?
  expect: m1
`), "q.yaml")
	require.NoError(t, err)
	assert.Equal(t, want, got)
	got, err = ReadQuestions(strings.NewReader(`{"question":"how?","project":"p","expect":["a.md","b.md:3"]}

{"id":"why","question":"why?","expect":"m1"}`), "q.jsonl")
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestReadQuestionsErrors(t *testing.T) {
	for _, test := range []struct{ file, text, want string }{
		{"q.yaml", "", "q.yaml holds no question"},
		{"q.yaml", "# nothing\n", "q.yaml holds no question"},
		{"q.yaml", "question: x", "q.yaml:1: this is not a list of questions"},
		{"q.yaml", "- question: x\n  expect: [a\n", "q.yaml:"},
		{"q.yaml", "- a\n- b", "q.yaml:1: this is no question with its keys question and expect"},
		{"q.yaml", "- question: x\n  expect: a\n  expekt: b", `q.yaml:3: unknown field "expekt" (did you mean "expect"?)`},
		{"q.yaml", "- question: x\n  expect: a\n  expect: b", "q.yaml:3: expect is given twice"},
		{"q.yaml", "- question: x\n  expect: {a: b}", "q.yaml:2: expect is neither a text nor a list of texts"},
		{"q.yaml", "- question: x\n  expect:\n    - [a]", "q.yaml:3: expect holds something that is not a text"},
		{"q.yaml", "- question: [x]\n  expect: a", "q.yaml:1: question is not a text"},
		{"q.yaml", "- question: x\n  expect: a\n- question: y", "q.yaml:3: expect is missing (name at least one path"},
		{"q.yaml", "- expect: a", "q.yaml:1: question is missing"},
		{"q.yaml", "- question: x\n  expect: [a, a]", `q.yaml:1: expect names "a" twice`},
		{"q.yaml", "- question: x\n  expect: ['']", "q.yaml:1: expect holds an empty name"},
		{"q.yaml", "- question: x\n  expect: a\n---\n- question: y\n  expect: b", "q.yaml:3: a second YAML document begins here"},
		{"q.yaml", "\t- x", "q.yaml"},
		{"q.jsonl", "\n{", "q.jsonl:2: this is not one JSON object"},
		{"q.jsonl", `{"question":"x","expect":"a","projekt":"p"}`, `q.jsonl:1: unknown field "projekt" (did you mean "project"?)`},
		{"q.jsonl", `{"question":"x","expect":3}`, "q.jsonl:1: this is not one JSON object: expect is neither a text nor a list of texts"},
		{"q.jsonl", `{"question":"x","expect":"a"} 1`, "q.jsonl:1: something follows the JSON object"},
		{"q.jsonl", `{"question":"x","expect":[]}`, "q.jsonl:1: expect is missing"},
		{"q.jsonl", `{"question":7,"expect":"a"}`, "q.jsonl:1: question is a number and not a string"},
	} {
		_, err := ReadQuestions(strings.NewReader(test.text), test.file)
		require.Error(t, err, test.text)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), test.text)
		assert.True(t, strings.HasPrefix(err.Error(), test.want), "%q: %v", test.text, err)
	}
}

func TestReadWeights(t *testing.T) {
	want := domain.RankingChange{
		Numbers: map[string]float64{"query_token_step": 0, "query_token_cap": 1.5}, Lists: map[string][]string{"path_low_signal": {"old", "tmp"}},
	}
	for _, text := range []string{
		"rank:\n  query_token_step: 0\n  query_token_cap: 1.5\n  path_low_signal: [old, tmp]\n",
		"query_token_step: 0\nquery_token_cap: 1.5\npath_low_signal: old, tmp\n",
		"rank.query_token_step: 0\nrank.query_token_cap: 1.5\nrank:\n  path_low_signal: [old, tmp]\n",
		WriteWeights(want),
	} {
		got, err := ReadWeights(strings.NewReader(text), "w.yaml")
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, test := range []struct{ text, want string }{
		{"", "w.yaml holds no weight"},
		{"- x", "w.yaml:1: this is not a section of keys and values"},
		{"rank:\n  query_token_stp: 1", `w.yaml:2: unknown weight rank.query_token_stp (did you mean`},
		{"rank:\n  query_token_cap: 11", "w.yaml:2: rank.query_token_cap = 11 is out of range (give a number from 1 to 10)"},
		{"query_token_cap: x", `w.yaml:1: rank.query_token_cap = "x" is not a number`},
		{"query_token_cap: 2\nrank: {query_token_cap: 3}", "w.yaml:2: rank.query_token_cap is given twice"},
		{"path_low_signal: [a b]", `w.yaml:1: rank.path_low_signal holds "a b", which is not a word`},
		{"listen: x", "w.yaml:1: unknown weight rank.listen"},
		{"a: [", "w.yaml"},
	} {
		_, err := ReadWeights(strings.NewReader(test.text), "w.yaml")
		require.Error(t, err, test.text)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), test.text)
		assert.True(t, strings.HasPrefix(err.Error(), test.want), "%q: %v", test.text, err)
	}
}

func TestReadSource(t *testing.T) {
	from, err := ReadSource("set", folder(someTexts, someQuestions, someQrels), nil)
	require.NoError(t, err)
	assert.NotNil(t, from.Corpus)
	files := fstest.MapFS{"q.yaml": {Data: []byte("- question: x\n  expect: a\n")}}
	from, err = ReadSource("q.yaml", nil, func() (fs.File, error) { return files.Open("q.yaml") })
	require.NoError(t, err)
	assert.Nil(t, from.Corpus)
	assert.Len(t, from.Questions, 1)
	_, err = ReadSource("none", nil, func() (fs.File, error) { return files.Open("none") })
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	_, err = ReadSource("none", nil, func() (fs.File, error) { return nil, errors.New("boom") })
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
}
