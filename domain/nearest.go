package domain

import (
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns up to three of the candidates that a person who typed name may
// have meant, best first: those that contain it, or that lie within an edit
// distance of a third of their length. Case is ignored; the result keeps the
// candidates' own spelling.
func Nearest(name string, candidates []string) []string {
	type scored struct {
		text string
		cost int
	}
	typed := strings.ToLower(strings.TrimSpace(name))
	var near []scored
	seen := map[string]bool{}
	for _, c := range candidates {
		lower := strings.ToLower(c)
		if seen[c] || typed == "" {
			continue
		}
		seen[c] = true
		cost := levenshtein.ComputeDistance(typed, lower)
		allowed := max(2, max(len(lower), len(typed))/3)
		contained := len(typed) >= 3 && strings.Contains(lower, typed) || len(lower) >= 3 && strings.Contains(typed, lower)
		if contained {
			cost = min(cost, 1)
		}
		if cost <= allowed {
			near = append(near, scored{c, cost})
		}
	}
	sort.SliceStable(near, func(i, j int) bool { return near[i].cost < near[j].cost })
	var out []string
	for i := 0; i < len(near) && i < 3; i++ {
		out = append(out, near[i].text)
	}
	return out
}

// DidYouMean renders names as a hint such as `did you mean "alpha" or "beta"?`,
// and "" for none.
func DidYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = `"` + n + `"`
	}
	return "did you mean " + strings.Join(quoted, " or ") + "?"
}
