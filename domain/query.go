package domain

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a query.
const (
	DefaultTopK    = 10
	MaxTopK        = 100
	MaxPromptBytes = 32 << 10
)

// QueryMode says which signals answer a question.
type QueryMode string

// Modes.
const (
	ModeHybrid QueryMode = "hybrid" // full text and vectors; what "" means, too
	ModeText   QueryMode = "text"   // full text alone: the question is not embedded
)

// ParseQueryMode returns the mode of that name; an unknown one is KindInvalid and
// names the nearest.
func ParseQueryMode(name string) (QueryMode, error) {
	return parseName(name, []QueryMode{ModeHybrid, ModeText}, "mode")
}

// Query asks for the passages that bear on a prompt.
type Query struct {
	Prompt  string
	Project string // name or alias; "" searches everything
	TopK    int    // 1 to MaxTopK; 0 means DefaultTopK
	Kinds   []PassageKind
	Mode    QueryMode // "" means ModeHybrid
	Explain bool
	AsOf    time.Time     // the moment that the answer is to be of; zero for now
	Weights RankingChange // a what-if: takes the place of configured weights for this question
	// MinScore leaves out what scores less, 0 to MaxMinScore. Scores mean the same
	// for every question, so that one threshold serves them all.
	MinScore float64
	WhyNot   string // a path, path:line or id whose place is to be explained; "" for none
}

// MaxMinScore bounds the score below which nothing is wanted.
const MaxMinScore = 10

// MaxWhyNotBytes bounds the name of what was expected.
const MaxWhyNotBytes = 4 << 10

// Validate returns an error of KindInvalid that names the first field at fault.
func (q Query) Validate() error {
	if strings.TrimSpace(q.Prompt) == "" {
		return Invalid("prompt is empty").WithField("prompt").WithHint("say what you are looking for")
	}
	if len(q.Prompt) > MaxPromptBytes {
		return Invalid("prompt has %d bytes, the most is %d", len(q.Prompt), MaxPromptBytes).WithField("prompt")
	}
	if !utf8.ValidString(q.Prompt) {
		return Invalid("prompt is not valid UTF-8").WithField("prompt")
	}
	if q.TopK < 0 || q.TopK > MaxTopK {
		return Invalid("top_k %d is out of range", q.TopK).WithField("top_k").
			WithHint("give a number from 1 to %d", MaxTopK)
	}
	if math.IsNaN(q.MinScore) || q.MinScore < 0 || q.MinScore > MaxMinScore {
		return Invalid("min_score %v is out of range", q.MinScore).WithField("min_score").
			WithHint("give a number from 0 to %d", MaxMinScore)
	}
	if len(q.WhyNot) > MaxWhyNotBytes || !utf8.ValidString(q.WhyNot) {
		return Invalid("why_not must be valid UTF-8 of at most %d bytes", MaxWhyNotBytes).WithField("why_not")
	}
	if q.WhyNot != "" && !q.AsOf.IsZero() {
		return Invalid("why_not cannot be asked as of a moment").WithField("why_not").WithHint("leave out as_of")
	}
	for _, k := range q.Kinds {
		if _, err := parseName(string(k), []PassageKind{PassageMemory, PassageChunk}, "kind"); err != nil {
			return err
		}
	}
	if q.Mode != "" {
		if _, err := ParseQueryMode(string(q.Mode)); err != nil {
			return err
		}
	}
	return nil
}

// Tokens returns the distinct words of a prompt in lower case, in order, without
// stop words: what a query asks for.
func Tokens(prompt string) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range Words(prompt) {
		if !seen[w] && !IsStopWord(w) {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// Result is one passage found.
type Result struct {
	Passage
	Score       float64      // after ranking; higher is better
	Explanation *Explanation // nil unless asked for
	Outdated    []Outdated   // what of it does not hold any more
}

// Answer is what a query found, best first. No results means that nothing
// matched, and is not an error.
type Answer struct {
	Results        []Result
	Project        string    // canonical name the query was narrowed to, "" for none
	Hinted         []string  // projects that the prompt names
	Unknown        []string  // of the prompt's first 64 words, those that no passage found by full text holds
	TextCandidates int       // how many the text index proposed
	AsOf           time.Time // the moment that it is of; zero for now
	Incomplete     string    // what the answer cannot hold, and why; "" when it is whole
	VectorDegraded string    // why the vector index took no part; "" when it did, or was not to
	Mode           QueryMode // the one that was asked for, ModeHybrid for none
	WhyNot         *WhyNot   // nil unless asked for
}

// Explanation shows how a score came about:
// Score = Base × the product of all Factors, Base = the sum of all Signals.
type Explanation struct {
	Signals []Contribution // what the indexes added
	Base    float64
	Factors []Contribution // what the ranking weights multiplied
	Score   float64
}

// Contribution is one named number in an explanation.
type Contribution struct {
	Name   string
	Value  float64
	Detail string // the words, path part or project that brought it about
}
