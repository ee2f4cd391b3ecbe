package interaction

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

type labelled struct{ side, kind, holds, text string }

func readLabelled(t *testing.T, file string) []labelled {
	t.Helper()
	content, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	var out []labelled
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.SplitN(line, "\t", 4)
		require.Len(t, f, 4, line)
		out = append(out, labelled{f[0], f[1], f[2], f[3]})
	}
	return out
}

// measure returns how many findings were right, how many there were and how many
// there should have been. A finding is right when it holds what it must and is of
// the type that a person gave it.
func measure(t *testing.T, set []labelled) (right, found, wanted int) {
	for _, l := range set {
		asked, answered := l.text, ""
		if l.side == "answer" {
			asked, answered = "", l.text
		}
		got := Find(asked, answered)
		found += len(got)
		ok := false
		if l.kind != "-" {
			wanted++
			for _, f := range got {
				ok = ok || string(f.Type) == l.kind && strings.Contains(strings.ToLower(f.Content), strings.ToLower(l.holds))
			}
			if ok {
				right++
			}
		}
		if ok != (l.kind != "-") || len(got) > 1 || l.kind == "-" && len(got) > 0 {
			t.Logf("judged otherwise: %s %q → %+v, labelled %s %q", l.side, l.text, got, l.kind, l.holds)
		}
	}
	return right, found, wanted
}

// The figures in docs/interactions.md.
func TestExtractionOnLabelledTexts(t *testing.T) {
	for _, c := range []struct {
		file              string
		precision, recall float64
	}{{"found.tsv", 1, 1}, {"second.tsv", 1, 0.62}} {
		right, found, wanted := measure(t, readLabelled(t, c.file))
		t.Logf("%s: precision %.2f (%d of %d), recall %.2f (%d of %d)", c.file,
			float64(right)/float64(found), right, found, float64(right)/float64(wanted), right, wanted)
		assert.GreaterOrEqual(t, float64(right)/float64(found), c.precision, c.file)
		assert.GreaterOrEqual(t, float64(right)/float64(wanted), c.recall, c.file)
	}
}

func TestPastedTextIsNotTheSpeakers(t *testing.T) {
	text := "Here is what I found:\n```\nRemember that this is code.\n````\n> Remember that this is quoted.\n" +
		"<context source=\"a.md\">\nRemember that this was recalled.\n</context>\n" +
		"~~~~\nRemember that a fence is open.\n~~~\nRemember that it is still open.\n~~~~\n" +
		"1. **Remember that** the gate is closed. Always lock the door at night!\n" +
		strings.Repeat("x", maxLineLength) + " Remember that this line is no prose.\n"
	got := Find(text, "")
	require.Len(t, got, 2)
	assert.Equal(t, "The gate is closed.", got[0].Content)
	assert.Equal(t, "Always lock the door at night!", got[1].Content)
}

func TestFindingsAreBounded(t *testing.T) {
	var b strings.Builder
	for _, w := range strings.Fields("one two three four five six seven eight nine ten eleven twelve") {
		b.WriteString("Remember that door " + w + " leads to the " + w + " garden.\n")
	}
	b.WriteString(strings.Repeat("Remember that all is well here.\n", 5000))
	assert.Len(t, Find(b.String(), b.String()), maxPerTurn)
	assert.Empty(t, Find("Remember that "+strings.Repeat("word ", 60), ""))
	assert.Len(t, Find("Remember that walls have ears. Remember that walls have ears!", "Noted: walls have ears."), 1)
}

func FuzzFind(f *testing.F) {
	for _, l := range []string{"Remember that x is y.", "```\na\n```", "<a>\n</a>", "I prefer\x00 tabs", "- **I** prefer «»", "a.b. c? d"} {
		f.Add(l, l)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, found := range Find(a, b) {
			m := domain.Memory{Type: found.Type, Content: found.Content, Confidence: found.Confidence, Status: domain.MemoryCandidate}
			if strings.ToValidUTF8(a+b, "") == a+b && !strings.ContainsRune(a+b, 0) {
				require.NoError(t, m.Validate())
			}
		}
	})
}
