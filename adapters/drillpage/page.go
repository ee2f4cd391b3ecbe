// Package drillpage writes the report of a drill as one page of HTML that stands by
// itself: no script, nothing loaded, printable, in light and dark.
package drillpage

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/atocore/atocore/domain"
)

//go:embed page.html
var source string

// view is what the page shows.
type view struct {
	Drill             domain.Drill
	Noticed, All      int
	Backup, Restore   time.Duration
	Groups            []group
	Trend             *chart
	StepsPassed       int
	LongestStep       time.Duration
	Verdict, Sentence string
}

// group is the damage done to one file.
type group struct {
	File    string
	Damages []domain.DrillDamage
	Noticed int
}

// Write writes the page.
func Write(w io.Writer, d domain.Drill) error {
	page, err := template.New("page").Funcs(template.FuncMap{
		"span": span, "size": size, "day": day, "moment": moment,
		"count": func(n int, one, many string) string {
			if n == 1 {
				return "1 " + one
			}
			return fmt.Sprint(n, " ", many)
		},
		"share": func(part, whole time.Duration) float64 {
			if whole <= 0 {
				return 0
			}
			return max(0.5, 100*float64(part)/float64(whole))
		},
	}).Parse(source)
	if err != nil {
		return fmt.Errorf("drill page: %w", err)
	}
	if err := page.Execute(w, viewOf(d)); err != nil {
		return fmt.Errorf("write drill page: %w", err)
	}
	return nil
}

func viewOf(d domain.Drill) view {
	v := view{Drill: d, Verdict: "Passed", Trend: chartOf(d.History)}
	v.Noticed, v.All = d.Detected()
	if n := len(d.History); n > 0 {
		v.Backup, v.Restore = d.History[n-1].Backup, d.History[n-1].Restore
	}
	for _, s := range d.Steps {
		if s.Passed {
			v.StepsPassed++
		}
		v.LongestStep = max(v.LongestStep, s.Took)
	}
	v.Sentence = "A copy of the real state was backed up, changed, and restored; everything came back, and every corruption was refused."
	if !d.Passed {
		v.Verdict, v.Sentence = "Failed", "A restore cannot be relied on before the cause is found."
	}
	at := map[string]int{}
	for _, s := range d.Sabotage {
		i, ok := at[s.File]
		if !ok {
			i = len(v.Groups)
			at[s.File] = i
			v.Groups = append(v.Groups, group{File: s.File})
		}
		v.Groups[i].Damages = append(v.Groups[i].Damages, s)
		if s.Detected {
			v.Groups[i].Noticed++
		}
	}
	return v
}

func span(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func size(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }

func day(t time.Time) string { return t.UTC().Format("2 Jan 2006") }

func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }
