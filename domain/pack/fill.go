package pack

import (
	"slices"
	"strconv"
	"strings"

	"github.com/atocore/atocore/domain"
)

// prefixes begin the labels of the tiers.
var prefixes = map[domain.Tier]string{domain.TierState: "S", domain.TierMemory: "M", domain.TierDocument: "D"}

// row is what a tier could fill a pack with: from its front, as far as the budget
// reaches.
type row struct {
	items []domain.PackItem // admitted and labelled, cut to the largest item that there is
	whole []domain.PackItem // the same before they were cut
	rest  []domain.PackItem // not looked at: the budget does not reach so far
}

// fill puts into p what fits of what was found, and writes it down.
func (s *Service) fill(p *domain.Pack, f finding, asked map[string]bool) {
	p.LeftOut = f.left
	room := p.Budget - s.Tokenizer.Count(head(opening, p.AsOf))
	sieve := sifter{outdated: f.outdated}
	rows, wants := map[domain.Tier]row{}, map[domain.Tier]int{}
	for _, tier := range domain.Tiers {
		rows[tier], wants[tier] = s.line(&sieve, f.items[tier], tier, room, asked, p)
	}
	parts := divide(room, wants)
	for _, tier := range domain.Tiers {
		s.take(p, rows[tier], parts[tier]-s.Tokenizer.Count(titles[tier]), asked)
	}
	s.write(p, len(f.items) > 0)
}

// line lines up what is admitted of a tier, and returns what all of it would cost
// with its title; of documents, no more than the room that there is.
func (s *Service) line(sieve *sifter, items []domain.PackItem, tier domain.Tier, room int, asked map[string]bool, p *domain.Pack) (row, int) {
	var r row
	cost := s.Tokenizer.Count(titles[tier])
	for at, i := range items {
		// What is trusted more is held against what is trusted less, and so admitted
		// whether it fits or not: the budget must not decide what counts as said.
		full := cost > room
		if full && tier == domain.TierDocument {
			r.rest = items[at:]
			break
		}
		i, out := sieve.admit(i)
		if out != nil {
			p.LeftOut = append(p.LeftOut, *out)
			continue
		}
		if full {
			r.rest = append(r.rest, i)
			continue
		}
		i.Label = prefixes[tier] + strconv.Itoa(len(r.items)+1)
		fitted, ok := s.fit(i, largest, asked)
		if !ok { // its label alone is too long
			p.LeftOut = append(p.LeftOut, *left(i, domain.LeftForBudget, ""))
			continue
		}
		r.items, r.whole = append(r.items, fitted), append(r.whole, i)
		cost += fitted.Tokens
	}
	if len(r.items) == 0 {
		return r, 0
	}
	return r, cost
}

// take puts into p what fits from the front of the row. The first that does not fit
// is cut if that helps, and ends it: what comes later must not jump the queue.
func (s *Service) take(p *domain.Pack, r row, tokens int, asked map[string]bool) {
	for at, i := range r.items {
		if i.Tokens <= tokens {
			p.Items = append(p.Items, i)
			tokens -= i.Tokens
			continue
		}
		behind := r.whole[at:]
		if part, ok := s.fit(r.whole[at], tokens, asked); ok {
			p.Items = append(p.Items, part)
			behind = behind[1:]
		}
		for _, i := range behind {
			p.LeftOut = append(p.LeftOut, *left(i, domain.LeftForBudget, ""))
		}
		break
	}
	for _, i := range r.rest {
		p.LeftOut = append(p.LeftOut, *left(i, domain.LeftForBudget, ""))
	}
}

// write writes the pack down. By the tokenizer's contract it fits; that it does is
// checked all the same, because the budget is a promise.
func (s *Service) write(p *domain.Pack, found bool) {
	for {
		p.Markdown = render(p.Items, found, *p)
		if p.Tokens = s.Tokenizer.Count(p.Markdown); p.Tokens <= p.Budget || len(p.Items) == 0 {
			return
		}
		last := p.Items[len(p.Items)-1]
		p.Items = slices.Delete(p.Items, len(p.Items)-1, len(p.Items))
		p.LeftOut = append(p.LeftOut, *left(last, domain.LeftForBudget, ""))
	}
}

func render(items []domain.PackItem, found bool, p domain.Pack) string {
	switch {
	case len(items) > 0:
	case found:
		return head(cramped, p.AsOf)
	default:
		return head(barren, p.AsOf)
	}
	var b strings.Builder
	b.WriteString(head(opening, p.AsOf))
	var tier domain.Tier
	for _, i := range items {
		if i.Tier != tier {
			tier = i.Tier
			b.WriteString(titles[tier])
		}
		b.WriteString(block(i))
	}
	return b.String()
}
