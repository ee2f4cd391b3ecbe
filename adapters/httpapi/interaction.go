package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/interaction"
)

type usedItemJSON struct {
	Kind string `json:"kind" enum:"memory,chunk,state"`
	ID   string `json:"id" doc:"Id of the memory or chunk; for state, the key in the state of the project"`
}

type confirmationJSON struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

type extractionJSON struct {
	State      string     `json:"state" enum:"off,pending,done,failed" doc:"off: capture was off when it was recorded"`
	Candidates []string   `json:"candidates" nullable:"false" doc:"Ids of the candidates that came of it"`
	Known      int        `json:"known" doc:"How much was found that a memory says already"`
	Attempts   int        `json:"attempts,omitempty" doc:"How often the model answered in another form than asked for"`
	Problem    string     `json:"problem,omitempty" doc:"Why the latest attempt failed"`
	At         *time.Time `json:"at,omitempty" doc:"When it was last tried"`
}

type interactionJSON struct {
	ID            string             `json:"id"`
	Project       string             `json:"project" doc:"Canonical project name, empty for none"`
	Prompt        string             `json:"prompt"`
	Answer        string             `json:"answer"`
	Used          []usedItemJSON     `json:"used" nullable:"false" doc:"What the answer was made with, as it was claimed"`
	By            string             `json:"by" doc:"Who answered"`
	At            time.Time          `json:"at"`
	Confirmations []confirmationJSON `json:"confirmations" nullable:"false" doc:"Who found the answer right"`
	Extraction    extractionJSON     `json:"extraction"`
}

func toInteractionJSON(i domain.Interaction) interactionJSON {
	j := interactionJSON{
		ID: i.ID, Project: i.Project, Prompt: i.Prompt, Answer: i.Answer, By: i.By, At: i.At.UTC(),
		Used: []usedItemJSON{}, Confirmations: []confirmationJSON{},
		Extraction: extractionJSON{
			State: string(i.Extraction.State), Candidates: append([]string{}, i.Extraction.Candidates...),
			Known: i.Extraction.Known, Attempts: i.Extraction.Attempts, Problem: i.Extraction.Problem,
		},
	}
	for _, u := range i.Used {
		j.Used = append(j.Used, usedItemJSON{string(u.Kind), u.ID})
	}
	for _, c := range i.Confirmations {
		j.Confirmations = append(j.Confirmations, confirmationJSON{c.By, c.At.UTC()})
	}
	if !i.Extraction.At.IsZero() {
		j.Extraction.At = new(i.Extraction.At.UTC())
	}
	return j
}

type newInteractionJSON struct {
	Prompt  string          `json:"prompt" minLength:"1" doc:"What was asked; at most 262144 bytes of UTF-8"`
	Answer  string          `json:"answer" minLength:"1" doc:"What was answered; at most 262144 bytes of UTF-8"`
	Project *string         `json:"project,omitempty" doc:"Name or alias of a registered project"`
	Used    *[]usedItemJSON `json:"used,omitempty" doc:"What the answer was made with; at most 200"`
	By      *string         `json:"by,omitempty" doc:"Who answered; api unless given; at most 256 bytes"`
}

type interactionListJSON struct {
	Interactions []interactionJSON `json:"interactions" nullable:"false" doc:"Newest first"`
	NextCursor   string            `json:"next_cursor,omitempty" doc:"Pass it as cursor for the next page; absent on the last one"`
}

type confirmJSON struct {
	By string `json:"by" doc:"Who found the answer right; not who gave it; at most 256 bytes"`
}

type confirmedJSON struct {
	Interaction interactionJSON `json:"interaction"`
	Reinforced  []string        `json:"reinforced" nullable:"false" doc:"Ids of the memories that were used and are there"`
}

type pruningJSON struct {
	At      time.Time  `json:"at"`
	Removed int        `json:"removed"`
	Oldest  *time.Time `json:"oldest,omitempty" doc:"Of those removed"`
	Newest  *time.Time `json:"newest,omitempty"`
	Reason  string     `json:"reason"`
	DryRun  bool       `json:"dry_run,omitempty" doc:"Nothing was removed"`
}

func toPruningJSON(p domain.Pruning) pruningJSON {
	j := pruningJSON{At: p.At.UTC(), Removed: p.Removed, Reason: p.Reason}
	if p.Removed > 0 {
		j.Oldest, j.Newest = new(p.Oldest.UTC()), new(p.Newest.UTC())
	}
	return j
}

type pruneInteractionsJSON struct {
	DryRun *bool `json:"dry_run,omitempty" doc:"Only say what would go"`
}

type pruningListJSON struct {
	Prunings []pruningJSON `json:"prunings" nullable:"false" doc:"Newest first, at most 100"`
}

type interactionOutput struct{ Body interactionJSON }

type recordOutput struct {
	Location string `header:"Location" doc:"Path of the interaction"`
	Body     interactionJSON
}

type interactionID struct {
	ID string `path:"id" doc:"Id of an interaction"`
}

type listInteractionsInput struct {
	Project    string `query:"project" doc:"Name or alias of a registered project; given but empty: those of no project"`
	Extraction string `query:"extraction" doc:"Only those whose extraction is in this state" enum:"off,pending,done,failed"`
	Limit      int    `query:"limit" minimum:"1" maximum:"500" doc:"50 unless given"`
	Cursor     string `query:"cursor" doc:"next_cursor of the page before"`

	given map[string]bool
}

// Resolve notes which parameters were given at all.
func (in *listInteractionsInput) Resolve(ctx huma.Context) []error {
	in.given = givenParameters(ctx)
	return nil
}

func (s *Server) addInteractions() {
	tags := []string{"interactions"}
	register(s, huma.Operation{
		OperationID: "record-interaction", Method: http.MethodPost, Path: "/interactions", Tags: tags,
		Summary: "Record what was asked and answered", DefaultStatus: http.StatusCreated,
	}, s.recordInteraction, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "list-interactions", Method: http.MethodGet, Path: "/interactions", Tags: tags,
		Summary: "List interactions, newest first",
	}, s.listInteractions, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "list-interaction-prunings", Method: http.MethodGet, Path: "/interactions/prunings", Tags: tags,
		Summary: "What was removed of the interactions, when and why",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body pruningListJSON }, error) {
		list, err := s.cfg.Interactions.Prunings(ctx)
		if err != nil {
			return nil, err
		}
		out := &struct{ Body pruningListJSON }{pruningListJSON{[]pruningJSON{}}}
		for _, p := range list {
			out.Body.Prunings = append(out.Body.Prunings, toPruningJSON(p))
		}
		return out, nil
	})
	register(s, huma.Operation{
		OperationID: "prune-interactions", Method: http.MethodPost, Path: "/interactions/prune", Tags: tags,
		Summary: "Remove the interactions that retention does not keep",
	}, func(ctx context.Context, in *struct{ Body *pruneInteractionsJSON }) (*struct{ Body pruningJSON }, error) {
		dry := in.Body != nil && deref(in.Body.DryRun)
		p, err := s.cfg.Interactions.Prune(ctx, dry)
		if err != nil {
			return nil, err
		}
		out := toPruningJSON(p)
		out.DryRun = dry
		return &struct{ Body pruningJSON }{out}, nil
	})
	register(s, huma.Operation{
		OperationID: "get-interaction", Method: http.MethodGet, Path: "/interactions/{id}", Tags: tags,
		Summary: "Read an interaction",
	}, func(ctx context.Context, in *interactionID) (*interactionOutput, error) {
		return interactionAnswer(s.cfg.Interactions.Get(ctx, in.ID))
	}, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "delete-interaction", Method: http.MethodDelete, Path: "/interactions/{id}", Tags: tags,
		Summary: "Remove an interaction for good", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *interactionID) (*struct{}, error) {
		return nil, s.cfg.Interactions.Delete(ctx, in.ID, domain.Act{By: actor(nil)})
	}, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "confirm-interaction", Method: http.MethodPost, Path: "/interactions/{id}/confirm", Tags: tags,
		Summary: "Say that the answer was right, and reinforce what it was made with",
	}, func(ctx context.Context, in *struct {
		ID   string `path:"id" doc:"Id of an interaction"`
		Body confirmJSON
	},
	) (*struct{ Body confirmedJSON }, error) {
		i, reinforced, err := s.cfg.Interactions.Confirm(ctx, in.ID, in.Body.By)
		if err != nil {
			return nil, err
		}
		return &struct{ Body confirmedJSON }{confirmedJSON{toInteractionJSON(i), reinforced}}, nil
	}, http.StatusNotFound, http.StatusConflict)
	register(s, huma.Operation{
		OperationID: "extract-interaction", Method: http.MethodPost, Path: "/interactions/{id}/extract", Tags: tags,
		Summary: "Look for memories in an interaction now", Metadata: map[string]any{slow: true},
	}, func(ctx context.Context, in *interactionID) (*interactionOutput, error) {
		return interactionAnswer(s.cfg.Interactions.Extract(ctx, in.ID))
	}, http.StatusNotFound)
}

func interactionAnswer(i domain.Interaction, err error) (*interactionOutput, error) {
	if err != nil {
		return nil, err
	}
	return &interactionOutput{toInteractionJSON(i)}, nil
}

func (s *Server) recordInteraction(ctx context.Context, in *struct{ Body newInteractionJSON }) (*recordOutput, error) {
	d := interaction.Draft{
		Project: deref(in.Body.Project), Prompt: in.Body.Prompt, Answer: in.Body.Answer, By: actor(in.Body.By),
	}
	for _, u := range deref(in.Body.Used) {
		d.Used = append(d.Used, domain.UsedItem{Kind: domain.ItemKind(u.Kind), ID: u.ID})
	}
	i, err := s.cfg.Interactions.Record(ctx, d)
	if err != nil {
		return nil, err
	}
	return &recordOutput{Location: "/interactions/" + i.ID, Body: toInteractionJSON(i)}, nil
}

func (s *Server) listInteractions(ctx context.Context, in *listInteractionsInput) (*struct{ Body interactionListJSON }, error) {
	f := domain.InteractionFilter{Extraction: domain.ExtractionState(in.Extraction), Limit: in.Limit, Cursor: in.Cursor}
	if in.given["project"] {
		f.Project = &in.Project
	}
	if in.given["limit"] && in.Limit == 0 {
		return nil, domain.Invalid("limit 0 is out of range").WithField("limit").
			WithHint("give a number from 1 to %d", domain.MaxPageSize)
	}
	page, err := s.cfg.Interactions.List(ctx, f)
	if err != nil {
		return nil, err
	}
	out := interactionListJSON{Interactions: []interactionJSON{}, NextCursor: page.NextCursor}
	for _, i := range page.Interactions {
		out.Interactions = append(out.Interactions, toInteractionJSON(i))
	}
	return &struct{ Body interactionListJSON }{out}, nil
}
