package parse

// paragraphs marks every line that follows a blank one.
func paragraphs(text *lines) []mark {
	var marks []mark
	open := false
	for n := 1; n <= text.count(); n++ {
		blank := text.blank(n)
		if !blank && !open {
			marks = append(marks, mark{line: n})
		}
		open = !blank
	}
	return marks
}

// constructs marks the lines at which something begins in source code: lines
// without indentation that follow a blank line. What only closes (a brace) belongs
// to what it closes.
func constructs(text *lines) []mark {
	var marks []mark
	after := true // a blank line, or the beginning
	for n := 1; n <= text.count(); n++ {
		if text.blank(n) {
			after = true
			continue
		}
		if after && begins(text.text(n)) {
			marks = append(marks, mark{line: n})
		}
		after = false
	}
	return marks
}

func begins(line []byte) bool {
	switch line[0] {
	case ' ', '\t', '}', ')', ']':
		return false
	}
	return true
}
