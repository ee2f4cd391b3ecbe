package drillpage

import (
	"fmt"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// The chart's size in its own units, and the room for the plot within.
const (
	chartWidth, chartHeight = 860, 230
	plotLeft, plotRight     = 64, 846
	plotTop, plotBottom     = 16, 186
)

// mostPoints bounds how many drills the chart shows: the newest.
const mostPoints = 60

// chart is the trend of restore and backup times, as SVG wants it.
type chart struct {
	Width, Height int
	Left, Right   int
	Bottom        int
	Points        []mark
	Restore       string // points of the line
	Backup        string
	Grid          []line
	Days          []label
	Shown, Drills int
	FailedDrills  int
}

type mark struct {
	X, Restore, Backup float64
	Passed             bool
	Title              string
}

type line struct {
	Y    float64
	Text string
}

type label struct {
	X    float64
	Text string
}

// chartOf returns nil where there is nothing to draw.
func chartOf(points []domain.DrillPoint) *chart {
	if len(points) == 0 {
		return nil
	}
	c := &chart{Width: chartWidth, Height: chartHeight, Left: plotLeft, Right: plotRight, Bottom: plotBottom, Drills: len(points)}
	for _, p := range points {
		if !p.Passed {
			c.FailedDrills++
		}
	}
	points = points[max(0, len(points)-mostPoints):]
	c.Shown = len(points)
	top := time.Millisecond
	for _, p := range points {
		top = max(top, p.Restore, p.Backup)
	}
	step := niceStep(top)
	top = (top/step + 1) * step
	y := func(d time.Duration) float64 {
		return round(plotBottom - float64(plotBottom-plotTop)*float64(d)/float64(top))
	}
	for d := time.Duration(0); d <= top; d += step {
		c.Grid = append(c.Grid, line{y(d), axis(d)})
	}
	width := float64(plotRight - plotLeft - 66)
	var restore, backup []string
	lastDay := ""
	for i, p := range points {
		x := float64(plotLeft+20) + width/2
		if len(points) > 1 {
			x = float64(plotLeft+20) + width*float64(i)/float64(len(points)-1)
		}
		m := mark{X: round(x), Restore: y(p.Restore), Backup: y(p.Backup), Passed: p.Passed}
		verdict := "passed"
		if !p.Passed {
			verdict = "FAILED"
		}
		m.Title = fmt.Sprintf("%s: %s, %d of %d corruptions detected, backup %s, restore %s, %s",
			moment(p.At), verdict, p.Detected, p.Damages, span(p.Backup), span(p.Restore), size(p.Bytes))
		c.Points = append(c.Points, m)
		if p.Restore > 0 { // a drill that did not come so far has no time
			restore = append(restore, fmt.Sprintf("%g,%g", m.X, m.Restore))
		}
		if p.Backup > 0 {
			backup = append(backup, fmt.Sprintf("%g,%g", m.X, m.Backup))
		}
		if every := max(1, (len(points)+5)/6); i%every == 0 || i == len(points)-1 && i%every > every/2 {
			text := day(p.At)
			if text == lastDay {
				text = p.At.UTC().Format("15:04")
			} else {
				lastDay = text
			}
			c.Days = append(c.Days, label{m.X, text})
		}
	}
	c.Restore, c.Backup = strings.Join(restore, " "), strings.Join(backup, " ")
	return c
}

// niceStep returns a step of 1, 2 or 5 times a power of ten that divides the axis
// into at most five.
func niceStep(top time.Duration) time.Duration {
	for unit := time.Microsecond; ; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if top/(n*unit) < 5 {
				return n * unit
			}
		}
	}
}

func axis(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	if d < time.Second {
		return fmt.Sprintf("%g ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%g s", d.Seconds())
}

func round(x float64) float64 { return float64(int(x*10+0.5)) / 10 }
