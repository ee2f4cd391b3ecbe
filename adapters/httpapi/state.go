package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
)

type factJSON struct {
	Project string    `json:"project"`
	Key     string    `json:"key"`
	Value   string    `json:"value"`
	Removed bool      `json:"removed,omitempty" doc:"In a history: from here on nothing holds"`
	By      string    `json:"by" doc:"Who set it"`
	Reason  string    `json:"reason" doc:"Why; may be empty"`
	At      time.Time `json:"at" doc:"Since when it holds"`
}

func toFactJSON(f domain.Fact) factJSON {
	return factJSON{f.Project, f.Key, f.Value, f.Removed, f.By, f.Reason, f.At.UTC()}
}

type factListJSON struct {
	State []factJSON `json:"state" nullable:"false" doc:"In order of key; in a history, oldest first"`
}

type newFactJSON struct {
	Value  string  `json:"value" minLength:"1" doc:"At most 4096 bytes of UTF-8"`
	By     *string `json:"by,omitempty" doc:"Who; api unless given; at most 256 bytes"`
	Reason *string `json:"reason,omitempty" doc:"Why; at most 4096 bytes"`
}

type factPath struct {
	Name string `path:"name" doc:"Name or alias of a project"`
	Key  string `path:"key" doc:"Small letters, digits, dots, dashes and underscores; at most 64"`
}

type factListOutput struct{ Body factListJSON }

func factList(facts []domain.Fact, err error) (*factListOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &factListOutput{factListJSON{State: []factJSON{}}}
	for _, f := range facts {
		out.Body.State = append(out.Body.State, toFactJSON(f))
	}
	return out, nil
}

func (s *Server) addState() {
	tags := []string{"state"}
	register(s, huma.Operation{
		OperationID: "project-state", Method: http.MethodGet, Path: "/projects/{name}/state", Tags: tags,
		Summary: "What holds for a project",
	}, func(ctx context.Context, in *struct {
		Name string `path:"name" doc:"Name or alias of a project"`
		AsOf string `query:"as_of" doc:"A time in RFC 3339: what held then" format:"date-time"`
	},
	) (*factListOutput, error) {
		var at time.Time
		if in.AsOf != "" {
			var err error
			if at, err = asOf(in.AsOf); err != nil {
				return nil, err
			}
		}
		return factList(s.cfg.State.List(ctx, in.Name, at))
	}, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "set-project-state", Method: http.MethodPut, Path: "/projects/{name}/state/{key}", Tags: tags,
		Summary: "Set what holds for a key",
	}, func(ctx context.Context, in *struct {
		Name string `path:"name" doc:"Name or alias of a project"`
		Key  string `path:"key" doc:"Small letters, digits, dots, dashes and underscores; at most 64"`
		Body newFactJSON
	},
	) (*struct{ Body factJSON }, error) {
		f, err := s.cfg.State.Set(ctx, in.Name, in.Key, in.Body.Value, domain.Act{By: actor(in.Body.By), Reason: deref(in.Body.Reason)})
		if err != nil {
			return nil, err
		}
		return &struct{ Body factJSON }{toFactJSON(f)}, nil
	}, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "remove-project-state", Method: http.MethodDelete, Path: "/projects/{name}/state/{key}", Tags: tags,
		Summary: "End what holds for a key; its history stays", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *factPath) (*struct{}, error) {
		return nil, s.cfg.State.Remove(ctx, in.Name, in.Key, domain.Act{By: actor(nil)})
	}, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "project-state-history", Method: http.MethodGet, Path: "/projects/{name}/state/{key}/history", Tags: tags,
		Summary: "Everything that ever held for a key",
	}, func(ctx context.Context, in *factPath) (*factListOutput, error) {
		return factList(s.cfg.State.History(ctx, in.Name, in.Key))
	}, http.StatusNotFound)
}
