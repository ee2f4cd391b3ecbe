package domain

import (
	"slices"
	"strings"
)

// Likeness is what a new text is to one that is stored.
type Likeness string

// What two texts can be to each other.
const (
	Unrelated   Likeness = "neither"
	Repeats     Likeness = "repeat"        // says nothing that the stored one does not
	Contradicts Likeness = "contradiction" // probably: both can hardly hold
)

// maxClaim is how many telling words a text may have to be read as one claim.
const maxClaim = 60

// Liken judges a new text beside a stored one of the same type and project, by
// words alone; docs/memories.md has the rules and how well they do. It is quick to
// say Unrelated: two memories too many are better than one lost, or one held back.
func Liken(stored, text string) Likeness { return ReadClaim(stored).Liken(ReadClaim(text)) }

// Liken is the function of that name for texts that were read before: one that is
// held against many is read once.
func (c Claim) Liken(now Claim) Likeness {
	old := c
	if slices.Equal(old.words, now.words) {
		return Repeats
	}
	if len(old.terms) > maxClaim || len(now.terms) > maxClaim {
		return Unrelated // a text of many claims
	}
	shared, onlyOld, onlyNow := split(old.terms, now.terms)
	n := len(shared)
	if n == 0 {
		return Unrelated
	}
	all := n + len(onlyOld) + len(onlyNow)
	if old.negated != now.negated {
		if 5*n >= 3*all { // at least three in five terms are common
			return Contradicts
		}
		return Unrelated
	}
	if len(onlyNow) == 0 {
		switch {
		case turned(old.words, now.words) || reversed(old.words, now.words):
			return Contradicts
		case len(onlyOld) == 0 && !reordered(old, now):
			return Unrelated // who did it to whom is the other way round
		case 4*n >= 3*all && !slices.ContainsFunc(onlyOld, isNumber):
			return Repeats
		}
		return Unrelated
	}
	if len(onlyOld) == 0 {
		return Unrelated // it adds something
	}
	if len(onlyOld)+len(onlyNow) <= 3 && opposed(onlyOld, onlyNow) {
		return Contradicts
	}
	if n >= 2 && swapped(old, now, onlyOld, onlyNow) {
		return Contradicts
	}
	return Unrelated
}

// Claim is a text as Liken reads it. It is read only.
type Claim struct {
	words   []string // all of them, in lower case
	terms   []string // stems of those that carry meaning, in order
	verb    int      // how many terms stand before what is said of them
	negated bool
	named   []string // numbers that name a thing ("issue 17")
	joined  bool     // a joining word was there, verb is not a guess
}

var contractions = strings.NewReplacer("n't", " not", "n’t", " not")

// ReadClaim reads a text.
func ReadClaim(text string) Claim {
	text = contractions.Replace(strings.ToLower(text))
	c := Claim{words: Words(text), verb: -1}
	before := ""
	for _, w := range c.words {
		stem := StemOf(w)
		if d, ok := digits[w]; ok {
			w, stem = d, d
		}
		switch {
		case negations[w]:
			c.negated = !c.negated
		case w == "always":
		case joins[w]:
			if c.verb < 0 && len(c.terms) > 0 {
				c.verb, c.joined = len(c.terms), true
			}
		case !isNumber(w) && IsStopWord(w):
		default:
			if isNumber(w) && (numbered[before] || len(c.terms) == 1) {
				c.named = append(c.named, before+" "+w)
			}
			c.terms = append(c.terms, stem)
			before = stem
		}
	}
	if c.verb < 0 && len(c.terms) > 2 {
		c.verb = 1 // who, does, what
	}
	return c
}

// Terms returns the stems of the words that carry meaning, in order. The caller
// leaves them as they are.
func (c Claim) Terms() []string { return c.terms }

// One tells whether the text is short enough to be read as one claim.
func (c Claim) One() bool { return len(c.terms) <= maxClaim }

// swapped tells whether two claims say different things of the same: what stands
// before the joining word is equal, and what differs is one short run behind it,
// led by the same word, and of one kind.
func swapped(old, now Claim, onlyOld, onlyNow []string) bool {
	if len(onlyOld) > 2 || len(onlyNow) > 2 || old.verb < 0 || now.verb < 0 || !slices.Equal(old.named, now.named) {
		return false
	}
	if !slices.Equal(old.terms[:min(old.verb, len(old.terms))], now.terms[:min(now.verb, len(now.terms))]) {
		return false
	}
	if a, b := slices.ContainsFunc(onlyOld, isNumber), slices.ContainsFunc(onlyNow, isNumber); a || b {
		return a && b && len(onlyOld) == len(onlyNow) && (old.joined && now.joined || !counting(old) && !counting(now))
	}
	a, okA := old.run(onlyOld)
	b, okB := now.run(onlyNow)
	return okA && okB && a.led == b.led && a.article == b.article && !a.many && !b.many && !a.deed && !b.deed &&
		(len(onlyOld) == len(onlyNow)) && (a.last && b.last || old.joined && now.joined)
}

// counting tells whether a claim without a joining word is too bare for its numbers
// to be values: "client 3 says 17" counts, and "runs on port 5432" states.
func counting(c Claim) bool {
	words := 0
	for i, t := range c.terms {
		if !isNumber(t) {
			words++
		} else if i == c.verb+1 && i == len(c.terms)-1 {
			return true // the number is all that is said
		}
	}
	return words < 3
}

// run is where the terms that only one claim has stand in it.
type run struct {
	led     string // the word before, articles left out
	article bool   // whether one stands between
	last    bool   // nothing that carries meaning follows
	many    bool   // a word before it admits several answers at a time
	deed    bool   // what is done, not what is: several things can be done to one
}

// run finds the terms in the text; not ok when they do not stand side by side.
func (c Claim) run(terms []string) (r run, ok bool) {
	from, to := -1, -1
	rest := slices.Clone(terms)
	for i, w := range c.words {
		stem := StemOf(w)
		at := slices.Index(rest, stem)
		if at >= 0 && (!IsStopWord(w) || isNumber(w)) {
			rest = slices.Delete(rest, at, at+1)
			if from < 0 {
				from = i
				r.deed = len(w) > 4 && strings.HasSuffix(w, "ed")
			} else if to != i-1 {
				return r, false
			}
			to = i
			continue
		}
		if from < 0 {
			if r.article = w == "a" || w == "an" || w == "the"; !r.article {
				r.led = w
			}
			r.many = r.many || plural[stem]
		}
	}
	r.last = to >= 0 && !slices.ContainsFunc(c.words[to+1:], func(w string) bool { return !IsStopWord(w) })
	return r, from >= 0 && len(rest) == 0
}

// reordered tells whether the same terms stand in an order that leaves the roles as
// they are: a clause moved to the other end, two neighbours changed places, or the
// voice was changed ("by").
func reordered(a, b Claim) bool {
	n := len(a.terms)
	for i := range n {
		if slices.Equal(append(slices.Clone(a.terms[i:]), a.terms[:i]...), b.terms) {
			return true
		}
		if i+1 < n {
			swap := slices.Clone(a.terms)
			swap[i], swap[i+1] = swap[i+1], swap[i]
			if slices.Equal(swap, b.terms) {
				return true
			}
		}
	}
	return slices.Contains(a.words, "by") != slices.Contains(b.words, "by")
}

// reversed tells whether one text has a small word where the other has its opposite.
func reversed(a, b []string) bool {
	for _, pair := range smallOpposites {
		for _, p := range [][2]string{pair, {pair[1], pair[0]}} {
			if slices.Contains(a, p[0]) && !slices.Contains(a, p[1]) && slices.Contains(b, p[1]) && !slices.Contains(b, p[0]) {
				return true
			}
		}
	}
	return false
}

// turned tells whether two texts of the same words say the words around "over",
// "before" or "not" the other way round.
func turned(a, b []string) bool {
	around := func(words []string, i int) (left, right string) {
		for j := i - 1; j >= 0 && left == ""; j-- {
			left = telling(words[j])
		}
		for j := i + 1; j < len(words) && right == ""; j++ {
			right = telling(words[j])
		}
		return left, right
	}
	for i, w := range a {
		if !turning[w] {
			continue
		}
		l, r := around(a, i)
		for j, v := range b {
			if v != w || l == "" || r == "" {
				continue
			}
			if l2, r2 := around(b, j); l2 == r && r2 == l {
				return true
			}
		}
	}
	return false
}

// telling returns the stem of a word that can be turned around, "" for others.
func telling(w string) string {
	if IsStopWord(w) && w != "what" && w != "why" && w != "how" {
		return ""
	}
	return StemOf(w)
}

// opposed tells whether the two hold the halves of a pair of opposites.
func opposed(a, b []string) bool {
	for _, pair := range opposites {
		l, r := StemOf(pair[0]), StemOf(pair[1])
		if slices.Contains(a, l) && slices.Contains(b, r) || slices.Contains(a, r) && slices.Contains(b, l) {
			return true
		}
	}
	return false
}

// split takes two bags of terms apart.
func split(a, b []string) (shared, onlyA, onlyB []string) {
	onlyB = slices.Clone(b)
	for _, t := range a {
		if i := slices.Index(onlyB, t); i >= 0 {
			shared, onlyB = append(shared, t), slices.Delete(onlyB, i, i+1)
			continue
		}
		onlyA = append(onlyA, t)
	}
	return shared, onlyA, onlyB
}

func isNumber(w string) bool {
	for i := range len(w) {
		if w[i] < '0' || w[i] > '9' {
			return false
		}
	}
	return w != ""
}
