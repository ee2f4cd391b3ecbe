package domain

import (
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a list of path words.
const (
	MaxPathWords     = 200
	MaxPathWordBytes = 64
)

// RankingChange is a partial set of weights: what a what-if changes in the
// weights that hold. Keys are those below "rank.", in snake case. The zero value
// changes nothing.
type RankingChange struct {
	Numbers map[string]float64
	Lists   map[string][]string // path_high_signal, path_low_signal
}

// IsZero tells whether it changes nothing.
func (c RankingChange) IsZero() bool { return len(c.Numbers)+len(c.Lists) == 0 }

// RankingLists returns the keys of the weights that are lists of words.
func RankingLists() []string { return []string{"path_high_signal", "path_low_signal"} }

// RankingKeys returns every key below "rank.", in the order of the documentation.
func RankingKeys() []string {
	var keys []string
	for _, b := range RankingBounds() {
		keys = append(keys, b.Key)
	}
	return append(keys, RankingLists()...)
}

// UnknownRankingKey is the error for a key that no weight has.
func UnknownRankingKey(key string) *Error {
	err := Invalid("unknown weight rank.%s", key).WithField("rank." + key)
	err.Nearest = Nearest(key, RankingKeys())
	if hint := DidYouMean(err.Nearest); hint != "" {
		return err.WithHint("%s", hint)
	}
	return err.WithHint("one of %s", strings.Join(RankingKeys(), ", "))
}

// Apply returns w with the change made. An unknown key, a number out of its range
// or a word that cannot be one of a path is an error of KindInvalid that names key
// and range; its field is the key with "rank." before it.
func (c RankingChange) Apply(w RankingWeights) (RankingWeights, error) {
	bounds := map[string]RankingBound{}
	for _, b := range RankingBounds() {
		bounds[b.Key] = b
	}
	for _, key := range slices.Sorted(maps.Keys(c.Numbers)) {
		b, known := bounds[key]
		if !known {
			return w, UnknownRankingKey(key)
		}
		v := c.Numbers[key]
		if math.IsNaN(v) || v < b.Min || v > b.Max {
			return w, Invalid("rank.%s = %v is out of range", key, v).WithField("rank."+key).
				WithHint("give a number from %v to %v", b.Min, b.Max)
		}
		*b.Value(&w) = v
	}
	for _, key := range slices.Sorted(maps.Keys(c.Lists)) {
		if !slices.Contains(RankingLists(), key) {
			return w, UnknownRankingKey(key)
		}
		if err := checkPathWords("rank."+key, c.Lists[key]); err != nil {
			return w, err
		}
		list := slices.Clone(c.Lists[key])
		if key == "path_high_signal" {
			w.PathHighSignal = list
		} else {
			w.PathLowSignal = list
		}
	}
	return w, nil
}

// checkPathWords refuses what could never be a word of a path, or only by mistake.
func checkPathWords(field string, list []string) error {
	if len(list) > MaxPathWords {
		return Invalid("%s has %d words, the most is %d", field, len(list), MaxPathWords).WithField(field)
	}
	for _, word := range list {
		if !utf8.ValidString(word) || len(word) > MaxPathWordBytes || len(Words(word)) != 1 || Words(word)[0] != strings.ToLower(word) {
			return Invalid("%s holds %q, which is not a word", field, word).WithField(field).
				WithHint("give words of letters and digits, at most %d bytes each", MaxPathWordBytes)
		}
	}
	return nil
}

// Difference returns the change that makes other of w.
func (w RankingWeights) Difference(other RankingWeights) RankingChange {
	c := RankingChange{}
	for _, b := range RankingBounds() {
		if from, to := *b.Value(&w), *b.Value(&other); from != to {
			if c.Numbers == nil {
				c.Numbers = map[string]float64{}
			}
			c.Numbers[b.Key] = to
		}
	}
	for _, l := range []struct {
		key      string
		from, to []string
	}{{"path_high_signal", w.PathHighSignal, other.PathHighSignal}, {"path_low_signal", w.PathLowSignal, other.PathLowSignal}} {
		if !slices.Equal(l.from, l.to) {
			if c.Lists == nil {
				c.Lists = map[string][]string{}
			}
			c.Lists[l.key] = slices.Clone(l.to)
		}
	}
	return c
}
