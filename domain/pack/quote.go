package pack

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestFence is how many backticks in a row a quotation may have: a longer run
// would make the fence around it cost more than what it holds.
const longestFence = 20

// show returns text as it may stand in a pack: characters that cannot be seen, that
// turn the direction of writing or that pass for others are shown by their numbers,
// as ⟨U+200B⟩. Lines stay lines. altered tells whether something was shown.
func show(text string) (shown string, altered bool) {
	if plain(text) {
		return text, false
	}
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	var b strings.Builder
	runes := []rune(text)
	mixed := mixedWords(runes)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if r == '`' {
			run := 1
			for i+run < len(runes) && runes[i+run] == '`' {
				run++
			}
			if run > longestFence {
				fmt.Fprintf(&b, "⟨%d × U+0060⟩", run)
				altered = true
			} else {
				b.WriteString(string(runes[i : i+run]))
			}
			i += run - 1
			continue
		}
		if deceives(runes, i) || mixed[i] {
			b.WriteString(number(r))
			altered = true
			continue
		}
		b.WriteRune(r)
	}
	return b.String(), altered
}

func number(r rune) string { return fmt.Sprintf("⟨U+%04X⟩", r) }

// plain tells whether a text needs no look: printable ASCII without long runs of
// backticks, which most texts are.
func plain(text string) bool {
	run := 0
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7F {
			return false
		}
		if c != '`' {
			run = 0
		} else if run++; run > longestFence {
			return false
		}
	}
	return true
}

// ticks are what passes for a backtick.
const ticks = "\u02CB\u1FEF\u2035\uFF40"

// deceives tells whether the i-th character cannot be seen, reorders its
// neighbours, or passes for the mark that ends a quotation.
func deceives(runes []rune, i int) bool {
	r := runes[i]
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7F
	case strings.ContainsRune(ticks, r):
		return true
	case r == '\u0300' || r == '\u0340': // grave accents that stand on nothing
		return i == 0 || !unicode.IsLetter(runes[i-1]) && !unicode.IsMark(runes[i-1])
	case r == '\uFE0F' || r == '\u200D': // parts of an emoji
		return i == 0 || !pictures(runes[i-1]) || r == '\u200D' && (i+1 == len(runes) || !pictures(runes[i+1]))
	}
	return !unicode.IsGraphic(r) || unseen(r)
}

// pictures tells whether r is a part of an emoji.
func pictures(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sk) || r == '\uFE0F'
}

// unseen tells whether a character that Unicode counts as graphic leaves no trace on
// paper: what it calls default ignorable, and blanks that pass for letters.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == '\u2800' || r == '\U0001D159'
}

// mixedWords finds the letters of other scripts that pass for Latin ones and stand
// in a word with Latin ones. Words of one script are left alone: Russian is no fraud.
func mixedWords(runes []rune) map[int]bool {
	var out map[int]bool
	for from := 0; from < len(runes); from++ {
		if !wordly(runes[from]) {
			continue
		}
		to, latin, alike := from, false, []int(nil)
		for ; to < len(runes) && (wordly(runes[to]) || deceives(runes, to) && runes[to] != '\n'); to++ {
			latin = latin || unicode.Is(unicode.Latin, runes[to])
			if strings.ContainsRune(lookalikes, runes[to]) {
				alike = append(alike, to)
			}
		}
		if latin && len(alike) > 0 {
			if out == nil {
				out = map[int]bool{}
			}
			for _, i := range alike {
				out[i] = true
			}
		}
		from = to
	}
	return out
}

func wordly(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == '_'
}

// lookalikes are letters that are drawn like Latin ones: of those that Unicode lists
// as confusable (UTS 39), the ones that no reader tells apart. By their numbers, so
// that they can be told apart here.
const lookalikes = "\u0430\u0441\u0435\u043E\u0440\u0445\u0443\u0456\u0458\u0455\u04BB\u0501\u051B\u051D\u0475" + // Cyrillic, small
	"\u0410\u0412\u0415\u0405\u0406\u0408\u041A\u041C\u041D\u041E\u0420\u0421\u0422\u0423\u0425\u050C\u051A\u051C" + // and capital
	"\u03BF\u03B9\u03BD\u03C1\u03C5\u03F2\u03F3" + // Greek, small
	"\u0391\u0392\u0395\u0396\u0397\u0399\u039A\u039C\u039D\u039F\u03A1\u03A4\u03A5\u03A7" + // and capital
	"\u0585\u057D\u0581\u0570\u0578\u0566\u0555\u054D" // Armenian

// code returns a name that somebody chose as it may stand outside of a quotation: on
// one line, between backticks that it cannot end.
func code(name string) string {
	shown, _ := show(name)
	shown = strings.NewReplacer("`", number('`'), "\n", number('\n'), "\t", number('\t')).Replace(shown)
	return "`" + shown + "`"
}

// fence returns a fence that no line of text can end.
func fence(text string) string {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
		} else if run++; run > longest {
			longest = run
		}
	}
	return strings.Repeat("`", max(3, longest+1))
}
