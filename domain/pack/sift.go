package pack

import (
	"hash/fnv"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
)

// sifter admits what may stand in a pack, one after the other, the most trusted
// first: each only if it says something that none before it says.
type sifter struct {
	outdated func(domain.PackItem) []domain.Outdated
	admitted []reading
}

// reading is an admitted item as duplicates are looked for.
type reading struct {
	name  string // id, or key
	tier  domain.Tier
	claim domain.Claim
	terms []uint64 // hashes of its distinct terms, sorted
	// numbers are those that it says: copies say the same ones.
	numbers []string
}

// alike is the share of common words from which two passages of documents count as
// copies of each other.
const alike = 0.9

func name(i domain.PackItem) string {
	if i.Tier == domain.TierState {
		return i.Key
	}
	return i.ID
}

func place(i domain.PackItem) string {
	if i.Tier == domain.TierDocument {
		return lines(i.Path, i.StartLine, i.EndLine)
	}
	return ""
}

func left(i domain.PackItem, reason, of string) *domain.LeftOut {
	return &domain.LeftOut{Tier: i.Tier, ID: name(i), Place: place(i), Reason: reason, Of: of, Score: i.Score}
}

// admit returns the item as it may be shown, or why it is left out.
func (s *sifter) admit(i domain.PackItem) (domain.PackItem, *domain.LeftOut) {
	if i.Tier == domain.TierDocument {
		i.Outdated = s.outdated(i)
		if !holds(i) {
			return i, left(i, domain.LeftAsOutdated, i.Outdated[0].Memory)
		}
		i.Content = redact(i.Content, i.Outdated)
		i.Heading = s.heading(i)
	}
	r := read(i)
	for _, other := range s.admitted {
		if other.repeated(r) {
			return i, left(i, domain.LeftAsDuplicate, other.name)
		}
	}
	s.admitted = append(s.admitted, r)
	i.Content, i.Altered = show(i.Content)
	return i, nil
}

// heading returns the headings above an item, without those that say what does not
// hold any more.
func (s *sifter) heading(i domain.PackItem) string {
	const between = " > "
	parts := strings.Split(i.Heading, between)
	for n, part := range parts {
		title := domain.PackItem{Tier: i.Tier, Project: i.Project, Content: part}
		if out := s.outdated(title); len(out) > 0 {
			parts[n] = "⟨" + string(out[0].Status) + "⟩"
		}
	}
	return strings.Join(parts, between)
}

func read(i domain.PackItem) reading {
	r := reading{name: name(i), tier: i.Tier, claim: domain.ReadClaim(i.Content)}
	for _, t := range r.claim.Terms() {
		if strings.Trim(t, "0123456789") == "" {
			r.numbers = append(r.numbers, t)
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(t))
		r.terms = append(r.terms, h.Sum64())
	}
	slices.Sort(r.terms)
	r.terms = slices.Compact(r.terms)
	return r
}

// repeated tells whether what comes later says nothing that r does not.
func (r reading) repeated(later reading) bool {
	common := 0
	for a, b := r.terms, later.terms; len(a) > 0 && len(b) > 0; {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			common++
			a, b = a[1:], b[1:]
		}
	}
	all := len(r.terms) + len(later.terms) - common
	if 2*common < all {
		return false // far from a repeat, which is what most pairs are
	}
	if r.claim.Liken(later.claim) == domain.Repeats {
		return true
	}
	return r.tier == domain.TierDocument && !later.claim.One() && float64(common) >= alike*float64(all) &&
		slices.Equal(r.numbers, later.numbers)
}

// holds tells whether anything is left of an item besides headings when what does
// not hold any more is taken out.
func holds(i domain.PackItem) bool {
	if len(i.Outdated) == 0 {
		return true
	}
	text := i.Content
	for _, o := range slices.Backward(i.Outdated) {
		text = text[:o.Start] + "\n" + text[o.End:]
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") && len(domain.Words(line)) > 0 {
			return true
		}
	}
	return false
}

// redact takes what does not hold any more out of a text, and says so in its place.
// Lines stay where they are.
func redact(text string, outdated []domain.Outdated) string {
	for _, o := range slices.Backward(outdated) {
		instead := "⟨" + string(o.Status)
		switch {
		case o.SupersededBy != "":
			instead += ": see memory " + o.SupersededBy
		default:
			instead += ": memory " + o.Memory
		}
		text = text[:o.Start] + instead + "⟩" + strings.Repeat("\n", strings.Count(text[o.Start:o.End], "\n")) + text[o.End:]
	}
	return text
}
