package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
)

const healthPath = "/health"

type healthJSON struct {
	Status string `json:"status" enum:"ok"`
}

type readyJSON struct {
	Status     string          `json:"status" enum:"ready,degraded" doc:"degraded: it serves, and a component needs looking at"`
	Version    string          `json:"version"`
	Components []componentJSON `json:"components" nullable:"false"`
}

type componentJSON struct {
	Name   string `json:"name" example:"sqlite"`
	Status string `json:"status" enum:"ok,degraded,unavailable"`
	Detail string `json:"detail,omitempty"`
}

func (s *Server) addHealth() {
	register(s, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: healthPath, Tags: []string{"service"},
		Summary:     "Is the process alive?",
		Description: "Looks at nothing but the process itself, and needs no token.",
		Security:    []map[string][]string{{}},
		Metadata:    map[string]any{scope: noScope},
	}, func(context.Context, *struct{}) (*struct{ Body healthJSON }, error) {
		return &struct{ Body healthJSON }{healthJSON{Status: "ok"}}, nil
	})
	register(s, huma.Operation{
		OperationID: "ready", Method: http.MethodGet, Path: "/ready", Tags: []string{"service"},
		Summary:     "Can it serve, and what is the state of each component?",
		Metadata:    map[string]any{whole: true},
		Description: "Answers 503 with the same list of components while one of them cannot serve.",
	}, s.ready)
}

func (s *Server) ready(ctx context.Context, _ *struct{}) (*struct{ Body readyJSON }, error) {
	out := readyJSON{Status: "ready", Version: s.cfg.Version, Components: []componentJSON{}}
	var components []Component
	if s.cfg.Ready != nil {
		components = s.cfg.Ready(ctx)
	}
	var failed error
	for _, c := range components {
		j := componentJSON{Name: c.Name, Status: "ok", Detail: c.Detail}
		if c.Degraded {
			j.Status, out.Status = "degraded", "degraded"
		}
		if c.Err != nil {
			j.Status, j.Detail = "unavailable", problemOf(c.Err).Detail
			failed = errors.Join(failed, c.Err)
		}
		out.Components = append(out.Components, j)
	}
	if failed != nil {
		p := domainProblem(domain.Unavailable("not every component can serve").Because(failed))
		p.Components = out.Components
		return nil, &notReady{Problem: p, cause: failed}
	}
	return &struct{ Body readyJSON }{out}, nil
}
