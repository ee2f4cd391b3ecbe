package filetree

import (
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// rule is one line of a rule file.
type rule struct {
	pattern  string // for doublestar
	anchored bool   // fits the whole path below the rule's folder, not any name in it
	keep     bool   // ! : takes back an exclusion
	brings   bool   // ... one of the defaults, too
	dirOnly  bool
	said     string // the line, and where it stands
}

// classes spells out what the glob library does not know of bracket expressions.
var classes = strings.NewReplacer(
	"[:alnum:]", "0-9A-Za-z", "[:alpha:]", "A-Za-z", "[:digit:]", "0-9", "[:lower:]", "a-z",
	"[:upper:]", "A-Z", "[:space:]", " \t", "[:blank:]", " \t", "[:xdigit:]", "0-9A-Fa-f",
)

// parseRule reads a line as git does: see gitignore(5).
func parseRule(line string) (rule, bool) {
	line = trimBlanks(strings.TrimSuffix(line, "\r"))
	if line == "" || line[0] == '#' {
		return rule{}, false
	}
	r := rule{said: line}
	if line[0] == '!' {
		r.keep, line = true, line[1:]
	}
	if strings.HasSuffix(line, "/") {
		r.dirOnly, line = true, line[:len(line)-1]
	}
	r.anchored = strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" {
		return rule{}, false
	}
	if strings.HasSuffix(line, "/**") {
		line += "/*" // what is inside, not the folder itself
	}
	r.pattern = translate(line)
	return r, true
}

// trimBlanks cuts blanks at the end that no backslash protects.
func trimBlanks(line string) string {
	end := len(line)
	for end > 0 && line[end-1] == ' ' {
		slashes := 0
		for i := end - 2; i >= 0 && line[i] == '\\'; i-- {
			slashes++
		}
		if slashes%2 == 1 {
			break
		}
		end--
	}
	return line[:end]
}

// translate turns what git and the glob library understand differently: braces are
// letters to git, and a bracket that comes first in a class is one of its members.
func translate(pattern string) string {
	var b strings.Builder
	pattern = classes.Replace(pattern)
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '\\':
			b.WriteByte(c)
			if i++; i < len(pattern) {
				b.WriteByte(pattern[i])
			}
		case '{', '}':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '[':
			b.WriteByte(c)
			if i+1 < len(pattern) && (pattern[i+1] == '!' || pattern[i+1] == '^') {
				i++
				b.WriteByte(pattern[i])
			}
			if i+1 < len(pattern) && pattern[i+1] == ']' {
				i++
				b.WriteString(`\]`)
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// fits tells whether the rule speaks of the path below its folder. A pattern that
// is not well formed fits nothing.
func (r *rule) fits(below string, isDir bool) bool {
	if r.dirOnly && !isDir {
		return false
	}
	if !r.anchored {
		below = path.Base(below)
	}
	ok, err := doublestar.Match(r.pattern, below)
	return ok && err == nil
}
