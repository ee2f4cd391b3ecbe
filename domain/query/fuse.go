package query

import (
	"math"
	"strings"

	"github.com/atocore/atocore/domain"
)

const (
	// vectorWeight is what the nearest possible vector is worth where full text says
	// nothing: less than full text, which knows what is rare.
	vectorWeight = 0.3
	// least is the strength below which a candidate is no match.
	least = 0.01
)

// calibration says what a model's cosines mean.
type calibration struct {
	floor float64 // at and below it, texts have nothing to do with each other
	sure  float64 // from here on, a cosine alone makes a match
}

// calibrate returns the calibration of the model. Those of the local embedding are
// measured (docs/retrieval.md): unrelated chunks stay below 0.23, and misspelt
// questions begin at 0.1, so that what lies between needs a second witness. The
// others stand for every model that was not measured.
func calibrate(m domain.EmbeddingModel) calibration {
	if strings.HasPrefix(m.Name, "local/") {
		return calibration{floor: 0.1, sure: 0.3}
	}
	return calibration{floor: 0.3, sure: 0.3}
}

// match is a candidate on its way to a result. Its strength is text + vector +
// neighbours, which lies in [0, 1].
type match struct {
	ID         string
	Passage    domain.Passage
	Cosine     float64 // as the vector index gave it
	text       float64 // what full text contributes
	vector     float64 // what the vectors add to it
	neighbours float64 // what chunks nearby add to that
	kin        []kinship
	supporters []int // their positions in the document
}

func (m match) base() float64 { return m.text + m.vector + m.neighbours }

// fuse joins the proposals of both indexes. The two strengths are joined as
// independent pieces of evidence (noisy or: 1 − (1 − t)(1 − v)), because ranks, as
// in reciprocal rank fusion, would hide how strong a match is: the best of nothing
// would look like the best. What remains below the least strength is dropped.
func fuse(text, vector []domain.Candidate, floor float64) []match {
	matches := make([]match, 0, len(text)+len(vector))
	index := make(map[string]int, len(text)+len(vector))
	at := func(id string) *match {
		i, known := index[id]
		if !known {
			i = len(matches)
			index[id] = i
			matches = append(matches, match{ID: id})
		}
		return &matches[i]
	}
	for _, c := range text {
		m := at(c.ID)
		m.text = max(m.text, unit(c.Score))
	}
	for _, c := range vector {
		m := at(c.ID)
		m.Cosine = max(m.Cosine, unit(c.Score))
	}
	kept := matches[:0]
	for _, m := range matches {
		m.vector = (1 - m.text) * vectorWeight * nearness(m.Cosine, floor)
		if m.base() >= least {
			kept = append(kept, m)
		}
	}
	return kept
}

// nearness maps a cosine to [0, 1]: 0 up to the floor, then linear.
func nearness(cosine, floor float64) float64 {
	return unit((cosine - floor) / (1 - floor))
}

// unit clamps x to [0, 1]; what is not a number is 0.
func unit(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return min(max(x, 0), 1)
}
