package tune

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/eval"
)

// worth is the gain of mean nDCG below which the search stays where it is: rather
// few changes than many that nobody would notice.
const worth = 0.0005

// grid holds, for each numeric weight, the values that are tried.
var grid = map[string][]float64{
	"project_match_boost":     {1, 1.25, 1.5, 2, 3, 5, 10},
	"query_token_step":        {0, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1},
	"query_token_cap":         {1, 1.1, 1.2, 1.32, 1.5, 2, 3, 5},
	"path_high_signal_boost":  {1, 1.05, 1.1, 1.18, 1.3, 1.5, 2, 3},
	"path_low_signal_penalty": {0.01, 0.1, 0.25, 0.5, 0.6, 0.72, 0.85, 1},
}

// bench tries weights on questions, and remembers what came of it.
type bench struct {
	questions []eval.Weighed
	known     map[string][]float64 // by the numbers: nDCG@10 of every question
	tried     int
}

// scores returns what each question gets under the weights.
func (b *bench) scores(w domain.RankingWeights) []float64 {
	key := w.String()
	if s, ok := b.known[key]; ok {
		return s
	}
	out := make([]float64, len(b.questions))
	for i, q := range b.questions {
		out[i] = q.NDCG10(w)
	}
	b.known[key] = out
	b.tried++
	return out
}

// mean averages the scores of the questions that are on.
func (b *bench) mean(w domain.RankingWeights, on []int) float64 {
	scores := b.scores(w)
	var sum float64
	for _, i := range on {
		sum += scores[i]
	}
	return sum / float64(max(1, len(on)))
}

// search returns the weights under which the questions that are on do best: each
// weight in turn is set to the best value of its grid until nothing gains, from the
// present weights and from some drawn by seed. Last, what does not pay is set back.
// An end of ctx ends it early, with the best so far.
func (b *bench) search(ctx context.Context, present domain.RankingWeights, on []int, starts int, seed uint64) domain.RankingWeights {
	dice := rand.New(rand.NewPCG(seed, uint64(len(on))))
	best, top := present, b.mean(present, on)
	for start := range starts + 1 {
		w := present
		if start > 0 {
			for _, bound := range domain.RankingBounds() {
				values := grid[bound.Key]
				*bound.Value(&w) = values[dice.IntN(len(values))]
			}
		}
		w, score := b.climb(ctx, w, on)
		if score > top+worth {
			best, top = w, score
		}
		if ctx.Err() != nil {
			break
		}
	}
	return b.prune(present, best, on)
}

// climb sets one weight after the other to its best value until none gains.
func (b *bench) climb(ctx context.Context, w domain.RankingWeights, on []int) (domain.RankingWeights, float64) {
	score := b.mean(w, on)
	for gained := true; gained && ctx.Err() == nil; {
		gained = false
		for _, bound := range domain.RankingBounds() {
			for _, v := range grid[bound.Key] {
				try := w
				*bound.Value(&try) = v
				if s := b.mean(try, on); s > score+worth {
					w, score, gained = try, s, true
				}
			}
		}
	}
	return w, score
}

// prune sets back every weight whose change is worth nothing by itself.
func (b *bench) prune(present, w domain.RankingWeights, on []int) domain.RankingWeights {
	for _, bound := range domain.RankingBounds() {
		back := w
		*bound.Value(&back) = *bound.Value(&present)
		if back.String() != w.String() && b.mean(back, on) >= b.mean(w, on)-worth/10 {
			w = back
		}
	}
	return w
}

// folds parts n questions into k of nearly equal size, drawn by seed.
func folds(n, k int, seed uint64) [][]int {
	order := rand.New(rand.NewPCG(seed, 1)).Perm(n)
	out := make([][]int, k)
	for i, q := range order {
		out[i%k] = append(out[i%k], q)
	}
	for _, f := range out {
		slices.Sort(f)
	}
	return out
}

// others returns the numbers below n that are not in fold.
func others(n int, fold []int) []int {
	out := make([]int, 0, n-len(fold))
	for i := range n {
		if !slices.Contains(fold, i) {
			out = append(out, i)
		}
	}
	return out
}

// byGain orders effects: what gains most first, what loses most last.
func byGain(a, b Effect) int {
	return cmp.Or(cmp.Compare(b.Gain(), a.Gain()), strings.Compare(a.Question.ID, b.Question.ID))
}
