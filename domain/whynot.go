package domain

// WhyNotVerdict says in a word what became of a passage that was expected.
type WhyNotVerdict string

// What can have become of it, from the farthest off to the nearest.
const (
	WhyNotMissing     WhyNotVerdict = "missing"      // no document, chunk or memory is called so
	WhyNotInactive    WhyNotVerdict = "inactive"     // a memory that is not active takes no part in answers
	WhyNotOutOfScope  WhyNotVerdict = "out_of_scope" // it belongs to another project, or is of another kind
	WhyNotNotProposed WhyNotVerdict = "not_proposed" // neither index proposed it
	WhyNotTooWeak     WhyNotVerdict = "too_weak"     // proposed, and dropped as no match
	WhyNotOutranked   WhyNotVerdict = "outranked"    // ranked, below the last result
	WhyNotAnswered    WhyNotVerdict = "answered"     // it is among the results
)

// WhyNot explains the place of a passage that was expected in an answer.
type WhyNot struct {
	Expected string // as it was asked for
	Verdict  WhyNotVerdict
	Reason   string   // one sentence for a person
	Nearest  []string // missing: names that may have been meant, best first

	Passages    int      // how many passages go by that name
	Passage     *Passage // the one of them that came farthest; nil when missing
	Ranked      int      // how many candidates were ranked for the question
	Rank        int      // of Passage among them, from 1; 0 when it was not ranked
	Explanation *Explanation

	// What the indexes said of Passage, each in [0, 1] and 0 for nothing: the
	// strength of full text and the cosine.
	TextScore, Cosine float64

	Holds []string // words of the question that Passage holds, in any inflection
	Lacks []string // those that it lacks

	// Last is the last result that made it, or, for one that did, the one above it.
	Last   *Result
	Behind []Gap // Passage beside Last: all signals and factors that differ
}

// Gap compares one signal or factor of two explanations.
type Gap struct {
	Name     string
	Factor   bool // multiplied, not added
	Expected float64
	Last     float64
	Detail   string // what brought about the larger of the two
}

// Beside returns the signals and factors in which e and last differ, in the order
// in which they are explained. What an explanation leaves out is a
// signal of 0 or a factor of 1.
func (e Explanation) Beside(last Explanation) []Gap {
	var out []Gap
	add := func(factor bool, neutral float64, mine, theirs []Contribution) {
		of := func(list []Contribution, name string) Contribution {
			for _, c := range list {
				if c.Name == name {
					return c
				}
			}
			return Contribution{Value: neutral}
		}
		seen := map[string]bool{}
		for _, list := range [][]Contribution{theirs, mine} {
			for _, c := range list {
				if seen[c.Name] {
					continue
				}
				seen[c.Name] = true
				m, t := of(mine, c.Name), of(theirs, c.Name)
				if m.Value == t.Value {
					continue
				}
				detail := t.Detail
				if m.Value > t.Value && m.Detail != "" || detail == "" {
					detail = m.Detail
				}
				out = append(out, Gap{c.Name, factor, m.Value, t.Value, detail})
			}
		}
	}
	add(false, 0, e.Signals, last.Signals)
	add(true, 1, e.Factors, last.Factors)
	return out
}
