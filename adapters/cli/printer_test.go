package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestExitCodes(t *testing.T) {
	for kind, code := range map[domain.Kind]int{
		"": 0, domain.KindInternal: 1, domain.KindUnavailable: 1, domain.KindConflict: 1, domain.KindInvalid: 2,
		domain.KindCorrupt: 3, domain.KindRefused: 4, domain.KindUnauthorized: 4, domain.KindNotFound: 5,
		domain.KindThrottled: 1, "unheard of": 1,
	} {
		assert.Equal(t, code, exitCode(kind), "kind %q", kind)
	}
}

func TestTableOnATerminalIsAligned(t *testing.T) {
	var b bytes.Buffer
	p := &printer{w: &b, terminal: true, width: 40}
	p.table([]string{"NAME", "N", "TEXT"}, [][]string{
		{"a", "1", "short"},
		{"日本", "22", "a text that is much too long for the line\nand has two"},
	})
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	require.Len(t, lines, 3)
	assert.Equal(t, "NAME  N   TEXT", lines[0])
	assert.Equal(t, "a     1   short", lines[1])
	assert.True(t, strings.HasPrefix(lines[2], "日本  22  a text"), lines[2])
	assert.True(t, strings.HasSuffix(lines[2], "…"), lines[2])
}

func TestTableElsewhereIsTabs(t *testing.T) {
	var b bytes.Buffer
	p := &printer{w: &b}
	p.table([]string{"NAME", "TEXT"}, [][]string{{"a", "one\ttwo\nthree"}})
	assert.Equal(t, "a\tone two three\n", b.String())
}

func TestStoredTextCannotSteerTheTerminal(t *testing.T) {
	for _, colour := range []bool{false, true} {
		var b bytes.Buffer
		p := &printer{w: &b, terminal: true, colour: colour}
		p.line("%s %s", p.red("a\x1b[2Jb"), "c\x1b]0;title\a\u202ed\x00")
		assert.NotContains(t, b.String(), "\x1b[2J")
		assert.NotContains(t, b.String(), "\x1b]")
		assert.NotContains(t, b.String(), "\a")
		assert.NotContains(t, b.String(), "\u202e")
		assert.Equal(t, colour, strings.Contains(b.String(), "\x1b[31m"))
	}
}

func TestCut(t *testing.T) {
	assert.Equal(t, "a long line", (&printer{}).cut("a long line", 5), "no terminal, no edge")
	assert.Equal(t, "a lo…", (&printer{width: 10}).cut("a long line", 5))
}

func TestFailedWriteIsNoticed(t *testing.T) {
	s := &shell{out: &printer{w: failing{}}}
	err := s.result(nil, func(p *printer) { p.line("x") })
	require.ErrorContains(t, err, "no room")
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestProgressWaitsASecondAndLeavesNothing(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(0, 0)
	g := newProgress(&printer{w: &b, terminal: true, width: 60}, func() time.Time { return now })
	g.copy(domain.CopyProgress{Stage: "capture sqlite", Done: 0, Total: 100 << 20})
	now = now.Add(900 * time.Millisecond)
	g.copy(domain.CopyProgress{Stage: "capture sqlite", Done: 9 << 20, Total: 100 << 20})
	assert.Empty(t, b.String(), "what takes less than a second shows nothing")
	now = now.Add(1100 * time.Millisecond)
	g.copy(domain.CopyProgress{Stage: "capture sqlite", Done: 20 << 20, Total: 100 << 20})
	assert.Contains(t, b.String(), "capture sqlite: 20 MiB of 100 MiB (20%)")
	assert.Contains(t, b.String(), "10 MiB/s")
	assert.Contains(t, b.String(), "8s left")
	before := b.Len()
	now = now.Add(10 * time.Millisecond)
	g.copy(domain.CopyProgress{Stage: "capture sqlite", Done: 21 << 20, Total: 100 << 20})
	assert.Equal(t, before, b.Len(), "ten times a second at most")
	now = now.Add(time.Second)
	g.refresh(domain.RefreshProgress{Root: "docs", Files: 1234, Current: strings.Repeat("long/", 40)})
	last := b.String()[strings.LastIndex(strings.TrimSuffix(b.String(), "\r"), "\r"):]
	assert.Contains(t, last, "docs: 1,234 files")
	assert.LessOrEqual(t, len([]rune(strings.Trim(last, "\r"))), 60)
	g.done()
	assert.True(t, strings.HasSuffix(b.String(), strings.Repeat(" ", 20)+"\r"), "the line is taken away")
}

func TestProgressOffATerminalIsSilent(t *testing.T) {
	var b bytes.Buffer
	s := &shell{err: newPrinter(&b)}
	g := s.progress()
	g.copy(domain.CopyProgress{Done: 1})
	g.refresh(domain.RefreshProgress{Files: 1})
	g.done()
	assert.Empty(t, b.String())
}

func TestErrorsArePrintedWithTheirHint(t *testing.T) {
	var out, errs bytes.Buffer
	code := Run(context.Background(), bare(&out, &errs), []string{"memory", "get", "x"})
	assert.Equal(t, exitNotFound, code)
	assert.Empty(t, out.String())
	assert.Equal(t, "error: nothing here\nhint:  look elsewhere\n", errs.String())

	errs.Reset()
	code = Run(context.Background(), bare(&out, &errs), []string{"memory", "get", "x", "--json"})
	assert.Equal(t, exitNotFound, code)
	var document struct{ Error errorView }
	require.NoError(t, json.Unmarshal(errs.Bytes(), &document))
	assert.Equal(t, errorView{Kind: "not_found", Message: "nothing here", Hint: "look elsewhere", ExitCode: 5}, document.Error)
}

func TestDescribeKeepsWhatWrapsAndWhatCaused(t *testing.T) {
	err := fmt.Errorf("refresh atlas: %w", domain.Unavailable("the disk is full").Because(errors.New("ENOSPC")).WithHint("make room"))
	v := describe(err)
	assert.Equal(t, "refresh atlas: the disk is full: ENOSPC", v.Message)
	assert.Equal(t, "make room", v.Hint)
	assert.Equal(t, "interrupted", describe(fmt.Errorf("query: %w", context.Canceled)).Message)
}

func TestSnippetShowsTheLinesThatMatter(t *testing.T) {
	var lines []string
	for i := range 20 {
		lines = append(lines, fmt.Sprintf("line %d", i))
	}
	lines[12] = "the rollback takes four minutes"
	content := strings.Join(lines, "\n")
	got := snippet(content, []string{"rollback", "minutes"}, false)
	assert.Equal(t, "…", got[0])
	assert.Equal(t, lines[11], got[1])
	assert.Equal(t, lines[12], got[2])
	assert.Equal(t, "…", got[len(got)-1])
	assert.Equal(t, lines, snippet(content, nil, true))
	assert.Equal(t, []string{"…", lines[11], lines[12]}, snippet(content, []string{"rollbacks"}, false)[:3], "in whatever inflection")
	assert.Equal(t, lines[:3], snippet(strings.Join(lines[:3], "\n")+"\n", nil, false))
}
