package httpapi

import (
	"errors"
	"strings"

	"github.com/atocore/atocore/domain"
)

// weightsJSON is a partial set of ranking weights.
type weightsJSON struct {
	ProjectMatchBoost    *float64 `json:"project_match_boost,omitempty" minimum:"1" maximum:"10"`
	QueryTokenStep       *float64 `json:"query_token_step,omitempty" minimum:"0" maximum:"1"`
	QueryTokenCap        *float64 `json:"query_token_cap,omitempty" minimum:"1" maximum:"10"`
	PathHighSignalBoost  *float64 `json:"path_high_signal_boost,omitempty" minimum:"1" maximum:"10"`
	PathLowSignalPenalty *float64 `json:"path_low_signal_penalty,omitempty" minimum:"0.01" maximum:"1"`
	PathHighSignal       []string `json:"path_high_signal,omitempty" nullable:"false" doc:"Words of paths that carry decisions"`
	PathLowSignal        []string `json:"path_low_signal,omitempty" nullable:"false" doc:"Words of archives, drafts and histories"`
}

func (w *weightsJSON) change() domain.RankingChange {
	c := domain.RankingChange{Numbers: map[string]float64{}, Lists: map[string][]string{}}
	if w == nil {
		return c
	}
	for key, v := range map[string]*float64{
		"project_match_boost": w.ProjectMatchBoost, "query_token_step": w.QueryTokenStep, "query_token_cap": w.QueryTokenCap,
		"path_high_signal_boost": w.PathHighSignalBoost, "path_low_signal_penalty": w.PathLowSignalPenalty,
	} {
		if v != nil {
			c.Numbers[key] = *v
		}
	}
	for key, list := range map[string][]string{"path_high_signal": w.PathHighSignal, "path_low_signal": w.PathLowSignal} {
		if list != nil {
			c.Lists[key] = []string{}
			for _, word := range list {
				c.Lists[key] = append(c.Lists[key], strings.Clone(word))
			}
		}
	}
	return c
}

// inWeights names the field of the body for what was wrong with a weight.
func inWeights(err error) error {
	var e *domain.Error
	if errors.As(err, &e) {
		if key, ok := strings.CutPrefix(e.Field, "rank."); ok {
			e.Field = join("weights", key)
		}
	}
	return err
}

type whyNotJSON struct {
	Expected    string           `json:"expected" doc:"As it was asked for"`
	Verdict     string           `json:"verdict" enum:"missing,inactive,out_of_scope,not_proposed,too_weak,outranked,answered"`
	Reason      string           `json:"reason" doc:"One sentence for a person"`
	Nearest     []string         `json:"nearest,omitempty" nullable:"false" doc:"Missing: names that may have been meant"`
	Passages    int              `json:"passages" doc:"How many passages go by that name"`
	Passage     *resultJSON      `json:"passage,omitempty" doc:"The one of them that came farthest, with its score and explanation if it was ranked"`
	Rank        int              `json:"rank" doc:"From 1; 0 when it was not ranked"`
	Ranked      int              `json:"ranked" doc:"How many candidates were ranked"`
	TextScore   float64          `json:"text_score" doc:"What full text said of it, 0 to 1"`
	Cosine      float64          `json:"cosine" doc:"What the vector index said of it, 0 to 1"`
	Holds       []string         `json:"holds" nullable:"false" doc:"Words of the prompt that it holds"`
	Lacks       []string         `json:"lacks" nullable:"false" doc:"Words of the prompt that it lacks"`
	Last        *resultJSON      `json:"last,omitempty" doc:"The last result that made it, or, for a passage that made it, the one above"`
	Differences []differenceJSON `json:"differences" nullable:"false" doc:"Signals and factors in which passage and last differ"`
}

type differenceJSON struct {
	Name     string  `json:"name"`
	Kind     string  `json:"kind" enum:"signal,factor" doc:"Signals are added, factors multiplied"`
	Expected float64 `json:"expected" doc:"Of the passage; 0 for a signal and 1 for a factor that it lacks"`
	Last     float64 `json:"last"`
	Detail   string  `json:"detail,omitempty"`
}

func toWhyNotJSON(w *domain.WhyNot) *whyNotJSON {
	if w == nil {
		return nil
	}
	out := &whyNotJSON{
		Expected: w.Expected, Verdict: string(w.Verdict), Reason: w.Reason, Nearest: w.Nearest, Passages: w.Passages,
		Rank: w.Rank, Ranked: w.Ranked, TextScore: w.TextScore, Cosine: w.Cosine,
		Holds: append([]string{}, w.Holds...), Lacks: append([]string{}, w.Lacks...), Differences: []differenceJSON{},
	}
	if w.Passage != nil {
		r := domain.Result{Passage: *w.Passage, Explanation: w.Explanation}
		if w.Explanation != nil {
			r.Score = w.Explanation.Score
		}
		json := toResultJSON(r)
		out.Passage = &json
	}
	if w.Last != nil {
		json := toResultJSON(*w.Last)
		out.Last = &json
	}
	for _, g := range w.Behind {
		kind := "signal"
		if g.Factor {
			kind = "factor"
		}
		out.Differences = append(out.Differences, differenceJSON{g.Name, kind, g.Expected, g.Last, g.Detail})
	}
	return out
}
