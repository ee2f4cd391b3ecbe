package parse_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/adapters/parse"
	"github.com/atocore/atocore/ports/porttest"
)

// TestDocumentsMadeToBeSlow holds inputs that took minutes, or gigabytes, before
// there was a bound on them.
func TestDocumentsMadeToBeSlow(t *testing.T) {
	const n = 1 << 18
	stairs := func(height int) string {
		var b strings.Builder
		for i := range height {
			b.WriteString(strings.Repeat("  ", i) + "- a\n")
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"quotes in a line":      strings.Repeat(">", n),
		"lists in a line":       strings.Repeat("- ", n/2),
		"lists in lists":        stairs(700),
		"reference definitions": strings.Repeat("[a]: b\n", n/7),
		"open titles":           strings.Repeat("[a]: b '\n", n/9),
		"a wide table":          strings.Repeat("|a", 5000) + "\n" + strings.Repeat("|-", 5000) + "\n" + strings.Repeat("|\n", 50000),
		"emphasis in a heading": "# " + strings.Repeat("*a_", n/3),
		"brackets in a heading": "# " + strings.Repeat("[", n),
		"open elements":         strings.Repeat("<nav><div>", n/10),
		"open comments":         strings.Repeat("<!--", n/4),
	} {
		for _, file := range []string{"a.md", "a.html"} {
			began := time.Now()
			_, blocks := parse.New().Parse(file, []byte(text))
			assert.Less(t, time.Since(began), 10*time.Second, "%s as %s", name, file)
			porttest.RequireCover(t, []byte(text), blocks)
		}
	}
}

func TestLongHeadingsAreShownInPart(t *testing.T) {
	title, blocks := parse.New().Parse("a.md", []byte("# "+strings.Repeat("wört ", 500)+"\n"))
	assert.Equal(t, strings.Repeat("wört ", 40)[:len(strings.Repeat("wört ", 40))-1]+"…", title)
	assert.Equal(t, title, blocks[0].Heading)
}
