package pack_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/pack"
)

// drawWorld makes a store at random, of texts that have something to do with each
// other.
func drawWorld(t *rapid.T) *world {
	w := newWorld()
	word := rapid.SampledFrom(strings.Fields("engine pump methane is not the release goes out on Friday Monday 5 17 ``` ```` # [S1] ~~~ - | ; . " +
		"\u200b ｀ аdmin 数据库 👩‍👩‍👧 \u202e https://example.org/a/b/c x"))
	text := rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 12).Draw(t, "lines") {
			for range rapid.IntRange(0, 14).Draw(t, "words") {
				b.WriteString(word.Draw(t, "word") + rapid.SampledFrom([]string{" ", " ", " ", "", "\t", ". "}).Draw(t, "gap"))
			}
			b.WriteString("\n")
		}
		return "engine " + b.String() + strings.Repeat("long", rapid.SampledFrom([]int{0, 0, 0, 2000}).Draw(t, "tail"))
	})
	for i := range rapid.IntRange(0, 5).Draw(t, "facts") {
		w.fact(t, fmt.Sprint("key", i), text.Draw(t, "fact"))
	}
	for range rapid.IntRange(0, 6).Draw(t, "memories") {
		id := w.memory(t, text.Draw(t, "memory"))
		if rapid.IntRange(0, 4).Draw(t, "retired") == 0 {
			w.retire(t, id, domain.MemorySuperseded, "")
		}
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "documents") {
		w.document(t, fmt.Sprintf("d%d.md", i), rapid.SliceOfN(text, 1, 3).Draw(t, "chunks")...)
	}
	return w
}

func names(p domain.Pack) map[string]bool {
	out := map[string]bool{}
	for _, i := range p.Items {
		out[string(i.Tier)+" "+i.ID+i.Key] = true
	}
	return out
}

// For every state and every two budgets: neither pack costs more than its budget, and
// what the smaller one holds is in the larger one, under the same label.
func TestBudget(t *testing.T) {
	budget := rapid.OneOf(rapid.IntRange(domain.MinBudget, 600), rapid.IntRange(domain.MinBudget, 6000))
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		small := budget.Draw(t, "small")
		large := small + rapid.OneOf(rapid.IntRange(1, 50), rapid.IntRange(1, 3000)).Draw(t, "more")
		of := func(budget int) domain.Pack {
			p := w.pack(t, pack.Request{Prompt: "engine release", Project: "Atlas", Budget: budget})
			require.LessOrEqual(t, p.Tokens, budget)
			require.Equal(t, w.tokenizer.Count(p.Markdown), p.Tokens)
			sum := w.tokenizer.Count(p.Markdown[:max(0, strings.Index(p.Markdown, "## "))])
			for _, i := range p.Items {
				sum += i.Tokens
			}
			require.LessOrEqual(t, sum, p.Tokens)
			return p
		}
		a, b := of(small), of(large)
		at := map[string]string{}
		for _, i := range b.Items {
			at[string(i.Tier)+" "+i.ID+i.Key] = i.Label
		}
		for _, i := range a.Items {
			name := string(i.Tier) + " " + i.ID + i.Key
			require.Contains(t, at, name, "%d tokens hold it and %d do not", small, large)
			require.Equal(t, at[name], i.Label)
		}
		seen := names(b)
		for _, l := range b.LeftOut {
			require.False(t, seen[string(l.Tier)+" "+l.ID], "%s is in the pack and left out", l.ID)
		}
	})
}

// Quotas: a tier that has much to say leaves the others their parts, and takes what
// they do not need.
func TestTiersShareTheBudget(t *testing.T) {
	crowd := func(state, memories, documents int) map[domain.Tier]int {
		w := newWorld()
		for i := range state {
			w.fact(t, fmt.Sprint("key", i), fmt.Sprintf("engine of state number %d", i))
		}
		for i := range memories {
			w.memory(t, fmt.Sprintf("the engine of memory %d", i))
		}
		for i := range documents {
			w.document(t, fmt.Sprintf("d%d.md", i), fmt.Sprintf("every engine in document %d", i))
		}
		p := w.pack(t, pack.Request{Prompt: "engine", Project: "Atlas", Budget: 1000})
		assert.Greater(t, p.Tokens, 850, "it is filled")
		out := map[domain.Tier]int{}
		for _, i := range p.Items {
			out[i.Tier] += i.Tokens
		}
		return out
	}
	all := crowd(50, 50, 50)
	assert.InDelta(t, 240, all[domain.TierState], 40)
	assert.InDelta(t, 320, all[domain.TierMemory], 50)
	assert.InDelta(t, 390, all[domain.TierDocument], 60)
	none := crowd(0, 2, 50)
	assert.Greater(t, none[domain.TierDocument], 750)
	assert.Greater(t, crowd(50, 0, 0)[domain.TierState], 850)
}

// What counts as said does not depend on what fits: a document that repeats a memory
// which the budget does not reach is a repeat all the same, or a larger budget would
// remove it.
func TestRepeatsDoNotDependOnTheBudget(t *testing.T) {
	w := newWorld()
	for i := range 40 {
		w.memory(t, fmt.Sprintf("engine engine number %d of many", i))
	}
	w.memory(t, "The engine and its pump are inspected every week by somebody who signs the sheet.")
	w.document(t, "a.md", "The engine and its pump are inspected every week by somebody who signs the sheet.")
	for _, budget := range []int{200, 3000} {
		p := w.pack(t, pack.Request{Prompt: "engine", Project: "Atlas", Budget: budget})
		assert.Equal(t, domain.LeftAsDuplicate, reasons(p)["a.md:1"], "%d tokens", budget)
	}
}
