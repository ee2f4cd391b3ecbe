package eval

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/ports"
)

// Config is what a Service needs.
type Config struct {
	// Live answers from the live store; nil where none is open, and then only
	// collections can be measured.
	Live *query.Service
	// Scratch makes an empty store.
	Scratch func(ctx context.Context) (*Scratch, error)
	Clock   ports.Clock
	Weights domain.RankingWeights // that hold now
}

// Scratch is a store for one measurement. Close removes it.
type Scratch struct {
	Documents ports.DocumentStore
	Text      ports.TextIndex
	Vectors   ports.VectorSearcher
	Passages  ports.PassageStore
	Embedder  ports.Embedder
	// Cut parts a text that is too long for one passage.
	Cut   func(key domain.DocumentKey, text string) []domain.Chunk
	Close func() error
}

// Service measures. It is safe for concurrent use.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

// Progress tells how far a measurement has come.
type Progress func(stage string, done, total int)

// Tell reports, when anybody listens.
func (p Progress) Tell(stage string, done, total int) {
	if p != nil {
		p(stage, done, total)
	}
}

// Source is what is measured on: a collection or the live store.
type Source struct {
	Name      string
	Corpus    *Corpus    // nil for the live store
	Questions []Question // of the live store
}

// ReadSource reads the folder of a collection, or a file of questions about the
// live store. open opens the file.
func ReadSource(name string, folder fs.FS, open func() (fs.File, error)) (Source, error) {
	if folder != nil {
		c, err := ReadCorpus(folder, name)
		return Source{Name: name, Corpus: &c}, err
	}
	f, err := open()
	if err != nil {
		kind := domain.Unavailable
		if errors.Is(err, fs.ErrNotExist) {
			kind = domain.NotFound
		}
		return Source{}, kind("%s cannot be read", name).Because(pathless(err)).
			WithHint("give a file of questions, or a folder with corpus.jsonl, queries.jsonl and qrels.tsv")
	}
	defer func() { _ = f.Close() }() // it was only read
	questions, err := ReadQuestions(f, name)
	return Source{Name: name, Questions: questions}, err
}

// pathless drops the path that the message names already.
func pathless(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Report is what was measured.
type Report struct {
	Source    string
	Live      bool
	Documents int // of the collection
	Passages  int // that they were cut into
	Unjudged  int // questions of the collection that nobody judged
	Unknown   int // judgements about documents that the collection lacks
	Import    time.Duration
	Latency   Latency

	Weights     domain.RankingWeights
	Base        Measures
	Against     *Measures // nil unless two configurations were compared
	Comparisons []Comparison
	Outcomes    []Outcome // in the order of the questions
}

// Outcome is what became of one question.
type Outcome struct {
	Question Question
	Base     Measures
	Against  *Measures
	Found    []Found
	Latency  time.Duration
	Degraded string // why the vector index took no part
}

// Found is what became of one thing expected.
type Found struct {
	Expectation
	Rank        int // from 1; 0 when it was not found
	AgainstRank int
	Problem     string   // why it cannot be found at all: no such thing
	Nearest     []string // names that may have been meant
}

// Lost returns what is not among the first ten.
func (o Outcome) Lost() []Found {
	var out []Found
	for _, f := range o.Found {
		if f.Rank == 0 || f.Rank > 10 {
			out = append(out, f)
		}
	}
	return out
}

// Evaluate measures the weights that hold and, when against changes anything,
// those beside them. seed decides the draws of the significance test.
func (s *Service) Evaluate(ctx context.Context, from Source, against domain.RankingChange, seed uint64, p Progress) (Report, error) {
	other, err := against.Apply(s.Weights)
	if err != nil {
		return Report{}, err
	}
	report := Report{Source: from.Name, Live: from.Corpus == nil, Weights: s.Weights}
	var durations []time.Duration
	var base, beside []Measures
	err = s.gather(ctx, from, &report, p, func(g gathered) error {
		o := Outcome{Question: g.question, Latency: g.latency, Degraded: g.degraded}
		judged := g.question.judged()
		ranked := g.rank(s.Weights)
		o.Base = measure(ranked, judged)
		var second []string
		if !against.IsZero() {
			second = g.rank(other)
			m := measure(second, judged)
			o.Against = &m
			beside = append(beside, m)
		}
		o.Found = g.found(ranked, second)
		base = append(base, o.Base)
		durations = append(durations, g.latency)
		report.Outcomes = append(report.Outcomes, o)
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	report.Base, report.Latency = mean(base), latencyOf(durations)
	if !against.IsZero() {
		m := mean(beside)
		report.Against = &m
		report.Comparisons = compareAll(base, beside, seed)
	}
	return report, nil
}

func compareAll(base, against []Measures, seed uint64) []Comparison {
	var out []Comparison
	for _, m := range AllMeasures() {
		a, b := make([]float64, len(base)), make([]float64, len(base))
		for i := range base {
			a[i], b[i] = m.Of(base[i]), m.Of(against[i])
		}
		out = append(out, ComparePaired(m.Name, a, b, seed))
	}
	return out
}

func (q Question) judged() map[string]float64 {
	out := make(map[string]float64, len(q.Expected))
	for _, e := range q.Expected {
		out[e.Name] = e.Grade
	}
	return out
}

// importRoot is the root that texts of collections are filed under.
func importRoot() domain.IngestRoot {
	path, _ := filepath.Abs("import") // it is never read
	return domain.IngestRoot{Path: path, Label: "import"}
}
