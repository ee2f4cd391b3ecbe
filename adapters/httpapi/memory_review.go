package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
)

type reviewJSON struct {
	Memory  memoryJSON  `json:"memory" doc:"The candidate"`
	Against *memoryJSON `json:"against,omitempty" doc:"What it probably contradicts, as it is now"`
}

type reviewListJSON struct {
	Items      []reviewJSON `json:"items" nullable:"false" doc:"Newest first"`
	NextCursor string       `json:"next_cursor,omitempty" doc:"Pass it as cursor for the next page; absent on the last one"`
}

type hygieneJSON struct {
	Candidate      int     `json:"candidate" doc:"Candidates waiting for review"`
	Active         int     `json:"active"`
	Superseded     int     `json:"superseded"`
	Rejected       int     `json:"rejected"`
	Expired        int     `json:"expired"`
	Duplicates     int     `json:"duplicates" doc:"Active memories that repeat another one to the word"`
	DuplicateRate  float64 `json:"duplicate_rate" doc:"Their share of the active ones"`
	Contradictions int     `json:"contradictions" doc:"Candidates that contradict a memory"`
	Stale          int     `json:"stale" doc:"Active ones that lost half of their strength or more"`
	Fading         int     `json:"fading" doc:"Active ones and candidates that are due to expire"`
	Echo           int     `json:"echo" doc:"Active ones only ever said again by who had said so already"`
	NeverRecalled  int     `json:"never_recalled" doc:"Active ones that no answer and no context pack held yet"`
}

type reviewInput struct {
	Project string `query:"project" doc:"Name or alias of a registered project; given but empty: memories of no project"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" doc:"50 unless given"`
	Cursor  string `query:"cursor" doc:"next_cursor of the page before"`

	given map[string]bool
}

// Resolve notes which parameters were given at all.
func (in *reviewInput) Resolve(ctx huma.Context) []error {
	in.given = givenParameters(ctx)
	return nil
}

type hygieneInput struct {
	Project string `query:"project" doc:"Name or alias of a registered project; given but empty: memories of no project"`

	given map[string]bool
}

// Resolve notes which parameters were given at all.
func (in *hygieneInput) Resolve(ctx huma.Context) []error {
	in.given = givenParameters(ctx)
	return nil
}

func givenParameters(ctx huma.Context) map[string]bool {
	u := ctx.URL()
	given := map[string]bool{}
	for name := range u.Query() {
		given[name] = true
	}
	return given
}

// addReview goes before the calls on /memory/{id}: the first that fits answers.
func (s *Server) addReview() {
	tags := []string{"memory"}
	register(s, huma.Operation{
		OperationID: "review-memories", Method: http.MethodGet, Path: "/memory/review", Tags: tags,
		Summary: "List the candidates with what they contradict",
	}, s.reviewMemories, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "memory-stats", Method: http.MethodGet, Path: "/memory/stats", Tags: tags,
		Summary: "How clean the memories are",
	}, s.memoryStats, http.StatusNotFound)
}

func (s *Server) reviewMemories(ctx context.Context, in *reviewInput) (*struct{ Body reviewListJSON }, error) {
	f := domain.MemoryFilter{Limit: in.Limit, Cursor: in.Cursor}
	if in.given["project"] {
		f.Project = &in.Project
	}
	if in.given["limit"] && in.Limit == 0 {
		return nil, domain.Invalid("limit 0 is out of range").WithField("limit").
			WithHint("give a number from 1 to %d", domain.MaxPageSize)
	}
	page, err := s.cfg.Memories.Queue(ctx, f)
	if err != nil {
		return nil, err
	}
	out := reviewListJSON{Items: []reviewJSON{}, NextCursor: page.NextCursor}
	for _, item := range page.Items {
		j := reviewJSON{Memory: toMemoryJSON(item.Memory)}
		if item.Against != nil {
			j.Against = new(toMemoryJSON(*item.Against))
		}
		out.Items = append(out.Items, j)
	}
	return &struct{ Body reviewListJSON }{out}, nil
}

func (s *Server) memoryStats(ctx context.Context, in *hygieneInput) (*struct{ Body hygieneJSON }, error) {
	var project *string
	if in.given["project"] {
		project = &in.Project
	}
	h, err := s.cfg.Memories.Hygiene(ctx, project)
	if err != nil {
		return nil, err
	}
	return &struct{ Body hygieneJSON }{hygieneJSON{
		Candidate: h.Statuses[domain.MemoryCandidate], Active: h.Statuses[domain.MemoryActive],
		Superseded: h.Statuses[domain.MemorySuperseded], Rejected: h.Statuses[domain.MemoryRejected],
		Expired: h.Statuses[domain.MemoryExpired], Duplicates: h.Duplicates, DuplicateRate: h.DuplicateRate,
		Contradictions: h.Contradictions, Stale: h.Stale, Fading: h.Fading, Echo: h.Echo, NeverRecalled: h.NeverRecalled,
	}}, nil
}
