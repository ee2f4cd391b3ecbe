package pack

import (
	"cmp"
	"context"
	"slices"

	"github.com/atocore/atocore/domain"
)

const (
	// most is how many memories, and how many passages of documents, are looked at.
	most = 50
	// weak is the share of the best score of its tier below which something is left out.
	weak = 0.25
	// again is what each further passage of one document is worth beside the one
	// before it, so that several documents have a word.
	again = 0.75
)

// finding is what bears on a prompt, by tier and in the order of preference. None of
// it depends on the budget.
type finding struct {
	project string
	hinted  []string
	notes   []string
	items   map[domain.Tier][]domain.PackItem // their content verbatim
	left    []domain.LeftOut
	// outdated returns what of a passage does not hold any more.
	outdated func(domain.PackItem) []domain.Outdated
}

func (s *Service) gather(ctx context.Context, r Request) (finding, error) {
	f := finding{items: map[domain.Tier][]domain.PackItem{}}
	ask := func(kind domain.PassageKind) ([]domain.Result, error) {
		c, err := s.Query.Gather(ctx, domain.Query{
			Prompt: r.Prompt, Project: r.Project, Kinds: []domain.PassageKind{kind}, AsOf: r.AsOf,
		})
		if err != nil {
			return nil, err
		}
		a := c.Answer()
		f.project, f.hinted = a.Project, a.Hinted
		for _, note := range []string{a.Incomplete, a.VectorDegraded} {
			if note != "" && !slices.Contains(f.notes, note) {
				f.notes = append(f.notes, note)
			}
		}
		return c.Rank(s.Query.Weights, most, false), nil
	}
	memories, err := ask(domain.PassageMemory)
	if err != nil {
		return f, err
	}
	var documents []domain.Result
	if r.AsOf.IsZero() {
		if documents, err = ask(domain.PassageChunk); err != nil {
			return f, err
		}
	}
	if err := s.state(ctx, r, &f); err != nil {
		return f, err
	}
	memories, documents = f.strong(memories), f.strong(spread(documents))
	origins, err := s.origins(ctx, r, slices.Concat(memories, documents))
	if err != nil {
		return f, err
	}
	for _, found := range slices.Concat(memories, documents) {
		o, exists := origins[found.ID]
		if !exists {
			continue // it went away meanwhile
		}
		i := item(found, o)
		f.items[i.Tier] = append(f.items[i.Tier], i)
	}
	retired, err := s.Query.Retired(ctx)
	if err != nil {
		return f, err
	}
	f.outdated = func(i domain.PackItem) []domain.Outdated {
		return retired.In(domain.Passage{
			ID: i.ID, Kind: domain.PassageChunk, Project: i.Project, StartLine: i.StartLine, EndLine: i.EndLine, Content: i.Content,
		}, said(memories))
	}
	return f, nil
}

// said returns what the memories say.
func said(memories []domain.Result) []string {
	out := make([]string, len(memories))
	for i, m := range memories {
		out[i] = m.Content
	}
	return out
}

func item(r domain.Result, o domain.Origin) domain.PackItem {
	return domain.PackItem{
		Tier: r.Tier(), ID: r.ID, Project: r.Project, Type: r.Type, Confidence: r.Confidence, Source: o.Source,
		Root: r.Root, Path: r.Path, Heading: r.Heading, StartLine: r.StartLine, EndLine: r.EndLine,
		At: o.At, Score: r.Score, Content: r.Content,
	}
}

// strong leaves out what is far weaker than the best, and says so.
func (f *finding) strong(results []domain.Result) []domain.Result {
	best := 0.0
	for _, r := range results {
		best = max(best, r.Score)
	}
	return slices.DeleteFunc(results, func(r domain.Result) bool {
		if r.Score >= weak*best {
			return false
		}
		f.left = append(f.left, domain.LeftOut{Tier: r.Tier(), ID: r.ID, Place: place(item(r, domain.Origin{})), Reason: domain.LeftAsWeak, Score: r.Score})
		return true
	})
}

// spread orders passages so that no document crowds out the others.
func spread(results []domain.Result) []domain.Result {
	type key struct{ project, root, path string }
	seen := map[key]int{}
	worth := make(map[string]float64, len(results))
	for _, r := range results {
		k := key{r.Project, r.Root, r.Path}
		w := r.Score
		for range seen[k] {
			w *= again
		}
		seen[k]++
		worth[r.ID] = w
	}
	slices.SortStableFunc(results, func(a, b domain.Result) int {
		return cmp.Or(cmp.Compare(worth[b.ID], worth[a.ID]), cmp.Compare(a.ID, b.ID))
	})
	return results
}

// state adds the facts of the project, or else of those that the prompt names: what
// the prompt asks for first.
func (s *Service) state(ctx context.Context, r Request, f *finding) error {
	projects := f.hinted
	if f.project != "" {
		projects = []string{f.project}
	}
	at := r.AsOf
	if at.IsZero() {
		at = s.Clock.Now().AddDate(100, 0, 0) // a clock that was set back hides nothing
	}
	asked := stems(r.Prompt)
	for _, name := range projects {
		facts, err := s.Facts.Facts(ctx, name, at)
		if err != nil {
			return err
		}
		bearing := map[string]int{}
		for _, fact := range facts {
			for stem := range stems(fact.Key + " " + fact.Value) {
				if asked[stem] {
					bearing[fact.Key]++
				}
			}
		}
		slices.SortStableFunc(facts, func(a, b domain.Fact) int {
			return cmp.Or(cmp.Compare(bearing[b.Key], bearing[a.Key]), cmp.Compare(a.Key, b.Key))
		})
		for _, fact := range facts {
			f.items[domain.TierState] = append(f.items[domain.TierState], domain.PackItem{
				Tier: domain.TierState, Project: fact.Project, Key: fact.Key, By: fact.By, At: fact.At, Content: fact.Value,
			})
		}
	}
	return nil
}

// stems returns the stems of the telling words.
func stems(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range domain.Tokens(text) {
		out[domain.StemOf(w)] = true
	}
	return out
}

// origins returns where the results come from; with a moment, as it was then.
func (s *Service) origins(ctx context.Context, r Request, results []domain.Result) (map[string]domain.Origin, error) {
	if r.AsOf.IsZero() {
		ids := make([]string, len(results))
		for i, found := range results {
			ids[i] = found.ID
		}
		return s.Origins.Origins(ctx, ids)
	}
	out := map[string]domain.Origin{}
	for _, found := range results {
		m, err := s.Archive.GetAt(ctx, found.ID, r.AsOf)
		if err != nil {
			return nil, err
		}
		out[found.ID] = domain.Origin{At: m.Affirmed(), Source: m.Source}
	}
	return out, nil
}
