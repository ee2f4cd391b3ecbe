package domain

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// RankingWeights are the factors by which an operator tunes the order of results.
// The zero value is not usable: start from DefaultRankingWeights.
type RankingWeights struct {
	// ProjectMatchBoost multiplies what belongs to the project asked for or
	// named in the prompt. 1 to 10.
	ProjectMatchBoost float64
	// QueryTokenStep is added to the factor for each query token found in the
	// title, heading or path. 0 to 1.
	QueryTokenStep float64
	// QueryTokenCap bounds that factor. 1 to 10.
	QueryTokenCap float64
	// PathHighSignalBoost multiplies paths that carry decisions. 1 to 10.
	PathHighSignalBoost float64
	// PathLowSignalPenalty multiplies archives, drafts and histories. 0.01 to 1.
	PathLowSignalPenalty float64
	// PathHighSignal and PathLowSignal are the words that mark such paths: a path
	// is marked when one of its words, parted at everything that is neither
	// letter nor digit, is in the list. Low signal wins over high.
	PathHighSignal []string
	PathLowSignal  []string
}

// DefaultRankingWeights returns the documented defaults.
func DefaultRankingWeights() RankingWeights {
	return RankingWeights{
		ProjectMatchBoost:    2.0,
		QueryTokenStep:       0.02,
		QueryTokenCap:        1.32,
		PathHighSignalBoost:  1.18,
		PathLowSignalPenalty: 0.72,
		PathHighSignal: []string{
			"adr", "adrs", "architecture", "charter", "decision", "decisions", "design", "overview",
			"plan", "policy", "readme", "requirements", "roadmap", "spec", "specification", "status",
		},
		PathLowSignal: []string{
			"archive", "archived", "archives", "backup", "bak", "changelog", "deprecated", "draft",
			"drafts", "history", "legacy", "obsolete", "old", "scratch", "tmp", "trash",
		},
	}
}

// RankingBound is the documented range of one weight.
type RankingBound struct {
	Key      string // below "rank.", in snake case
	Min, Max float64
	Value    func(*RankingWeights) *float64
}

// RankingBounds lists every numeric weight with its range.
func RankingBounds() []RankingBound {
	return []RankingBound{
		{"project_match_boost", 1, 10, func(w *RankingWeights) *float64 { return &w.ProjectMatchBoost }},
		{"query_token_step", 0, 1, func(w *RankingWeights) *float64 { return &w.QueryTokenStep }},
		{"query_token_cap", 1, 10, func(w *RankingWeights) *float64 { return &w.QueryTokenCap }},
		{"path_high_signal_boost", 1, 10, func(w *RankingWeights) *float64 { return &w.PathHighSignalBoost }},
		{"path_low_signal_penalty", 0.01, 1, func(w *RankingWeights) *float64 { return &w.PathLowSignalPenalty }},
	}
}

// Validate returns an error of KindInvalid that names the key and its range.
func (w RankingWeights) Validate() error {
	for _, b := range RankingBounds() {
		v := *b.Value(&w)
		if math.IsNaN(v) || v < b.Min || v > b.Max {
			return Invalid("rank.%s = %v is out of range", b.Key, v).WithField("rank."+b.Key).
				WithHint("give a number from %v to %v", b.Min, b.Max)
		}
	}
	return nil
}

// RankingTraits are what the weights look at in a passage: all of it that does not
// depend on their numbers, so that many weights can be tried on passages that were
// looked at once.
type RankingTraits struct {
	Matched    bool // it belongs to the project asked for or hinted at
	Project    string
	Tokens     string // of the query, found in title, heading or path; parted by spaces
	TokenCount int
	Low, High  string // the word of the path that is in the list; High only without Low
}

// Traits looks at the passage. matched tells whether it belongs to the project
// asked for or hinted at; tokens are the query's distinct words in lower case,
// without stop words. Of the weights only the lists count.
func (w RankingWeights) Traits(p Passage, matched bool, tokens []string) RankingTraits {
	return w.PathSignals().Traits(&p, matched, tokens)
}

// PathSignals are the lists of ranking weights, ready to look at many passages.
type PathSignals struct{ low, high wordList }

// wordList is words as they were given, and in lower case.
type wordList struct{ given, lower []string }

func newWordList(given []string) wordList {
	l := wordList{given, make([]string, len(given))}
	for i, word := range given {
		l.lower[i] = strings.ToLower(word)
	}
	return l
}

// first returns the first of the list that is among the words, "" for none.
func (l wordList) first(words []string) string {
	for i, word := range l.lower {
		if slices.Contains(words, word) {
			return l.given[i]
		}
	}
	return ""
}

// PathSignals returns the lists of the weights.
func (w RankingWeights) PathSignals() PathSignals {
	return PathSignals{newWordList(w.PathLowSignal), newWordList(w.PathHighSignal)}
}

// Traits is RankingWeights.Traits for weights with these lists.
func (l PathSignals) Traits(p *Passage, matched bool, tokens []string) RankingTraits {
	t := RankingTraits{Matched: matched, Project: p.Project}
	var room [32]string
	path := appendWords(room[:0], strings.ToLower(p.Path))
	if t.Low = l.low.first(path); t.Low == "" {
		t.High = l.high.first(path)
	}
	labels := appendWords(appendWords(path, strings.ToLower(p.Title)), strings.ToLower(p.Heading))
	var found []string
	for _, token := range tokens {
		if slices.Contains(labels, token) {
			found = append(found, token)
		}
	}
	t.Tokens, t.TokenCount = strings.Join(found, " "), len(found)
	return t
}

// Factors returns what the weights multiply the passage's score with: Weigh of its
// Traits.
func (w RankingWeights) Factors(p Passage, matched bool, tokens []string) []Contribution {
	return w.Weigh(w.Traits(p, matched, tokens))
}

// Weigh returns what the weights multiply the score of a passage with these
// traits with, in the order in which they are documented; factors of 1 are left
// out. Of the weights only the numbers count.
func (w RankingWeights) Weigh(t RankingTraits) []Contribution {
	var out []Contribution
	w.each(t, func(name string, value float64, detail string) {
		if value != 1 {
			out = append(out, Contribution{name, value, detail})
		}
	})
	return out
}

// Multiply returns the score of a passage with this base and these traits: the base
// times what Weigh returns, one after another.
func (w RankingWeights) Multiply(base float64, t RankingTraits) float64 {
	w.each(t, func(_ string, value float64, _ string) { base *= value })
	return base
}

func (w RankingWeights) each(t RankingTraits, add func(name string, value float64, detail string)) {
	if t.Matched {
		add("project_match_boost", w.ProjectMatchBoost, t.Project)
	}
	if t.TokenCount > 0 {
		add("query_token_match", min(1+w.QueryTokenStep*float64(t.TokenCount), w.QueryTokenCap), t.Tokens)
	}
	switch {
	case t.Low != "":
		add("path_low_signal_penalty", w.PathLowSignalPenalty, t.Low)
	case t.High != "":
		add("path_high_signal_boost", w.PathHighSignalBoost, t.High)
	}
}

// Most returns a bound of the product of Weigh: for a question of so many tokens,
// where some project is matched or none is.
func (w RankingWeights) Most(matched bool, tokens int) float64 {
	most := max(1, w.PathHighSignalBoost) * max(1, min(1+w.QueryTokenStep*float64(tokens), w.QueryTokenCap))
	if matched {
		most *= max(1, w.ProjectMatchBoost)
	}
	return most * (1 + 1e-9) // the factors may be multiplied in another order
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// Words returns the words of text in lower case, in order: runs of letters and
// digits.
func Words(text string) []string { return appendWords([]string{}, strings.ToLower(text)) }

// appendWords appends the words of a text in lower case, which share its memory.
func appendWords(out []string, lower string) []string {
	start := -1
	for i, r := range lower {
		switch word := isWordRune(r); {
		case word && start < 0:
			start = i
		case !word && start >= 0:
			out = append(out, lower[start:i])
			start = -1
		}
	}
	if start >= 0 {
		out = append(out, lower[start:])
	}
	return out
}

// String renders the numeric weights on one line.
func (w RankingWeights) String() string {
	var parts []string
	for _, b := range RankingBounds() {
		parts = append(parts, fmt.Sprintf("%s=%v", b.Key, *b.Value(&w)))
	}
	return strings.Join(parts, " ")
}
