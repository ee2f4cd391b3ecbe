package engine

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/atocore/atocore/domain"
)

// corpusOf makes n chunks of about 1,087 bytes whose words follow Zipf's law, five
// to a document, and questions of eight words with stop words.
func corpusOf(n int) (chunks []domain.Passage, questions []string) {
	random := rand.New(rand.NewPCG(7, 7))
	zipf := rand.NewZipf(random, 1.07, 8, 200_000)
	stops := []string{"the", "of", "what", "is", "in", "a", "to", "how", "does", "and"}
	letters := "etaoinshrdlucmfwypvbgk"
	word := func() string {
		k := zipf.Uint64()
		if k < 10 {
			return stops[k]
		}
		r := rand.New(rand.NewPCG(k, 3))
		var b strings.Builder
		for range 3 + r.IntN(8) {
			b.WriteByte(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	for i := range n {
		var b strings.Builder
		for b.Len() < 1080 {
			b.WriteString(word())
			b.WriteByte(' ')
		}
		chunks = append(chunks, domain.Passage{
			ID: fmt.Sprintf("%032x", i), Kind: domain.PassageChunk, Project: "p", Root: "r",
			Path: fmt.Sprintf("d%d.md", i/5), Title: word() + " " + word(), Seq: i % 5, Content: b.String(),
		})
	}
	for range 200 {
		words := make([]string, 8)
		source := strings.Fields(chunks[random.IntN(n)].Content)
		for i := range words {
			words[i] = source[random.IntN(len(source))]
		}
		questions = append(questions, strings.Join(words, " "))
	}
	return chunks, questions
}

func BenchmarkText(b *testing.B) {
	for _, n := range []int{10_000, 50_000} {
		chunks, questions := corpusOf(n)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		x := newText()
		for _, c := range chunks {
			x.add(c, c.Content)
		}
		b.Run(fmt.Sprintf("add/%d", n), func(b *testing.B) {
			for b.Loop() {
				x = newText()
				for _, c := range chunks {
					x.add(c, c.Content)
				}
			}
		})
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.Logf("%d chunks: %d bytes a chunk, %d stems", n, int(after.HeapAlloc-before.HeapAlloc)/n, x.vocabulary.size())
		s := &scratch{}
		for _, ask := range []struct {
			name   string
			joined int                      // questions to one
			change func(word string) string // of one word of each question
		}{
			{"search", 1, func(w string) string { return w }},
			{"misspelt", 1, func(w string) string { return w[:1] + "x" + w[1:] }},
			{"new", 1, func(w string) string { return "zq" + w + "kwx" }},
			{"long", 5, func(w string) string { return w }},
		} {
			asked := make([]string, len(questions))
			for i, q := range questions {
				words := strings.Fields(q)
				words[i%8] = ask.change(words[i%8])
				asked[i] = strings.Join(words, " ")
			}
			single := slices.Clone(asked)
			for i := range asked {
				for k := 1; k < ask.joined; k++ {
					asked[i] += " " + single[(i+k)%len(single)]
				}
			}
			b.Run(fmt.Sprintf("%s/%d", ask.name, n), func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					if i%len(asked) == 0 {
						x.changes++ // what was guessed is forgotten
					}
					x.search(asked[i%len(asked)], domain.Scope{}, 200, s)
					i++
				}
			})
		}
	}
}
