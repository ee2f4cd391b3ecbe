package eval

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

const (
	// wholeUpTo is how many characters of a text still make one passage: the
	// largest that ingest.chunk_size admits. A collection judges texts as a whole.
	wholeUpTo = 8000
	// batch is how many passages are embedded at once.
	batch = 64
)

// load imports the collection into a scratch store, and returns that with the
// text that each passage is part of.
func (s *Service) load(ctx context.Context, c Corpus, report *Report, p Progress) (_ *Scratch, documents map[string]string, err error) {
	scratch, err := s.Scratch(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, scratch.Close())
		}
	}()
	documents = map[string]string{}
	waiting := []bundle{}
	passages := 0
	flush := func() error {
		err := scratch.store(ctx, waiting)
		waiting, passages = waiting[:0], 0
		return err
	}
	for done, b := range bundles(c.Texts, scratch.Cut) {
		p.Tell("import", done, len(c.Texts))
		for i, chunk := range b.chunks {
			documents[chunk.ID] = b.texts[i]
		}
		report.Passages += len(b.chunks)
		waiting = append(waiting, b)
		if passages += len(b.chunks); passages >= batch {
			if err := flush(); err != nil {
				return nil, nil, err
			}
		}
	}
	if err := flush(); err != nil {
		return nil, nil, err
	}
	return scratch, documents, nil
}

// bundle is one document of the store.
type bundle struct {
	document domain.Document
	chunks   []domain.Chunk
	texts    []string // for each chunk the id of the text that it is part of
}

// bundles yields the documents that the texts make, with how many texts went
// before. Their paths are numbers, because the words of a path count in the
// ranking and the ids of a collection say nothing.
func bundles(texts []Text, cut func(domain.DocumentKey, string) []domain.Chunk) func(yield func(int, bundle) bool) {
	return func(yield func(int, bundle) bool) {
		for from := 0; from < len(texts); {
			to := from + 1
			for to < len(texts) && follows(texts[to-1], texts[to]) {
				to++
			}
			key := domain.DocumentKey{Project: texts[from].Project, Root: importRoot().Label, Path: fmt.Sprintf("%07d.txt", from+1)}
			b := bundle{document: domain.Document{DocumentKey: key, Title: texts[from].Title}}
			line := 1
			for _, t := range texts[from:to] {
				for _, chunk := range chunksOf(key, t, cut) {
					lines := chunk.EndLine - chunk.StartLine
					chunk.ID = domain.ChunkID(key, chunk.Content, len(b.chunks))
					chunk.Seq, chunk.StartLine, chunk.EndLine = len(b.chunks), line, line+lines
					line += lines + 1
					b.chunks, b.texts = append(b.chunks, chunk), append(b.texts, t.ID)
				}
			}
			if len(b.chunks) > 0 && !yield(from, b) {
				return
			}
			from = to
		}
	}
}

// follows tells whether b goes on where a ended, as the turns of one conversation
// do: lines of the same project, without titles of their own, whose ids count up
// after the same beginning, which ends in a colon or a hash (D1:3, D1:4).
func follows(a, b Text) bool {
	if a.Project == "" || a.Project != b.Project || a.Title != b.Title {
		return false
	}
	i, j := strings.LastIndexAny(a.ID, ":#"), strings.LastIndexAny(b.ID, ":#")
	if i <= 0 || i != j || a.ID[:i+1] != b.ID[:j+1] {
		return false
	}
	x, err1 := strconv.Atoi(a.ID[i+1:])
	y, err2 := strconv.Atoi(b.ID[j+1:])
	return err1 == nil && err2 == nil && y == x+1
}

// chunksOf returns the text in one piece, or cut where it is too long for one. A
// text without a word has none.
func chunksOf(key domain.DocumentKey, t Text, cut func(domain.DocumentKey, string) []domain.Chunk) []domain.Chunk {
	text := t.Text
	if strings.TrimSpace(text) == "" {
		text = t.Title
	}
	if strings.TrimSpace(text) == "" {
		return nil
	}
	text = strings.ReplaceAll(text, "\x00", " ")
	if utf8.RuneCountInString(text) > wholeUpTo {
		return cut(key, text)
	}
	return []domain.Chunk{{StartLine: 1, EndLine: 1 + strings.Count(text, "\n"), Content: text}}
}

// store embeds and stores the documents.
func (x *Scratch) store(ctx context.Context, waiting []bundle) error {
	var texts []string
	for _, b := range waiting {
		for _, chunk := range b.chunks {
			texts = append(texts, strings.TrimPrefix(b.document.Title+"\n"+chunk.Searchable(), "\n"))
		}
	}
	if len(texts) == 0 {
		return ctx.Err()
	}
	vectors, err := x.Embedder.Embed(ctx, texts)
	if err != nil {
		return fmt.Errorf("embed the collection: %w", err)
	}
	for _, b := range waiting {
		for i := range b.chunks {
			b.chunks[i].Vector, vectors = vectors[0], vectors[1:]
		}
		if err := x.Documents.Replace(ctx, b.document.With(b.chunks)); err != nil {
			return fmt.Errorf("import the collection: %w", err)
		}
	}
	return nil
}

// registry holds the projects of a collection, and never changes.
type registry []domain.Project

func registryOf(c Corpus) registry {
	var out registry
	known := map[string]bool{}
	add := func(name string) {
		if name != "" && !known[domain.FoldName(name)] {
			known[domain.FoldName(name)] = true
			out = append(out, domain.Project{Name: name, IngestRoots: []domain.IngestRoot{importRoot()}})
		}
	}
	for _, t := range c.Texts {
		add(t.Project)
	}
	for _, q := range c.Questions {
		add(q.Project)
	}
	slices.SortFunc(out, func(a, b domain.Project) int {
		return strings.Compare(domain.FoldName(a.Name), domain.FoldName(b.Name))
	})
	return out
}

// List implements ports.ProjectRegistry.
func (r registry) List(ctx context.Context) ([]domain.Project, error) { return r, ctx.Err() }

// Update implements ports.ProjectRegistry, by refusing.
func (registry) Update(context.Context, func([]domain.Project) ([]domain.Project, error)) error {
	return domain.Refused("the projects of a collection do not change")
}
