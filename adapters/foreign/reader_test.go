package foreign

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

var samples = map[domain.ForeignFormat]string{
	domain.ForeignMCPMemory: "testdata/memory.jsonl", domain.ForeignMem0: "testdata/mem0.json",
	domain.ForeignBasicMemory: "testdata/notes", domain.ForeignChatGPT: "testdata/chatgpt.json", domain.ForeignClaude: "testdata/claude.json",
}

func TestForeignReader(t *testing.T) { porttest.TestForeignReader(t, Reader{}, samples, Reader{}) }

func read(t *testing.T, format domain.ForeignFormat, path string) (items []domain.ForeignItem, skips []string, err error) {
	t.Helper()
	err = Reader{}.Read(t.Context(), format, path, func(i domain.ForeignItem) error {
		items = append(items, i)
		return nil
	}, func(s domain.Skip) { skips = append(skips, s.Where+": "+s.Reason) })
	return items, skips, err
}

func contents(items []domain.ForeignItem) (out []string) {
	for _, i := range items {
		out = append(out, string(i.Type)+" "+i.Content+i.Prompt)
	}
	return out
}

func TestSamples(t *testing.T) {
	items, skips, err := read(t, domain.ForeignMCPMemory, samples[domain.ForeignMCPMemory])
	require.NoError(t, err)
	assert.Equal(t, []string{
		"knowledge Ada speaks Portuguese", "knowledge Ada: prefers meetings in the morning", "project Lander: runs on port 8100",
		"knowledge Ada works on Lander",
	}, contents(items))
	require.Len(t, skips, 4)
	assert.Equal(t, "line 3: the entity Empty has no observations", skips[0])
	assert.Contains(t, skips[1], "line 6: it is no JSON")
	assert.Equal(t, "line 7: the relation is incomplete", skips[2])

	items, skips, err = read(t, domain.ForeignMem0, samples[domain.ForeignMem0])
	require.NoError(t, err)
	assert.Equal(t, []string{"project Dev works at TechCorp as a senior engineer", "preference Arjun prefers morning meetings"}, contents(items))
	assert.Equal(t, "mem0: arjun: planner", items[1].Source)
	assert.Equal(t, time.Date(2025, 1, 15, 16, 30, 0, 123456000, time.UTC), items[0].At)
	assert.Len(t, skips, 2)

	items, skips, err = read(t, domain.ForeignBasicMemory, samples[domain.ForeignBasicMemory])
	require.NoError(t, err)
	assert.Equal(t, []string{
		"knowledge Coffee Brewing Methods: Pour over provides more flavor clarity than French press",
		"knowledge Coffee Brewing Methods: Water temperature at 94°C extracts best",
		"preference Coffee Brewing Methods: Ethiopian beans work well with lighter roasts (personal experience)",
		"project Coffee Brewing Methods: The office machine stays",
		"knowledge Coffee Brewing Methods relates to Coffee Bean Origins",
		"knowledge Coffee Brewing Methods requires Proper Grinding Technique (for all of them)",
		"knowledge Coffee Brewing Methods relates to Tea Brewing Methods",
	}, contents(items))
	assert.Equal(t, "coffee/Brewing.md:13", items[0].Where)
	require.Len(t, skips, 1)
	assert.Contains(t, skips[0], "tea.md: it has no observations")

	items, skips, err = read(t, domain.ForeignChatGPT, samples[domain.ForeignChatGPT])
	require.NoError(t, err)
	require.Len(t, items, 2)
	assert.Equal(t, "I prefer tabs over spaces. How do I set that in Vim?", items[0].Prompt)
	assert.Equal(t, "Use noexpandtab.", items[0].Answer)
	assert.Equal(t, "ChatGPT: Tea and tabs", items[0].Source)
	assert.Equal(t, time.Date(2025, 4, 9, 12, 0, 0, 500000000, time.UTC), items[0].At)
	assert.Equal(t, "Remember that the tea shop closes at six.", items[1].Prompt)
	require.Len(t, skips, 2, skips)
	assert.Contains(t, skips[0], "current node")

	items, skips, err = read(t, domain.ForeignClaude, samples[domain.ForeignClaude])
	require.NoError(t, err)
	require.Len(t, items, 2)
	assert.Equal(t, "Here it is.", items[0].Answer)
	assert.Equal(t, "5f0e0000-0001\x1fu1", items[0].Key)
	assert.Len(t, skips, 3)
}

func TestWhatIsNotInTheFormat(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	whole, err := os.ReadFile(samples[domain.ForeignChatGPT])
	require.NoError(t, err)
	for n, c := range []struct {
		format domain.ForeignFormat
		text   string
	}{
		{domain.ForeignMCPMemory, "hello\nworld\n"},
		{domain.ForeignMem0, ""},
		{domain.ForeignMem0, "hello"},
		{domain.ForeignMem0, `{"items":[]}`},
		{domain.ForeignMem0, `{"results":{}}`},
		{domain.ForeignMem0, `{"results":[{"memory":"a"}`},
		{domain.ForeignMem0, `"text"`},
		{domain.ForeignClaude, `[{"uuid":"a"`},
		{domain.ForeignClaude, `[{]`},
		{domain.ForeignChatGPT, string(whole[:len(whole)-3])},
		{domain.ForeignChatGPT, `[{"id":"a","x":"` + strings.Repeat("y", longestItem+1<<20) + `"}]`},
	} {
		_, _, err := read(t, c.format, write(fmt.Sprint(n), c.text))
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "%d: %v", n, err)
	}
	_, _, err = read(t, domain.ForeignMem0, dir)
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err))
	_, _, err = read(t, domain.ForeignBasicMemory, t.TempDir())
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err))
	items, _, err := read(t, domain.ForeignMem0, write("list", `[{"memory":"a b c"}]`))
	require.NoError(t, err)
	assert.Len(t, items, 1, "a bare list, too")
}

func TestHostileInput(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "deep.json")
	require.NoError(t, os.WriteFile(deep, []byte(strings.Repeat("[", 1_000_000)), 0o600))
	for _, format := range []domain.ForeignFormat{domain.ForeignMem0, domain.ForeignChatGPT, domain.ForeignClaude} {
		_, _, err := read(t, format, deep)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), err)
	}
	long := filepath.Join(dir, "long.jsonl")
	require.NoError(t, os.WriteFile(long, []byte(
		`{"type":"entity","name":"a","observations":["`+strings.Repeat("x", longestLine)+`"]}`+"\n"+
			`{"type":"entity","name":"b","observations":["nul\u0000 here",7]}`+"\n"), 0o600))
	items, skips, err := read(t, domain.ForeignMCPMemory, long)
	require.NoError(t, err)
	assert.Equal(t, []string{"knowledge b: nul here"}, contents(items))
	assert.Len(t, skips, 2)

	notes := filepath.Join(dir, "notes")
	require.NoError(t, os.MkdirAll(filepath.Join(notes, ".obsidian"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(notes, ".obsidian", "x.md"), []byte("- [a] hidden thing\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(notes, "big.md"), bytes.Repeat([]byte("- [a] b c\n"), longestNote/9), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(notes, "bomb.md"),
		[]byte("---\na: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ntitle: [*d,*d,*d]\n---\n- [fact] one more thing\n"), 0o600))
	outside := filepath.Join(dir, "outside.md")
	require.NoError(t, os.WriteFile(outside, []byte("- [a] outside\n"), 0o600))
	linked := os.Symlink(outside, filepath.Join(notes, "link.md")) == nil
	items, skips, err = read(t, domain.ForeignBasicMemory, notes)
	require.NoError(t, err)
	assert.Equal(t, []string{"knowledge bomb: one more thing"}, contents(items))
	if linked {
		assert.Len(t, skips, 2)
	}
}

func TestALongExportTakesLittleMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.json")
	f, err := os.Create(path)
	require.NoError(t, err)
	_, _ = f.WriteString("[")
	element := `{"id":"%d","memory":"` + strings.Repeat("word ", 200) + `"}`
	for i := range 50_000 {
		if i > 0 {
			_, _ = f.WriteString(",")
		}
		_, err = fmt.Fprintf(f, element, i)
		require.NoError(t, err)
	}
	_, _ = f.WriteString("]")
	require.NoError(t, f.Close())
	n := 0
	require.NoError(t, Reader{}.Read(t.Context(), domain.ForeignMem0, path, func(domain.ForeignItem) error { n++; return nil }, func(domain.Skip) {}))
	assert.Equal(t, 50_000, n, "50 MB, an element at a time")
}

// fuzz reads hostile content as one format: whatever it holds, what is handed over can
// be stored.
func fuzz(f *testing.F, sample string, parse func(s sink, content []byte) error) {
	content, err := os.ReadFile(sample)
	require.NoError(f, err)
	f.Add(content)
	f.Fuzz(func(t *testing.T, content []byte) {
		s := sink{ctx: t.Context(), skip: func(where, format string, args ...any) { _ = fmt.Sprintf(where+format, args...) }}
		s.each = func(i domain.ForeignItem) error {
			for _, text := range []string{i.Key, i.Where, i.Source, i.Content, i.Prompt, i.Answer} {
				assert.True(t, utf8.ValidString(tidy(text)) && !strings.ContainsRune(tidy(text), 0))
			}
			if y := i.At.Year(); !i.At.IsZero() && (y < 1970 || y > 9999) {
				t.Errorf("a time of the year %d", y)
			}
			return nil
		}
		if err := parse(s, content); err != nil {
			assert.NotEqual(t, domain.KindInternal, domain.KindOf(err), err)
		}
	})
}

func FuzzMCPMemory(f *testing.F) {
	fuzz(f, "testdata/memory.jsonl", func(s sink, c []byte) error { return s.mcpMemory(bytes.NewReader(c)) })
}

func FuzzMem0(f *testing.F) {
	fuzz(f, "testdata/mem0.json", func(s sink, c []byte) error { return s.mem0(bytes.NewReader(c)) })
}

func FuzzChatGPT(f *testing.F) {
	fuzz(f, "testdata/chatgpt.json", func(s sink, c []byte) error { return s.chatGPT(bytes.NewReader(c)) })
}

func FuzzClaude(f *testing.F) {
	fuzz(f, "testdata/claude.json", func(s sink, c []byte) error { return s.claude(bytes.NewReader(c)) })
}

func FuzzNote(f *testing.F) {
	fuzz(f, "testdata/notes/coffee/Brewing.md", func(s sink, c []byte) error { return s.note("a/b.md", c) })
}
