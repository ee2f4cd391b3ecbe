package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
)

type queryJSON struct {
	Prompt  string   `json:"prompt" minLength:"1" doc:"What to look for, in plain language; at most 32768 bytes"`
	TopK    *int     `json:"top_k,omitempty" minimum:"1" maximum:"100" doc:"Most results to return; 10 unless given"`
	Project *string  `json:"project,omitempty" doc:"Name or alias: only this project's passages and those of no project"`
	Kinds   []string `json:"kinds,omitempty" nullable:"false" enum:"memory,chunk" doc:"Only these; everything unless given"`
	Least   *float64 `json:"min_score,omitempty" minimum:"0" maximum:"10" doc:"Leave out what scores less; 0 unless given"`
	Explain *bool    `json:"explain,omitempty" doc:"Whether each result carries the factors of its score"`

	Mode    *string      `json:"mode,omitempty" enum:"hybrid,text" doc:"text: full text alone, without embedding the prompt; hybrid, full text and vectors, unless given"`
	Weights *weightsJSON `json:"weights,omitempty" doc:"A what-if: these ranking weights instead of the configured ones, for this question alone"`
	AsOf    *string      `json:"as_of,omitempty" format:"date-time" doc:"A time in RFC 3339: answer from the memories as they stood then"`
	WhyNot  *string      `json:"why_not,omitempty" doc:"A path, path:line or id: the answer explains what became of it"`
}

type answerJSON struct {
	Results        []resultJSON `json:"results" nullable:"false" doc:"Best first; empty when nothing matches"`
	Project        string       `json:"project,omitempty" doc:"Canonical name of the project that the query was narrowed to"`
	Hinted         []string     `json:"hinted,omitempty" nullable:"false" doc:"Projects that the prompt names"`
	TextCandidates int          `json:"text_candidates" doc:"How many passages the text index proposed"`
	AsOf           *time.Time   `json:"as_of,omitempty" doc:"The moment that the answer is of, when one was asked for"`
	Incomplete     string       `json:"incomplete,omitempty" doc:"What the answer cannot hold, and why"`
	VectorDegraded string       `json:"vector_degraded,omitempty" doc:"Why the vector index took no part"`
	Mode           string       `json:"mode,omitempty" enum:"text" doc:"text, when full text alone was asked for"`
	WhyNot         *whyNotJSON  `json:"why_not,omitempty" doc:"Only when asked for"`
}

type resultJSON struct {
	ID          string           `json:"id" doc:"Of the chunk or the memory"`
	Kind        string           `json:"kind" enum:"memory,chunk"`
	Tier        string           `json:"tier" enum:"memory,document" doc:"How far it is trusted: memories over documents"`
	Score       float64          `json:"score" doc:"Higher is better; means the same across queries"`
	Project     string           `json:"project" doc:"Empty for none"`
	Root        string           `json:"root,omitempty" doc:"Chunks: label of the ingest root"`
	Path        string           `json:"path,omitempty" doc:"Chunks: file, relative to the root"`
	Title       string           `json:"title,omitempty" doc:"Chunks: title of the document"`
	Heading     string           `json:"heading,omitempty" doc:"Chunks: path of headings"`
	StartLine   int              `json:"start_line,omitempty" doc:"Chunks: first line, from 1"`
	EndLine     int              `json:"end_line,omitempty" doc:"Chunks: last line"`
	MemoryType  string           `json:"memory_type,omitempty" doc:"Memories"`
	Confidence  *float64         `json:"confidence,omitempty" doc:"Memories"`
	Content     string           `json:"content" doc:"Verbatim: the text of those lines, or the memory"`
	Superseded  []outdatedJSON   `json:"superseded,omitempty" nullable:"false" doc:"Chunks: lines that say what a memory said which does not hold any more"`
	Explanation *explanationJSON `json:"explanation,omitempty" doc:"Only when asked for"`
}

type outdatedJSON struct {
	StartLine    int    `json:"start_line"`
	EndLine      int    `json:"end_line"`
	Memory       string `json:"memory" doc:"Id of the memory that said so"`
	Status       string `json:"status" enum:"superseded,rejected" doc:"Of that memory"`
	SupersededBy string `json:"superseded_by,omitempty" doc:"Id of the memory that took its place"`
}

func toOutdatedJSON(list []domain.Outdated) []outdatedJSON {
	var out []outdatedJSON
	for _, o := range list {
		out = append(out, outdatedJSON{o.StartLine, o.EndLine, o.Memory, string(o.Status), o.SupersededBy})
	}
	return out
}

type explanationJSON struct {
	Signals []contributionJSON `json:"signals" nullable:"false" doc:"What the indexes added"`
	Base    float64            `json:"base" doc:"Sum of the signals"`
	Factors []contributionJSON `json:"factors" nullable:"false" doc:"What the ranking weights multiplied"`
	Score   float64            `json:"score" doc:"Base × all factors"`
}

type contributionJSON struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Detail string  `json:"detail,omitempty"`
}

func (s *Server) addQuery() {
	register(s, huma.Operation{
		OperationID: "query", Method: http.MethodPost, Path: "/query", Tags: []string{"query"},
		Summary:  "Find the passages that bear on a prompt",
		Metadata: map[string]any{scope: domain.KeyRead},
	}, s.query, http.StatusNotFound)
}

type queryInput struct{ Body queryJSON }

func (s *Server) query(ctx context.Context, in *queryInput) (*struct{ Body answerJSON }, error) {
	q := domain.Query{
		Prompt: in.Body.Prompt, Project: deref(in.Body.Project),
		TopK: deref(in.Body.TopK), MinScore: deref(in.Body.Least), Explain: deref(in.Body.Explain),
		Weights: in.Body.Weights.change(), WhyNot: strings.Clone(deref(in.Body.WhyNot)),
	}
	if in.Body.WhyNot != nil && strings.TrimSpace(q.WhyNot) == "" {
		return nil, domain.Invalid("why_not is empty").WithField("why_not").WithHint("give a path, path:line or id")
	}
	if in.Body.TopK != nil && q.TopK == 0 {
		return nil, domain.Invalid("top_k 0 is out of range").WithField("top_k").
			WithHint("give a number from 1 to %d", domain.MaxTopK)
	}
	known := []string{string(domain.PassageMemory), string(domain.PassageChunk)}
	for _, k := range in.Body.Kinds {
		if k != known[0] && k != known[1] {
			err := domain.Invalid("unknown kind %q", join("", k)).WithField("kinds")
			err.Nearest = domain.Nearest(k, known)
			return nil, hinted(err, known)
		}
		q.Kinds = append(q.Kinds, domain.PassageKind(k))
	}
	var err error
	if in.Body.Mode != nil {
		if q.Mode, err = domain.ParseQueryMode(*in.Body.Mode); err != nil {
			return nil, err
		}
	}
	if in.Body.AsOf != nil {
		if q.AsOf, err = asOf(*in.Body.AsOf); err != nil {
			return nil, err
		}
	}
	a, err := s.cfg.Query.Query(ctx, q)
	if err != nil {
		return nil, inWeights(err)
	}
	out := answerJSON{
		Results: make([]resultJSON, 0, len(a.Results)), Project: a.Project, Hinted: a.Hinted,
		TextCandidates: a.TextCandidates, VectorDegraded: a.VectorDegraded, WhyNot: toWhyNotJSON(a.WhyNot),
		AsOf: given(a.AsOf), Incomplete: a.Incomplete,
	}
	if a.Mode == domain.ModeText {
		out.Mode = string(a.Mode)
	}
	for _, r := range a.Results {
		out.Results = append(out.Results, toResultJSON(r))
	}
	return &struct{ Body answerJSON }{out}, nil
}

// given returns a moment that was given, nil for none.
func given(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func toResultJSON(r domain.Result) resultJSON {
	out := resultJSON{
		ID: r.ID, Kind: string(r.Kind), Tier: string(r.Tier()), Superseded: toOutdatedJSON(r.Outdated), Score: r.Score, Project: r.Project, Root: r.Root, Path: r.Path,
		Title: r.Title, Heading: r.Heading, StartLine: r.StartLine, EndLine: r.EndLine,
		MemoryType: string(r.Type), Content: r.Content,
	}
	if r.Kind == domain.PassageMemory {
		out.Confidence = &r.Confidence
	}
	if e := r.Explanation; e != nil {
		out.Explanation = &explanationJSON{
			Signals: toContributions(e.Signals), Base: e.Base, Factors: toContributions(e.Factors), Score: e.Score,
		}
	}
	return out
}

func toContributions(cs []domain.Contribution) []contributionJSON {
	out := []contributionJSON{}
	for _, c := range cs {
		out = append(out, contributionJSON(c))
	}
	return out
}
