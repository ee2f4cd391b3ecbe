package quality

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/embed"
	"github.com/atocore/atocore/adapters/filetree"
	"github.com/atocore/atocore/adapters/parse"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

// Character recall below which a change has made things worse.
const (
	docsqaFloor5  = 0.92
	docsqaFloor10 = 0.965
)

// question is one of docsqa. References are counted in characters (Unicode code
// points) of its corpus, not in bytes.
type question struct {
	Question   string `json:"question"`
	Corpus     string `json:"corpus"`
	References []span `json:"references"`
}

// row is one line of the table: character recall at 5 and at 10.
type row struct{ at5, at10 float64 }

func (r row) String() string { return fmt.Sprintf("%.4f  %.4f", r.at5, r.at10) }

// found is where a result lies: its document and the characters it covers.
type found struct {
	corpus string
	span   span
}

// measure averages the coverage of the questions' references over the questions.
func measure(questions []question, search func(question) []found) row {
	var r row
	for _, q := range questions {
		var spans []span
		results := search(q)
		for i, f := range results[:min(10, len(results))] {
			if f.corpus == q.Corpus {
				spans = append(spans, f.span)
			}
			if i == 4 {
				r.at5 += coverage(q.References, spans)
			}
		}
		if len(results) < 5 {
			r.at5 += coverage(q.References, spans)
		}
		r.at10 += coverage(q.References, spans)
	}
	n := float64(len(questions))
	return row{r.at5 / n, r.at10 / n}
}

// library is docsqa as the product holds it: five documents of one project.
type library struct {
	hybrid, text *query.Service
	where        map[string]found // by id of the chunk
	plain        *fts5            // over the same chunks
}

const projectName = "docsqa"

// newLibrary ingests the folder as the product does.
func newLibrary(t *testing.T, folder string, chunking ingest.Chunking) library {
	t.Helper()
	store := openStore(t)
	registry := portfake.NewProjectRegistry(domain.Project{
		Name: projectName, IngestRoots: []domain.IngestRoot{{Path: folder, Label: "corpora"}},
	})
	result, err := ingest.New(ingest.Config{
		Registry: registry, Source: filetree.Tree{}, Parser: parse.New(), Embedder: embed.NewLocal(),
		Documents: store.Documents(), Gate: &portfake.Gate{}, Clock: system.Clock{}, Chunking: chunking,
	}).Refresh(t.Context(), projectName, nil)
	require.NoError(t, err)
	require.Equal(t, domain.RefreshIngested, result.Status)
	require.Equal(t, 5, result.Roots[0].Added)
	l := library{hybrid: asking(store, registry, true), text: asking(store, registry, false), plain: newFTS5(t)}
	l.locate(t, store, folder)
	return l
}

// locate finds out which characters of its document each chunk covers, and fills
// the plain index.
func (l *library) locate(t *testing.T, store *sqlite.Store, folder string) {
	t.Helper()
	ids := porttest.VectorIDs(t, store.Listed())
	passages, err := store.Passages().Passages(t.Context(), ids)
	require.NoError(t, err)
	require.Len(t, passages, len(ids))
	l.where = map[string]found{}
	content := map[string]string{}
	for _, id := range ids {
		p := passages[id]
		if content[p.Path] == "" {
			b, err := os.ReadFile(filepath.Join(folder, p.Path))
			require.NoError(t, err)
			content[p.Path] = string(b)
		}
		text := content[p.Path]
		line := 0
		for range p.StartLine - 1 {
			line += strings.IndexByte(text[line:], '\n') + 1
		}
		at := strings.Index(text[line:], p.Content)
		require.GreaterOrEqual(t, at, 0, "chunk %d of %s is not verbatim", p.Seq, p.Path)
		start := utf8.RuneCountInString(text[:line+at])
		l.where[id] = found{
			strings.TrimSuffix(p.Path, filepath.Ext(p.Path)),
			span{start, start + utf8.RuneCountInString(p.Content)},
		}
		l.plain.add(t, id, "", p.Content)
	}
}

// average returns how many characters a chunk has on average.
func (l *library) average() int {
	total := 0
	for _, f := range l.where {
		total += f.span.End - f.span.Start
	}
	return total / len(l.where)
}

func (l *library) by(t *testing.T, s *query.Service) func(question) []found {
	return func(q question) []found {
		var out []found
		for _, r := range ask(t, s, projectName, q.Question, 10) {
			out = append(out, l.where[r.ID])
		}
		return out
	}
}

func (l *library) byPlain(t *testing.T) func(question) []found {
	return func(q question) []found {
		var out []found
		for _, id := range l.plain.search(t, q.Question, 10) {
			out = append(out, l.where[id])
		}
		return out
	}
}

// TestDocsQA registers the five corpora as one project, refreshes it, and asks the
// whole project each of the 472 questions.
func TestDocsQA(t *testing.T) {
	folder := data(t, "docsqa", "corpora")
	questions := readLines[question](t, data(t, "docsqa", "questions.jsonl"))
	l := newLibrary(t, folder, ingest.Chunking{})
	hybrid := measure(questions, l.by(t, l.hybrid))
	t.Logf("docsqa: %d chunks of %d characters on average, %d questions, character recall @5, @10", len(l.where), l.average(), len(questions))
	t.Logf("  hybrid                      %v", hybrid)
	t.Logf("  text only                   %v", measure(questions, l.by(t, l.text)))
	t.Logf("  plain FTS5                  %v", measure(questions, l.byPlain(t)))
	t.Logf("  plain FTS5, cut every 1,200 %v", measure(questions, blind(t, folder, 1200)))
	assert.GreaterOrEqual(t, hybrid.at5, docsqaFloor5)
	assert.GreaterOrEqual(t, hybrid.at10, docsqaFloor10)

	misspelt := misspell(questions)
	clean, plain := hybrid, measure(misspelt, l.byPlain(t))
	hybrid = measure(misspelt, l.by(t, l.hybrid))
	t.Logf("docsqa with a slip in every word of five letters or more")
	t.Logf("  hybrid                      %v", hybrid)
	t.Logf("  text only                   %v", measure(misspelt, l.by(t, l.text)))
	t.Logf("  plain FTS5                  %v", plain)
	assert.Greater(t, hybrid.at10, 0.9*clean.at10, "a slip in most words costs less than a tenth")
	assert.Greater(t, hybrid.at10, 1.5*plain.at10)
}

// TestDocsQAWhateverTheSize: what a chunk ends at moves single questions by more
// than most ideas are worth, so that an idea counts when it holds over several sizes.
func TestDocsQAWhateverTheSize(t *testing.T) {
	folder := data(t, "docsqa", "corpora")
	questions := readLines[question](t, data(t, "docsqa", "questions.jsonl"))
	var hybrid, text, plain row
	sizes := []int{1000, 1100, 1200, 1300, 1400, 1500}
	add := func(sum *row, r row) row {
		sum.at5 += r.at5 / float64(len(sizes))
		sum.at10 += r.at10 / float64(len(sizes))
		return r
	}
	t.Logf("%8s %8s  %-15s %-15s %-15s", "largest", "average", "hybrid", "text only", "plain FTS5")
	for _, size := range sizes {
		l := newLibrary(t, folder, ingest.Chunking{Max: size})
		h := add(&hybrid, measure(questions, l.by(t, l.hybrid)))
		x := add(&text, measure(questions, l.by(t, l.text)))
		p := add(&plain, measure(questions, l.byPlain(t)))
		t.Logf("%8d %8d  %-15v %-15v %-15v", size, l.average(), h, x, p)
	}
	t.Logf("%17s  %-15v %-15v %-15v", "mean", hybrid, text, plain)
	assert.Greater(t, hybrid.at5, plain.at5)
	assert.Greater(t, hybrid.at10, plain.at10)
}

// Character recall of four questions at once below which a change has made things worse.
const (
	severalFloor5  = 0.44
	severalFloor10 = 0.62
)

// TestDocsQASeveralAtOnce joins questions about different things into one, as those do
// who ask for much at once: what a long question is helped by must not let one of its
// parts drown the others.
func TestDocsQASeveralAtOnce(t *testing.T) {
	questions := readLines[question](t, data(t, "docsqa", "questions.jsonl"))
	l := newLibrary(t, data(t, "docsqa", "corpora"), ingest.Chunking{})
	var r row
	for _, n := range []int{2, 4} {
		r = l.several(t, questions, n)
		t.Logf("docsqa, %d questions at once: %v", n, r)
	}
	assert.GreaterOrEqual(t, r.at5, severalFloor5)
	assert.GreaterOrEqual(t, r.at10, severalFloor10)
}

// several asks each question together with n-1 others and averages the coverage of the
// references of each over all of them.
func (l *library) several(t *testing.T, questions []question, n int) row {
	joined := make([]question, len(questions))
	parts := func(i int) (out []question) {
		for k := range n {
			out = append(out, questions[(i+k*101)%len(questions)])
		}
		return out
	}
	for i := range joined {
		for _, q := range parts(i) {
			joined[i].Question += " " + q.Question
		}
	}
	search := l.by(t, l.hybrid)
	var r row
	for i, q := range joined {
		results := search(q)
		for _, p := range parts(i) {
			one := measure([]question{p}, func(question) []found { return results })
			r.at5 += one.at5
			r.at10 += one.at10
		}
	}
	all := float64(n * len(questions))
	return row{r.at5 / all, r.at10 / all}
}

// blind searches with FTS5 among pieces cut every so many characters, wherever that
// is: the floor that the goals were set by.
func blind(t *testing.T, folder string, size int) func(question) []found {
	t.Helper()
	plain := newFTS5(t)
	var where []found
	files, err := filepath.Glob(filepath.Join(folder, "*.md"))
	require.NoError(t, err)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		text := []rune(string(b))
		for at := 0; at < len(text); at += size {
			end := min(at+size, len(text))
			plain.add(t, fmt.Sprint(len(where)), "", string(text[at:end]))
			where = append(where, found{strings.TrimSuffix(filepath.Base(file), ".md"), span{at, end}})
		}
	}
	return func(q question) []found {
		var out []found
		for _, id := range plain.search(t, q.Question, 10) {
			var i int
			_, err := fmt.Sscan(id, &i)
			require.NoError(t, err)
			out = append(out, where[i])
		}
		return out
	}
}
