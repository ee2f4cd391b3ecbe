package query

import (
	"slices"

	"github.com/atocore/atocore/domain"
)

// neighbourShare is what a chunk gets of the strength of the chunks one, two and
// three away from it in the same document, in either direction.
var neighbourShare = [...]float64{0.2, 0.1, 0.05}

// support lets the chunks of a document that match side by side support each
// other: an answer often begins in one chunk and ends in the next, which alone may
// share few words with the question. (Smoothing over neighbours, as in passage
// retrieval: Fernández, Losada and Azzopardi 2011.) Only candidates give and take,
// so that nothing is found for its neighbours' sake alone. What a chunk gains
// comes off its distance to 1.
func support(matches []match) {
	type document struct{ project, root, path string }
	documents := map[document]map[int]int{} // position in the document → index in matches
	for i, m := range matches {
		if m.Passage.Kind != domain.PassageChunk {
			continue
		}
		d := document{m.Passage.Project, m.Passage.Root, m.Passage.Path}
		if documents[d] == nil {
			documents[d] = map[int]int{}
		}
		documents[d][m.Passage.Seq] = i
	}
	for i := range matches {
		m := &matches[i]
		if m.Passage.Kind != domain.PassageChunk {
			continue
		}
		own := m.text + m.vector
		chunks := documents[document{m.Passage.Project, m.Passage.Root, m.Passage.Path}]
		var gain float64
		for distance, share := range neighbourShare {
			for _, seq := range []int{m.Passage.Seq - distance - 1, m.Passage.Seq + distance + 1} {
				if j, found := chunks[seq]; found {
					gain += share * (matches[j].text + matches[j].vector)
					m.supporters = append(m.supporters, seq)
				}
			}
		}
		m.neighbours = (1 - own) * gain
		slices.Sort(m.supporters)
	}
}
