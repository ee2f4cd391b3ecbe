package domain

import (
	"iter"
	"maps"
	"slices"
)

// Claims are texts, by id, that others are held against. The zero value is empty. It
// is not safe for concurrent use.
type Claims struct {
	said  map[string]Claim
	sizes map[string]int            // how many terms each has
	terms map[string]map[string]int // how often which ids have it, by term; those without any below ""
}

// Put adds a text, or puts it in the place of the one with its id.
func (c *Claims) Put(id, text string) {
	c.Remove(id)
	if c.said == nil {
		c.said, c.sizes, c.terms = map[string]Claim{}, map[string]int{}, map[string]map[string]int{}
	}
	claim := ReadClaim(text)
	own, size := counted(claim)
	c.said[id], c.sizes[id] = claim, size
	for t, n := range own {
		if c.terms[t] == nil {
			c.terms[t] = map[string]int{}
		}
		c.terms[t][id] = n
	}
}

// Remove takes a text out; one that is not there is passed over.
func (c *Claims) Remove(id string) {
	claim, known := c.said[id]
	if !known {
		return
	}
	own, _ := counted(claim)
	for t := range own {
		delete(c.terms[t], id)
		if len(c.terms[t]) == 0 {
			delete(c.terms, t)
		}
	}
	delete(c.said, id)
	delete(c.sizes, id)
}

// Sharing yields, in order of id, the claims that share at least three terms in four
// with this one, each counted as often as both have it: all that can be repeats of each
// other, and few others.
func (c *Claims) Sharing(claim Claim) iter.Seq2[string, Claim] {
	return func(yield func(string, Claim) bool) {
		if len(c.said) == 0 {
			return
		}
		own, size := counted(claim)
		common := map[string]int{}
		for t, n := range own {
			for id, m := range c.terms[t] {
				common[id] += min(n, m)
			}
		}
		maps.DeleteFunc(common, func(id string, n int) bool { return 4*n < 3*max(c.sizes[id], size) })
		for _, id := range slices.Sorted(maps.Keys(common)) {
			if !yield(id, c.said[id]) {
				return
			}
		}
	}
}

// counted returns how often a claim has which terms, and how many that is in all.
func counted(c Claim) (terms map[string]int, size int) {
	if len(c.terms) == 0 {
		return map[string]int{"": 1}, 1
	}
	terms = make(map[string]int, len(c.terms))
	for _, t := range c.terms {
		terms[t]++
	}
	return terms, len(c.terms)
}
