package engine

import "unsafe"

// stringSet numbers different strings in the order in which they came. It is but
// runs of numbers: small, and in an image as it is in memory.
type stringSet struct {
	text  []byte   // the strings, joined
	ends  []uint32 // by number: where each ends in text
	tags  []uint8  // by place: 7 bits of the hash of the string there and mark, 0 where nothing is
	table []uint32 // by place: the number
}

// mark is set in the tag of every place that is taken.
const mark = 1 << 7

func (s *stringSet) len() int { return len(s.ends) }

// at returns the string of a number below len. It stays valid, whatever is added.
func (s *stringSet) at(n uint32) string {
	start := uint32(0)
	if n > 0 {
		start = s.ends[n-1]
	}
	return view(s.text[start:s.ends[n]])
}

// find returns the number of a string, and whether it is in the set.
func (s *stringSet) find(word string) (uint32, bool) {
	for i, tag := s.start(hashOf(word)); s.taken(i); i = s.next(i) {
		if s.tags[i] == tag && s.at(s.table[i]) == word {
			return s.table[i], true
		}
	}
	return 0, false
}

// start returns the place from which a string of this hash is looked for, and its tag.
func (s *stringSet) start(hash uint64) (place uint32, tag uint8) {
	return uint32(hash) & uint32(len(s.tags)-1), uint8(hash>>57) | mark
}

// taken tells whether anything is at the place: where nothing is, the search ends.
func (s *stringSet) taken(place uint32) bool { return len(s.tags) > 0 && s.tags[place] != 0 }

func (s *stringSet) next(place uint32) uint32 { return (place + 1) & uint32(len(s.tags)-1) }

// add puts a string that is not in the set into it, and returns its number.
func (s *stringSet) add(word string) uint32 {
	if 4*(len(s.ends)+1) > 3*len(s.tags) {
		s.rehash(max(64, 2*len(s.tags)))
	}
	n := uint32(len(s.ends))
	s.text = append(s.text, word...)
	s.ends = append(s.ends, uint32(len(s.text)))
	s.place(n)
	return n
}

// rehash makes so many places, which must be a power of two.
func (s *stringSet) rehash(places int) {
	s.tags, s.table = make([]uint8, places), make([]uint32, places)
	for n := range s.ends {
		s.place(uint32(n))
	}
}

func (s *stringSet) place(n uint32) {
	i, tag := s.start(hashOf(s.at(n)))
	for s.taken(i) {
		i = s.next(i)
	}
	s.tags[i], s.table[i] = tag, n
}

// hashBase makes hashes polynomials of the characters, so that the hash of a word
// with a slip follows from those of the parts around it.
const hashBase = 0x9e3779b97f4a7c15

func hashOf(word string) uint64 {
	var h uint64
	for _, r := range word {
		h = h*hashBase + uint64(r)
	}
	return finish(h)
}

// finish makes a hash of a polynomial: all of its bits count (the finaliser of
// MurmurHash3).
func finish(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// view returns bytes that do not change any more, or not while it is used, as a string.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
