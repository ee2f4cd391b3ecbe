package query

import (
	"math"
	"strings"

	"github.com/atocore/atocore/domain"
)

// least is the strength below which a candidate is no match.
const least = 0.005

// calibration says what a model's cosines mean.
type calibration struct {
	local bool    // the model is part of the program
	floor float64 // at and below it, texts have nothing to do with each other
	sure  float64 // from here on, a cosine alone makes a match
	// What the nearest possible vector is worth where full text says nothing: when
	// full text knows every word of the question, and when it knows none.
	known, unknown float64
}

// calibrate returns the calibration of the model. The local embedding sees the same
// words as full text, without knowing which are rare, so that it adds little to a
// question whose words are known, and everything to one whose words are not. Its
// numbers are measured (docs/retrieval.md): questions of random letters stay below
// 0.23 with every chunk, and single misspelt words begin below 0.1 with theirs, so
// that what lies between needs a second witness. The others stand for every model that was not measured.
func calibrate(m domain.EmbeddingModel) calibration {
	if strings.HasPrefix(m.Name, "local/") {
		return calibration{local: true, floor: 0.05, sure: 0.3, known: 0.02, unknown: 1}
	}
	return calibration{floor: 0.3, sure: 0.3, known: 0.5, unknown: 1}
}

// most returns what the nearest possible vector is worth at most; unknown is the
// share of the question's words that full text does not know.
func (c calibration) most(unknown float64) float64 { return c.known + (c.unknown-c.known)*unknown }

// match is a candidate on its way to a result. Its strength is text + vector, which
// lies in [0, 1].
type match struct {
	ID      string
	Passage *domain.Passage
	Cosine  float64         // as the vector index gave it
	text    float64         // what full text contributes
	stages  *domain.Signals // what that is the sum of, where the index tells; may be nil
	vector  float64         // what the vectors add to it
	// traits are what the weights look at, where they were looked at for the weights
	// that it is ranked by; else nil.
	traits *domain.RankingTraits
}

func (m *match) base() float64 { return m.text + m.vector }

// collect joins the proposals of both indexes, those of full text first.
func collect(p proposals) []match {
	matches := make([]match, 0, len(p.text)+len(p.vector))
	for i := range p.text {
		c := &p.text[i]
		m := match{ID: c.ID, Passage: c.Passage, text: unit(c.Score), stages: &c.Signals}
		if p.cosines != nil {
			m.Cosine = unit(p.cosines[i])
		}
		matches = append(matches, m)
	}
	if len(p.vector) == 0 {
		return matches
	}
	index := make(map[string]int, len(matches))
	for i := range matches {
		index[matches[i].ID] = i
	}
	for _, c := range p.vector {
		i, known := index[c.ID]
		if !known {
			i = len(matches)
			index[c.ID] = i
			matches = append(matches, match{ID: c.ID, Passage: c.Passage})
		}
		m := &matches[i]
		m.Cosine = max(m.Cosine, unit(c.Score))
	}
	return matches
}

// fuse adds to what full text says what the vectors know beyond it, as independent
// evidence (noisy or: 1 − (1 − t)(1 − v)). Ranks, as in reciprocal rank fusion,
// would hide how strong a match is: the best of nothing would look like the best.
// unknown is the share of the question's words that full text does not know. What
// stays below the least strength is dropped.
func fuse(matches []match, c calibration, unknown float64) []match {
	weight := c.most(unknown)
	kept := matches[:0]
	for i := range matches {
		m := &matches[i]
		m.vector = (1 - m.text) * weight * unit((m.Cosine-c.floor)/(1-c.floor))
		if m.base() >= least {
			kept = append(kept, *m)
		}
	}
	return kept
}

// unit clamps x to [0, 1]; what is not a number is 0.
func unit(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return min(max(x, 0), 1)
}
