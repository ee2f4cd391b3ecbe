package pack

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

const (
	// largest is the most tokens that one item gets, however large the budget.
	largest = 600
	// fewest is how many words a part of a line has at least.
	fewest = 8
	// longest bounds, in bytes, what is looked at of one text.
	longest = 16 << 10
)

// fit returns the item as it fits into so many tokens, its cost included: whole, or
// else the lines around the one that the prompt asks for, or else the beginning of
// that line. Not ok when not even that fits. What fits a number of tokens fits any
// larger one.
func (s *Service) fit(i domain.PackItem, tokens int, asked map[string]bool) (_ domain.PackItem, ok bool) {
	tokens = min(tokens, largest)
	cost := func(i *domain.PackItem) int {
		i.Tokens = s.Tokenizer.Count(block(*i))
		return i.Tokens
	}
	whole := i
	if len(i.Content) <= longest && cost(&whole) <= tokens {
		return whole, true
	}
	rows := strings.Split(strings.TrimSuffix(i.Content, "\n"), "\n")
	at := 0
	if i.Tier == domain.TierDocument {
		at = telling(rows, asked)
	}
	least := part(i, rows, at, 1)
	line := least.Content
	beginning(&least, line, fewest)
	if cost(&least) > tokens {
		return domain.PackItem{}, false
	}
	// The most lines that fit, or else the most words of the one line.
	best := least
	n := sort.Search(len(rows), func(n int) bool {
		p := part(i, rows, at, n+1)
		return len(p.Content) > longest || cost(&p) > tokens
	})
	if n > 0 {
		best = part(i, rows, at, n)
		cost(&best)
		return best, true
	}
	n = sort.Search(len(line), func(n int) bool {
		p := part(i, rows, at, 1)
		beginning(&p, line, n+1)
		return len(p.Content) > longest || cost(&p) > tokens
	})
	if n > fewest {
		best = part(i, rows, at, 1)
		beginning(&best, line, n)
		cost(&best)
	}
	return best, true
}

// beginning leaves the first n words of a line in the item, or as many bytes as
// they would have where there are no spaces. A line that is not longer stays whole.
func beginning(i *domain.PackItem, line string, n int) {
	end, most := 0, min(len(line), 12*n)
	for words := 0; words < n && end < most; words++ {
		next := strings.IndexByte(line[end:], ' ')
		if next < 0 {
			end = len(line)
			break
		}
		end += next + 1
	}
	end = min(end, most)
	for end > 0 && end < len(line) && !utf8.RuneStart(line[end]) {
		end--
	}
	if end < len(line) {
		i.Content, i.Cut = strings.TrimRight(line[:end], " ")+" …", true
	}
}

// part returns the item with n of its rows, around the row at.
func part(i domain.PackItem, rows []string, at, n int) domain.PackItem {
	if n >= len(rows) {
		return i
	}
	// More of what follows than of what goes before, as far as there is any.
	from := max(0, min(at-(n-1)/3, len(rows)-n))
	for n > 1 && strings.TrimSpace(rows[from]) == "" {
		from, n = from+1, n-1
	}
	for n > 1 && strings.TrimSpace(rows[from+n-1]) == "" {
		n--
	}
	i.Content = strings.Join(rows[from:from+n], "\n")
	i.Cut = true
	if i.Tier == domain.TierDocument && i.EndLine > i.StartLine {
		i.StartLine += from
		i.EndLine = i.StartLine + n - 1
	}
	return i
}

// telling returns the row that holds most of the words that the prompt asks for, by
// their stems; the first of several.
func telling(rows []string, asked map[string]bool) int {
	best, most := 0, 0
	for i, row := range rows {
		n := 0
		seen := map[string]bool{}
		for _, w := range domain.Words(row) {
			if stem := domain.StemOf(w); asked[stem] && !seen[stem] {
				seen[stem] = true
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	return best
}
