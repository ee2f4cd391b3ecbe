package engine

// sequence is the terms of a passage in their order, packed: mostly two bytes each,
// because terms are numbered as they appear and the common ones appear early.
type sequence []uint16

const (
	wideTerm  = 0xfffe // what follows is a term too large for one unit, high half first
	breakTerm = 0xffff // noTerm
)

// encode packs terms.
func encode(terms []term) sequence {
	n := len(terms)
	for _, t := range terms {
		if t >= wideTerm && t != noTerm {
			n += 2
		}
	}
	s := make(sequence, 0, n)
	for _, t := range terms {
		switch {
		case t == noTerm:
			s = append(s, breakTerm)
		case t >= wideTerm:
			s = append(s, wideTerm, uint16(t>>16), uint16(t))
		default:
			s = append(s, uint16(t))
		}
	}
	return s
}

// decode appends the terms to out. It reads no further than s goes, whatever s is.
func (s sequence) decode(out []term) []term {
	for i := 0; i < len(s); i++ {
		switch u := s[i]; {
		case u < wideTerm:
			out = append(out, term(u))
		case u == breakTerm:
			out = append(out, noTerm)
		case i+2 < len(s):
			out = append(out, term(s[i+1])<<16|term(s[i+2]))
			i += 2
		}
	}
	return out
}
