package tune

import (
	"context"
	"slices"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/eval"
)

const (
	// MinQuestions is how many questions it takes at least: with fewer, no result
	// could be told from chance.
	MinQuestions = 10
	// Folds is into how many parts questions are parted for cross-validation.
	Folds = 5
	// starts is from how many drawn weights each search begins anew.
	starts = 8
	// DefaultLimit is how long all searches together may take.
	DefaultLimit = 2 * time.Minute
)

// Service tunes. It is safe for concurrent use.
type Service struct{ evaluation *eval.Service }

// New returns the service.
func New(evaluation *eval.Service) *Service { return &Service{evaluation} }

// Options say how to search.
type Options struct {
	Seed     uint64
	Limit    time.Duration // of the searches, the asking excluded; 0 means DefaultLimit
	Progress eval.Progress
}

// Report is what came of a search.
type Report struct {
	Source    string
	Live      bool
	Questions int
	Tried     int  // different weights
	Cut       bool // the searches were ended by the limit

	Present, Found domain.RankingWeights // Found is fitted on all questions
	Change         domain.RankingChange  // from Present to Found
	// Fitted compares them on the questions that Found was fitted on: the best
	// case. HeldOut compares the present weights with those of each fold on what
	// they were not fitted on: what to expect.
	Fitted, HeldOut eval.Comparison
	// Recommended tells whether HeldOut is a gain beyond chance.
	Recommended bool
	Why         string   // one sentence for a person
	Effects     []Effect // of Found, questions that change; the largest gain first
}

// Effect is what Found does to one question.
type Effect struct {
	Question       eval.Question
	Present, Found float64 // nDCG@10
}

// Gain is positive when the question is answered better.
func (e Effect) Gain() float64 { return e.Found - e.Present }

// Tune searches weights on the questions of the source.
func (s *Service) Tune(ctx context.Context, from eval.Source, o Options) (Report, error) {
	n := len(from.Questions)
	if from.Corpus != nil {
		n = len(from.Corpus.Questions)
	}
	if n < MinQuestions {
		return Report{}, domain.Invalid("%s has %d judged questions; tuning takes at least %d", from.Name, n, MinQuestions).
			WithHint("with fewer, a gain cannot be told from chance; add questions you have really asked")
	}
	questions, err := s.evaluation.Weigh(ctx, from, o.Progress)
	if err != nil {
		return Report{}, err
	}
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	bounded, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	report := search(bounded, questions, s.evaluation.Weights, o)
	if err := ctx.Err(); err != nil {
		return Report{}, err
	}
	report.Source, report.Live = from.Name, from.Corpus == nil
	report.Cut = bounded.Err() != nil
	return report, nil
}

// search is all that follows the asking.
func search(ctx context.Context, questions []eval.Weighed, present domain.RankingWeights, o Options) Report {
	b := bench{questions: questions, known: map[string][]float64{}}
	n := len(questions)
	before := b.scores(present)
	held := make([]float64, n)
	for i, fold := range folds(n, Folds, o.Seed) {
		o.Progress.Tell("search", i, Folds+1)
		scores := b.scores(b.search(ctx, present, others(n, fold), starts, o.Seed))
		for _, q := range fold {
			held[q] = scores[q]
		}
	}
	o.Progress.Tell("search", Folds, Folds+1)
	all := others(n, nil)
	found := b.search(ctx, present, all, starts, o.Seed)
	after := b.scores(found)
	o.Progress.Tell("search", Folds+1, Folds+1)

	const measure = "nDCG@10"
	report := Report{
		Questions: n, Tried: b.tried, Present: present, Found: found, Change: present.Difference(found),
		Fitted:  eval.ComparePaired(measure, before, after, o.Seed),
		HeldOut: eval.ComparePaired(measure, before, held, o.Seed),
	}
	for i, q := range questions {
		if before[i] != after[i] {
			report.Effects = append(report.Effects, Effect{q.Question, before[i], after[i]})
		}
	}
	slices.SortFunc(report.Effects, byGain)
	switch {
	case report.Change.IsZero():
		report.Why = "no other weights answer these questions better"
	case report.HeldOut.Against <= report.HeldOut.Base:
		report.Why = "what was found fits the questions it was found on, and does not help with the others"
	case !report.HeldOut.Significant():
		report.Why = "the gain on questions that were held out is within noise"
	default:
		report.Recommended = true
		report.Why = "the gain on questions that were held out is more than chance"
	}
	return report
}
