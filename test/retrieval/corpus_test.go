package retrieval

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// The shape of the generated corpora: chunks of about chunkBytes bytes, chunksEach
// to a document, and questions of questionWords words.
const (
	chunkBytes    = 1087
	chunksEach    = 5
	questionWords = 8
	questionCount = 400
	topics        = 300
	topicWords    = 300
	vocabulary    = 200_000
)

// stops are the commonest words, as they are in English.
var stops = strings.Fields(`the of and to in a is that for it as was with be by on not he i this are or his
	from at which but have an had they you were their one all we can her has there been if more when will would
	who so no`)

// corpus is a generated collection. The same number of chunks is always the same
// collection. Words follow Zipf's law; two in seven come from the few hundred of
// the document's topic.
type corpus struct {
	chunks    []string
	questions []string
}

func generate(n int) corpus {
	random := rand.New(rand.NewPCG(1087, uint64(n)))
	zipf := rand.NewZipf(random, 1.07, 4, vocabulary)
	word := func() string { return wordNumber(zipf.Uint64()) }
	var c corpus
	topic := 0
	for i := range n {
		if i%chunksEach == 0 {
			topic = random.IntN(topics)
		}
		var b strings.Builder
		line := 0
		for b.Len() < chunkBytes-6 {
			w := word()
			if random.IntN(7) < 2 {
				k := min(random.IntN(topicWords), random.IntN(topicWords))
				w = wordNumber(uint64(1000 + topic*topicWords + k))
			}
			if line += len(w) + 1; line > 90 {
				b.WriteByte('\n')
				line = len(w) + 1
			} else if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(w)
		}
		c.chunks = append(c.chunks, b.String())
	}
	for range questionCount {
		words := make([]string, questionWords)
		source := strings.Fields(c.chunks[random.IntN(n)])
		for i := range words {
			words[i] = source[random.IntN(len(source))]
		}
		c.questions = append(c.questions, strings.Join(words, " "))
	}
	return c
}

const letters = "etaoinshrdlucmfwypvbgk"

// wordNumber returns the word of a rank: a stop word, or three to ten letters.
func wordNumber(k uint64) string {
	if k < uint64(len(stops)) {
		return stops[k]
	}
	r := rand.New(rand.NewPCG(k, 3))
	b := make([]byte, 3+r.IntN(8))
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

// write makes a folder of Markdown files, chunksEach paragraphs to a file.
func (c corpus) write(dir string) error {
	for i := 0; i < len(c.chunks); i += chunksEach {
		path := filepath.Join(dir, fmt.Sprintf("part%02d", i/chunksEach%50), fmt.Sprintf("note%05d.md", i/chunksEach))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		text := strings.Join(c.chunks[i:min(len(c.chunks), i+chunksEach)], "\n\n") + "\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
