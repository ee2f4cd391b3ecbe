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
	sizes map[string]int             // how many different terms each has
	terms map[string]map[string]bool // ids, by term; those without any below ""
}

// Put adds a text, or puts it in the place of the one with its id.
func (c *Claims) Put(id, text string) {
	c.Remove(id)
	if c.said == nil {
		c.said, c.sizes, c.terms = map[string]Claim{}, map[string]int{}, map[string]map[string]bool{}
	}
	claim := ReadClaim(text)
	own := distinct(claim)
	c.said[id], c.sizes[id] = claim, len(own)
	for t := range own {
		if c.terms[t] == nil {
			c.terms[t] = map[string]bool{}
		}
		c.terms[t][id] = true
	}
}

// Remove takes a text out; one that is not there is passed over.
func (c *Claims) Remove(id string) {
	claim, known := c.said[id]
	if !known {
		return
	}
	for t := range distinct(claim) {
		delete(c.terms[t], id)
		if len(c.terms[t]) == 0 {
			delete(c.terms, t)
		}
	}
	delete(c.said, id)
	delete(c.sizes, id)
}

// Sharing yields, in order of id, the claims that share at least three different
// terms in four with this one: all that can be repeats of each other, and few others.
func (c *Claims) Sharing(claim Claim) iter.Seq2[string, Claim] {
	return func(yield func(string, Claim) bool) {
		if len(c.said) == 0 {
			return
		}
		own := distinct(claim)
		common := map[string]int{}
		for t := range own {
			for id := range c.terms[t] {
				common[id]++
			}
		}
		maps.DeleteFunc(common, func(id string, n int) bool { return 4*n < 3*max(c.sizes[id], len(own)) })
		for _, id := range slices.Sorted(maps.Keys(common)) {
			if !yield(id, c.said[id]) {
				return
			}
		}
	}
}

// distinct returns the different terms of a claim.
func distinct(c Claim) map[string]bool {
	out := make(map[string]bool, len(c.terms))
	for _, t := range c.terms {
		out[t] = true
	}
	if len(out) == 0 {
		out[""] = true
	}
	return out
}
