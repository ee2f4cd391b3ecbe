package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/pack"
)

type packRequestJSON struct {
	Prompt  string  `json:"prompt" minLength:"1" doc:"What the agent is about to do, in plain language; at most 32768 bytes"`
	Project *string `json:"project,omitempty" doc:"Name or alias: its state, and passages of it and of no project"`
	Budget  *int    `json:"budget,omitempty" minimum:"100" maximum:"100000" doc:"Most tokens that the Markdown may have; 2000 unless given"`
	AsOf    *string `json:"as_of,omitempty" format:"date-time" doc:"A time in RFC 3339: state and memories as they stood then"`
}

type packJSON struct {
	Markdown  string         `json:"markdown" doc:"The pack as it goes into a prompt; at most budget tokens"`
	Budget    int            `json:"budget"`
	Tokens    int            `json:"tokens" doc:"Of the Markdown"`
	Tokenizer string         `json:"tokenizer" doc:"Which tokens are counted"`
	Project   string         `json:"project,omitempty" doc:"Canonical name of the project that was asked for"`
	Hinted    []string       `json:"hinted,omitempty" nullable:"false" doc:"Projects that the prompt names"`
	AsOf      *time.Time     `json:"as_of,omitempty" doc:"The moment that the pack is of, when one was asked for"`
	Items     []packItemJSON `json:"items" nullable:"false" doc:"What the Markdown quotes, in its order"`
	LeftOut   []leftOutJSON  `json:"left_out" nullable:"false" doc:"What bears on the prompt and is not in the pack"`
	Notes     []string       `json:"notes" nullable:"false" doc:"What to know of the pack as a whole"`
}

type packItemJSON struct {
	Label      string         `json:"label" doc:"What the Markdown calls it"`
	Tier       string         `json:"tier" enum:"state,memory,document" doc:"How far it is trusted: state over memories over documents"`
	ID         string         `json:"id,omitempty" doc:"Of the memory or chunk"`
	Project    string         `json:"project" doc:"Empty for none"`
	Key        string         `json:"key,omitempty" doc:"State"`
	By         string         `json:"by,omitempty" doc:"State: who set it"`
	MemoryType string         `json:"memory_type,omitempty" doc:"Memories"`
	Confidence *float64       `json:"confidence,omitempty" doc:"Memories"`
	Source     string         `json:"source,omitempty" doc:"Memories: who or what said so"`
	Root       string         `json:"root,omitempty" doc:"Documents: label of the ingest root"`
	Path       string         `json:"path,omitempty" doc:"Documents: file, relative to the root"`
	Heading    string         `json:"heading,omitempty" doc:"Documents: path of headings"`
	StartLine  int            `json:"start_line,omitempty" doc:"Documents: first line that is quoted, from 1"`
	EndLine    int            `json:"end_line,omitempty" doc:"Documents: last line that is quoted"`
	Time       time.Time      `json:"time" doc:"State: since when; memories: when last said; documents: the file's time"`
	Score      *float64       `json:"score,omitempty" doc:"Memories and documents: as in a query"`
	Tokens     int            `json:"tokens" doc:"Of the item in the Markdown"`
	Content    string         `json:"content" doc:"What is quoted"`
	Altered    bool           `json:"altered,omitempty" doc:"Characters that deceive are shown by their numbers"`
	Cut        bool           `json:"cut,omitempty" doc:"Only a part is quoted"`
	Superseded []outdatedJSON `json:"superseded,omitempty" nullable:"false" doc:"Documents: lines that do not hold any more, and were taken out"`
}

type leftOutJSON struct {
	Tier   string   `json:"tier" enum:"state,memory,document"`
	ID     string   `json:"id" doc:"Of the memory or chunk; the key of state"`
	Place  string   `json:"place,omitempty" doc:"Documents: path:lines"`
	Reason string   `json:"reason" enum:"budget,duplicate,weak,superseded"`
	Of     string   `json:"of,omitempty" doc:"duplicate: what it repeats; superseded: the memory that said so"`
	Score  *float64 `json:"score,omitempty" doc:"Memories and documents"`
}

func (s *Server) addPack() {
	register(s, huma.Operation{
		OperationID: "context", Method: http.MethodPost, Path: "/context", Tags: []string{"context"},
		Summary:  "Make a context pack within a budget of tokens",
		Metadata: map[string]any{scope: domain.KeyRead},
	}, s.pack, http.StatusNotFound)
}

func (s *Server) pack(ctx context.Context, in *struct{ Body packRequestJSON }) (*struct{ Body packJSON }, error) {
	r := pack.Request{Prompt: in.Body.Prompt, Project: deref(in.Body.Project), Budget: deref(in.Body.Budget)}
	if in.Body.Budget != nil && r.Budget == 0 {
		return nil, pack.CheckBudget(0)
	}
	if in.Body.AsOf != nil {
		var err error
		if r.AsOf, err = asOf(*in.Body.AsOf); err != nil {
			return nil, err
		}
	}
	p, err := s.cfg.Pack.Pack(ctx, r)
	if err != nil {
		return nil, err
	}
	return &struct{ Body packJSON }{toPackJSON(p)}, nil
}

func toPackJSON(p domain.Pack) packJSON {
	out := packJSON{
		Markdown: p.Markdown, Budget: p.Budget, Tokens: p.Tokens, Tokenizer: p.Tokenizer, Project: p.Project,
		Hinted: p.Hinted, AsOf: given(p.AsOf), Items: []packItemJSON{}, LeftOut: []leftOutJSON{}, Notes: append([]string{}, p.Notes...),
	}
	for _, i := range p.Items {
		j := packItemJSON{
			Label: i.Label, Tier: string(i.Tier), ID: i.ID, Project: i.Project, Key: i.Key, By: i.By, MemoryType: string(i.Type),
			Source: i.Source, Root: i.Root, Path: i.Path, Heading: i.Heading, StartLine: i.StartLine, EndLine: i.EndLine,
			Time: i.At, Tokens: i.Tokens, Content: i.Content, Altered: i.Altered, Cut: i.Cut, Superseded: toOutdatedJSON(i.Outdated),
		}
		if i.Tier == domain.TierMemory {
			j.Confidence = &i.Confidence
		}
		if i.Tier != domain.TierState {
			j.Score = &i.Score
		}
		out.Items = append(out.Items, j)
	}
	for _, l := range p.LeftOut {
		j := leftOutJSON{Tier: string(l.Tier), ID: l.ID, Place: l.Place, Reason: l.Reason, Of: l.Of}
		if l.Tier != domain.TierState {
			j.Score = &l.Score
		}
		out.LeftOut = append(out.LeftOut, j)
	}
	return out
}
