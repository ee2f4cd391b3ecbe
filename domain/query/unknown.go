package query

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// unknown returns the words that full text can do nothing with: as the text index
// tells, or else as the passages that it proposed show.
func (s *Service) unknown(ctx context.Context, asked []string, text []domain.Candidate) ([]string, error) {
	v, tells := s.Text.(ports.Vocabulary)
	if !tells {
		matches, err := s.load(ctx, collect(proposals{text: text}))
		if err != nil {
			return nil, err
		}
		return unknownWords(asked, matches), nil
	}
	unknown, err := v.Unknown(ctx, asked)
	if err != nil {
		return nil, fmt.Errorf("query: ask for unknown words: %w", err)
	}
	return unknown, nil
}

// unknownWords returns the words of the question that none of the passages found by
// full text holds, in whatever inflection: misspelt words, compounds that are
// written apart, words of another language, and what nobody has written about.
func unknownWords(tokens []string, matches []match) []string {
	type wanted struct{ token, stem string }
	missing := make([]wanted, len(tokens))
	for i, t := range tokens {
		missing[i] = wanted{t, domain.StemOf(t)}
	}
	for _, m := range matches {
		if len(missing) == 0 {
			return nil
		}
		if m.text == 0 {
			continue
		}
		p := m.Passage
		text := strings.ToLower(strings.Join([]string{p.Content, p.Title, p.Heading, p.Path}, "\n"))
		still := missing[:0]
		for _, w := range missing {
			if !holds(text, w.stem) {
				still = append(still, w)
			}
		}
		missing = still
	}
	var out []string
	for _, w := range missing {
		out = append(out, w.token)
	}
	return out
}

// holds tells whether a word of text has the stem. It looks for the stem's letters
// first, which is far cheaper than to take every word of the text apart.
func holds(text, stem string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], stem)
		if i < 0 {
			return false
		}
		i += from
		from = i + len(stem)
		if before, _ := utf8.DecodeLastRuneInString(text[:i]); isWordRune(before) {
			continue
		}
		end := strings.IndexFunc(text[from:], func(r rune) bool { return !isWordRune(r) })
		if end < 0 {
			end = len(text) - from
		}
		if domain.StemOf(text[i:from+end]) == stem {
			return true
		}
	}
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
