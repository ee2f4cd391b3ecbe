package engine

import (
	"cmp"
	"math"
	"slices"
)

// Which of the terms near to an unknown word was meant is a matter of chances, as in
// a noisy channel (Kernighan, Church and Gale, 1990): of the slip, of the term by
// itself, and of the term beside the other words of the question; against that of a
// word that nobody has written yet. Each term counts by its chance.
const (
	ofFrequency = 0.5 // exponent of how many passages hold the term
	ofContext   = 0.5 // exponent of how much oftener it stands beside another word than chance has it
	assumed     = 5   // passages that a term is thought to have had without any relation to another
	companions  = 4   // the rarest words of the question that are looked at for that
	mostNear    = 8   // how many terms, by their own chances, are looked at
	mostMeant   = 3   // how many terms count …
	leastMeant  = 0.1 // … of at least this chance

	// A new word of newLetters letters has newChance, and half of it for each more:
	// the longer a word, the less it looks like another by accident.
	newLetters = 5
	newChance  = 0.7
)

// meant returns the terms that an unknown word of so many letters stands for, the
// likeliest first, weighted by their chances, and the chance that it is a new word.
// What is missing to 1 are chances of stop words and of what is too unlikely.
func (x *text) meant(all []near, letters int, beside []term) (terms []queryTerm, isNew float64) {
	type chance struct {
		near
		log float64
	}
	list := make([]chance, len(all))
	for i, n := range all {
		list[i] = chance{n, math.Log(n.chance) + ofFrequency*math.Log(float64(x.frequency(n.term))+0.5)}
	}
	likeliest := func(a, b chance) int { return cmp.Or(cmp.Compare(b.log, a.log), cmp.Compare(a.term, b.term)) }
	slices.SortFunc(list, likeliest)
	list = list[:min(len(list), mostNear)]
	for i := range list {
		for _, other := range beside {
			list[i].log += ofContext * math.Log(x.together(list[i].term, other))
		}
	}
	slices.SortFunc(list, likeliest)
	isNew = newChance * math.Pow(2, float64(newLetters-letters))
	sum := isNew
	for _, c := range list {
		sum += math.Exp(c.log)
	}
	for _, c := range list[:min(len(list), mostMeant)] {
		if share := math.Exp(c.log) / sum; !c.stop && share >= leastMeant {
			terms = append(terms, queryTerm{c.term, share})
		}
	}
	return terms, isNew / sum
}

// mostCompared bounds how many passages are looked at to see what stands beside what.
const mostCompared = 128

// together returns how much oftener passages that hold a hold b than others do: 1 when
// a says nothing about b.
func (x *text) together(a, b term) float64 {
	short, long := x.postings[a], x.postings[b]
	if len(short) == 0 || len(long) == 0 {
		return 1
	}
	expected := float64(len(long)) / float64(x.byID.len())
	holders := float64(len(short))
	if len(short) > len(long) {
		short, long = long, short
	}
	step := 1 + (len(short)-1)/mostCompared
	looked, both := (len(short)+step-1)/step, 0
	for i := 0; i < len(short) && len(long) > 0; i += step {
		at := short[i].slot()
		long = long[reach(long, at):]
		if len(long) > 0 && long[0].slot() == at {
			both++
		}
	}
	observed := float64(both) * float64(len(short)) / float64(looked)
	return (observed/expected + assumed) / (holders + assumed)
}

// reach returns how many postings lie before the slot. It gallops: few, mostly.
func reach(list []posting, at slot) int {
	end := 1
	for end < len(list) && list[end].slot() < at {
		end *= 2
	}
	low, high := end/2, min(end+1, len(list))
	for low < high {
		mid := (low + high) / 2
		if list[mid].slot() < at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
