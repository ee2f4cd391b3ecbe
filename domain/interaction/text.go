package interaction

import (
	"regexp"
	"strings"
)

// Bounds of what is looked at and found.
const (
	minWords      = 3
	maxWords      = 40
	maxFinding    = 500 // bytes
	maxPerTurn    = 10  // findings of one interaction
	maxScanned    = 2000
	maxLineLength = 4000 // bytes; a longer line is no prose
)

var (
	listMark = regexp.MustCompile(`^\s*(?:[-*+•]|\d{1,3}[.)])\s+|^\s*#{1,6}\s+`)
	emphasis = strings.NewReplacer("**", "", "__", "", "’", "'")
	blockTag = regexp.MustCompile(`^\s*<([A-Za-z][\w-]*)[^<>]*>`)
)

// own returns the sentences that the speaker wrote himself: without fenced blocks,
// quoted lines, blocks in tags and tables, which hold what was pasted or recalled.
func own(text string) []string {
	var out []string
	fence, tag := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		bare := strings.TrimSpace(line)
		switch {
		case fence != "":
			if strings.HasPrefix(bare, fence) && strings.Trim(bare, fence[:1]) == "" {
				fence = ""
			}
			continue
		case tag != "":
			if strings.Contains(strings.ToLower(bare), "</"+tag) {
				tag = ""
			}
			continue
		case strings.HasPrefix(bare, "```"), strings.HasPrefix(bare, "~~~"):
			fence = bare[:len(bare)-len(strings.TrimLeft(bare, bare[:1]))]
			continue
		case strings.HasPrefix(bare, ">"), strings.HasPrefix(bare, "|"), len(line) > maxLineLength,
			strings.HasPrefix(line, "    "), strings.HasPrefix(line, "\t"):
			continue
		}
		if m := blockTag.FindStringSubmatch(bare); m != nil {
			if name := strings.ToLower(m[1]); !strings.Contains(strings.ToLower(bare), "</"+name) {
				tag = name
			}
			continue
		}
		line = emphasis.Replace(listMark.ReplaceAllString(line, ""))
		for _, s := range sentences(line) {
			if len(out) == maxScanned {
				return out
			}
			out = append(out, s)
		}
	}
	return out
}

// sentences cuts a line after ".", "!" and "?" where a space follows, except after
// what is short and looks abbreviated.
func sentences(line string) []string {
	var out []string
	from := 0
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	for i := 0; i+1 < len(line); i++ {
		if line[i+1] != ' ' || line[i] != '.' && line[i] != '!' && line[i] != '?' {
			continue
		}
		word := strings.ToLower(line[strings.LastIndexAny(line[:i], " (")+1 : i])
		if line[i] == '.' && (word == "e.g" || word == "i.e" || word == "etc" || word == "vs" || word == "dr" || word == "mr" ||
			word == "mrs" || word == "no" && i > from+2 || len(word) == 1 && word != "i") {
			continue
		}
		add(line[from : i+1])
		from = i + 1
	}
	add(line[from:])
	return out
}
