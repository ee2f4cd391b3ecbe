package eval

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// NDCG returns the normalised discounted cumulative gain of the first k ids, as
// trec_eval computes it: gain as judged, discount log2(rank + 1). It lies in [0, 1];
// without anything judged above 0 it is 0.
func NDCG(ids []string, judged map[string]float64, k int) float64 {
	var got, best float64
	for i := range min(k, len(ids)) {
		got += judged[ids[i]] / math.Log2(float64(i)+2)
	}
	grades := slices.SortedFunc(maps.Values(judged), func(a, b float64) int { return cmp.Compare(b, a) })
	for i, gain := range grades {
		if i < k {
			best += gain / math.Log2(float64(i)+2)
		}
	}
	if best <= 0 {
		return 0
	}
	return got / best
}

// MRR returns one divided by the rank of the first of the k ids that is judged
// above 0, and 0 when none is.
func MRR(ids []string, judged map[string]float64, k int) float64 {
	for i := range min(k, len(ids)) {
		if judged[ids[i]] > 0 {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// Recall returns the share of what is judged above 0 that is among the first k
// ids, and 0 when nothing is.
func Recall(ids []string, judged map[string]float64, k int) float64 {
	found, all := 0, 0
	for _, id := range ids[:min(k, len(ids))] {
		if judged[id] > 0 {
			found++
		}
	}
	for _, grade := range judged {
		if grade > 0 {
			all++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(found) / float64(all)
}

// Measures are what is measured of one ranking, or the means over many. All lie in
// [0, 1]; more is better.
type Measures struct {
	NDCG10, MRR10, Recall5, Recall10, Recall50 float64
}

// Measured names one of the measures.
type Measured struct {
	Name string // nDCG@10, MRR@10, recall@5, …
	Of   func(Measures) float64
}

// AllMeasures lists the measures in the order in which they are shown.
func AllMeasures() []Measured {
	return []Measured{
		{"nDCG@10", func(m Measures) float64 { return m.NDCG10 }},
		{"MRR@10", func(m Measures) float64 { return m.MRR10 }},
		{"recall@5", func(m Measures) float64 { return m.Recall5 }},
		{"recall@10", func(m Measures) float64 { return m.Recall10 }},
		{"recall@50", func(m Measures) float64 { return m.Recall50 }},
	}
}

// measure returns the measures of one ranking; no id may stand in it twice.
func measure(ids []string, judged map[string]float64) Measures {
	return Measures{
		NDCG10: NDCG(ids, judged, 10), MRR10: MRR(ids, judged, 10),
		Recall5: Recall(ids, judged, 5), Recall10: Recall(ids, judged, 10), Recall50: Recall(ids, judged, 50),
	}
}

// mean averages, and is zero for none.
func mean(all []Measures) Measures {
	var sum Measures
	for _, m := range all {
		sum.NDCG10 += m.NDCG10
		sum.MRR10 += m.MRR10
		sum.Recall5 += m.Recall5
		sum.Recall10 += m.Recall10
		sum.Recall50 += m.Recall50
	}
	n := float64(max(1, len(all)))
	return Measures{sum.NDCG10 / n, sum.MRR10 / n, sum.Recall5 / n, sum.Recall10 / n, sum.Recall50 / n}
}

// Latency is how long questions took, from the prompt to ten results.
type Latency struct{ P50, P95, Max time.Duration }

// latencyOf returns the percentiles by nearest rank, and zero for none.
func latencyOf(all []time.Duration) Latency {
	if len(all) == 0 {
		return Latency{}
	}
	sorted := slices.Sorted(slices.Values(all))
	at := func(p float64) time.Duration { return sorted[int(math.Ceil(p*float64(len(sorted))))-1] }
	return Latency{at(0.5), at(0.95), sorted[len(sorted)-1]}
}
