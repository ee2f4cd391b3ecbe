package engine

import (
	"math"
	"math/bits"

	"github.com/atocore/atocore/domain"
)

// sketchBits is the length of a sketch.
const sketchBits = 512

// sketchSeed picks the hyperplanes. Of twelve ways to pick them that were tried it did
// best; they differ by up to 0.006 in the measures of docs/retrieval.md.
const sketchSeed = 1

// wordSketch tells how alike the words of two passages are, without looking at them: the
// share of bits in which two sketches differ is the angle between the passages' term
// vectors in units of π, give or take 0.02 (random hyperplanes; Charikar, "Similarity
// estimation techniques from rounding algorithms", 2002). It depends on the passage
// alone: a term weighs by its own length instead of by its frequency among the
// others. All zeros stand for a passage without a word that says anything.
type wordSketch [sketchBits / 64]uint64

// sketching adds the terms of a passage up. Each bit of a sketch is the sign of the
// sum of the weights of the terms, which a hash gives one sign each for that bit. The
// sums of all bits are kept in columns: planes[p] holds the digit of value 2^p of
// each, so that one operation adds to 64 of them.
type sketching struct {
	planes [32]wordSketch
	total  uint32
}

// add takes in a term that a passage holds count times.
func (s *sketching) add(stem string, count uint32) {
	weight := sketchWeight(stem) * uint32(bits.Len32(count))
	if weight == 0 || s.total > math.MaxInt32 {
		return
	}
	s.total += weight
	h := fnv(stem) + sketchSeed
	for i := range len(wordSketch{}) {
		h += 0x9e3779b97f4a7c15
		signs := scatter(h)
		for digits := weight; digits != 0; digits &= digits - 1 {
			carry := signs
			for p := bits.TrailingZeros32(digits); carry != 0; p++ {
				s.planes[p][i], carry = s.planes[p][i]^carry, s.planes[p][i]&carry
			}
		}
	}
}

// take returns the sketch of what was added, and begins anew.
func (s *sketching) take() (k wordSketch) {
	// A bit is set where more than half of the weight was added. Both numbers are
	// compared from their least digit on: the last difference decides.
	half, used := s.total/2, bits.Len32(s.total)
	for p := range used {
		for i, sum := range s.planes[p] {
			if half>>p&1 == 0 {
				k[i] |= sum
			} else {
				k[i] &= sum
			}
		}
		s.planes[p] = wordSketch{}
	}
	s.total = 0
	return k
}

// sketchWeight is what a stem says about its passage. Short words are common words.
func sketchWeight(stem string) uint32 {
	if domain.IsStopWord(stem) {
		return 0
	}
	return min(4, uint32(len(stem)+1)/2)
}

// fnv returns a number that depends on every byte of s (FNV-1a).
func fnv(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}

// scatter returns a number each bit of which depends on every bit of h (the finaliser
// of splitmix64; Steele, Lea and Flood 2014).
func scatter(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// alikeness is the cosine by the number of bits in which two sketches differ.
var alikeness = func() (t [sketchBits + 1]float32) {
	for d := range t {
		t[d] = float32(math.Cos(math.Pi * float64(d) / sketchBits))
	}
	return t
}()

// cosine estimates the cosine of the term vectors of two passages.
func (k *wordSketch) cosine(o *wordSketch) float32 {
	n := 0
	for i := range k {
		n += bits.OnesCount64(k[i] ^ o[i])
	}
	return alikeness[n]
}
