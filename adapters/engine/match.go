package engine

import (
	"math/bits"
	"slices"
)

// matchBlock is how many words are compared at once.
const matchBlock = 16

// matcher finds some terms in sequences.
type matcher struct {
	terms [][matchBlock]uint16 // each term as a block full of it
	wide  []term               // those that are too large for one unit
	bits  []uint32
}

// start makes it look for these terms.
func (m *matcher) start(terms []queryTerm) {
	m.terms, m.wide = m.terms[:0], m.wide[:0]
	for _, t := range terms {
		if t.term >= wideTerm {
			m.wide = append(m.wide, t.term)
		} else {
			m.add(uint16(t.term))
		}
	}
	m.add(wideTerm) // what follows one is no term, and moves what comes later
}

func (m *matcher) add(unit uint16) {
	var b [matchBlock]uint16
	for i := range b {
		b[i] = unit
	}
	m.terms = append(m.terms, b)
}

// find calls f with every term in s that is one of those looked for and its position,
// in order.
func (m *matcher) find(s sequence, f func(at int, t term)) {
	blocks := len(s) / matchBlock
	m.bits = zeros(m.bits, blocks+1)
	matchBlocks(s, m.terms, m.bits[:blocks])
	if rest := s[blocks*matchBlock:]; len(rest) > 0 {
		var last [matchBlock]uint16
		for i := copy(last[:], rest); i < len(last); i++ {
			last[i] = breakTerm
		}
		matchBlocks(last[:], m.terms, m.bits[blocks:])
	}
	wide, next := 0, 0
	for b, found := range m.bits {
		for found &= 0x55555555; found != 0; found &= found - 1 {
			i := b*matchBlock + bits.TrailingZeros32(found)/2
			switch u := s[i]; {
			case i < next: // a part of a wide term
			case u < wideTerm:
				f(i-2*wide, term(u))
			case i+2 < len(s):
				if t := term(s[i+1])<<16 | term(s[i+2]); slices.Contains(m.wide, t) {
					f(i-2*wide, t)
				}
				wide++
				next = i + 3
			}
		}
	}
}

// matchPortable sets for each block of words two bits for each word that is one of
// the terms.
func matchPortable(words []uint16, terms [][matchBlock]uint16, out []uint32) {
	// Most words are none of the terms: what they are folded to tells.
	var folded [64]uint64
	for i := range terms {
		t := terms[i][0]
		folded[t>>6&63] |= 1 << (t & 63)
	}
	for b := range out {
		var found uint32
		for i, w := range words[b*matchBlock:][:matchBlock] {
			if folded[w>>6&63]>>(w&63)&1 == 0 {
				continue
			}
			for j := range terms {
				if terms[j][0] == w {
					found |= 3 << (2 * i)
					break
				}
			}
		}
		out[b] = found
	}
}
