package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/mattn/go-runewidth"

	"github.com/atocore/atocore/domain"
)

// progress shows, on a terminal, how far something has come. It stays silent for
// the first second, then rewrites one line at most ten times a second. Its methods
// may be called from several goroutines, and do nothing off a terminal or with
// --json.
type progress struct {
	p   *printer
	now func() time.Time

	mu      sync.Mutex
	started time.Time
	shown   time.Time // when the line was last written
	width   int       // of what stands there
	stage   string
	since   time.Time // when the stage began
	from    int64     // bytes done when it was first heard of
}

// progress begins to watch; its done must be called.
func (s *shell) progress() *progress {
	if s.json || !s.err.terminal {
		return &progress{}
	}
	return newProgress(s.err, time.Now)
}

func newProgress(p *printer, now func() time.Time) *progress {
	return &progress{p: p, now: now, started: now()}
}

// refresh shows a refresh: files seen and the present one.
func (g *progress) refresh(r domain.RefreshProgress) {
	if g.p == nil {
		return
	}
	g.show(false, func(time.Time) string {
		return fmt.Sprintf("%s: %s files  %s", r.Root, humanize.Comma(int64(r.Files)), r.Current)
	})
}

// copy shows bytes being copied or hashed: amount, rate and time left.
func (g *progress) copy(c domain.CopyProgress) {
	if g.p == nil {
		return
	}
	g.show(c.Total > 0 && c.Done >= c.Total, func(now time.Time) string {
		if c.Stage != g.stage {
			g.stage, g.since, g.from = c.Stage, now, c.Done
		}
		text := c.Stage + ": " + size(c.Done)
		if c.Total > 0 {
			text += fmt.Sprintf(" of %s (%d%%)", size(c.Total), 100*c.Done/c.Total)
		}
		elapsed := now.Sub(g.since).Seconds()
		if elapsed < 0.5 || c.Done <= g.from {
			return text
		}
		rate := float64(c.Done-g.from) / elapsed
		text += fmt.Sprintf("  %s/s", size(int64(rate)))
		if left := c.Total - c.Done; left > 0 {
			text += "  " + (time.Duration(float64(left)/rate) * time.Second).Round(time.Second).String() + " left"
		}
		return text
	})
}

// show rewrites the line with what text returns; text is called for every report,
// so that it can keep count, and under the lock.
func (g *progress) show(last bool, text func(now time.Time) string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	line := oneLine(text(now))
	if now.Sub(g.started) < time.Second || !last && now.Sub(g.shown) < 100*time.Millisecond {
		return
	}
	g.shown = now
	if g.p.width > 1 {
		line = runewidth.Truncate(line, g.p.width-1, "…")
	}
	g.rewrite(line)
}

func (g *progress) rewrite(line string) {
	width := runewidth.StringWidth(line)
	g.p.raw("\r" + line + spaces(g.width-width) + "\r")
	g.width = width
}

// done takes the line away.
func (g *progress) done() {
	if g.p == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.width > 0 {
		g.rewrite("")
	}
}

func spaces(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("%*s", n, "")
}

// size renders bytes for people: 512 B, 2.0 MiB.
func size(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }
