package query

import "strings"

// span is a part of a text, in bytes.
type span struct{ from, to int }

// sentences takes a text apart into what can be read as one claim each: sentences,
// items of lists, headings, rows of tables, lines of code. A sentence may run over
// several lines.
func sentences(text string) []span {
	var out []span
	add := func(from, to int) {
		for from < to && strings.IndexByte(" \t\r\n", text[from]) >= 0 {
			from++
		}
		for to > from && strings.IndexByte(" \t\r\n", text[to-1]) >= 0 {
			to--
		}
		if from < to {
			out = append(out, span{from, to})
		}
	}
	start, fenced := 0, false
	for from := 0; from < len(text); {
		to := len(text)
		if n := strings.IndexByte(text[from:], '\n'); n >= 0 {
			to = from + n + 1
		}
		line := text[from:to]
		bare := strings.TrimSpace(line)
		fence := strings.HasPrefix(bare, "```") || strings.HasPrefix(bare, "~~~")
		if alone := fenced || fence || apart(line, bare); alone {
			add(start, from)
			start = from
			if skip := marker(bare); skip > 0 && !fenced {
				start = from + strings.Index(line, bare) + skip
			}
		}
		if fence {
			fenced = !fenced
		}
		for i := from; i < to; i++ {
			c := text[i]
			if (c == '.' || c == '!' || c == '?' || c == ';') && (i+1 == len(text) || strings.IndexByte(" \t\r\n\"')", text[i+1]) >= 0) {
				add(start, i+1)
				start = i + 1
			}
		}
		if fenced || fence || ends(bare) {
			add(start, to)
			start = to
		}
		from = to
	}
	add(start, len(text))
	return out
}

// apart tells whether a line begins something of its own.
func apart(line, bare string) bool {
	return bare == "" || marker(bare) > 0 || ends(bare) || strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")
}

// ends tells whether nothing that follows belongs to the line.
func ends(bare string) bool {
	if bare == "" {
		return true
	}
	for _, p := range []string{"#", "|", "//", "--", "/*"} {
		if strings.HasPrefix(bare, p) {
			return true
		}
	}
	return false
}

// marker returns the length of the mark that begins an item of a list, 0 for none.
func marker(bare string) int {
	if len(bare) > 2 && strings.IndexByte("-*+", bare[0]) >= 0 && bare[1] == ' ' {
		return 2
	}
	n := 0
	for n < len(bare) && n < 4 && bare[n] >= '0' && bare[n] <= '9' {
		n++
	}
	if n > 0 && n+1 < len(bare) && (bare[n] == '.' || bare[n] == ')') && bare[n+1] == ' ' {
		return n + 2
	}
	return 0
}
