package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
)

type auditEntryJSON struct {
	Entry   int64     `json:"entry" doc:"Counted up"`
	At      time.Time `json:"at"`
	By      string    `json:"by" doc:"Name of the key; api_token, anonymous and cli are the operator"`
	Key     string    `json:"key,omitempty" doc:"Id of the key"`
	From    string    `json:"from,omitempty" doc:"Address that it came from; absent for the command line"`
	Action  string    `json:"action" doc:"The operation, as the OpenAPI document and the command line call it"`
	Target  string    `json:"target"`
	Outcome string    `json:"outcome" enum:"begun,done,failed,refused" doc:"begun: nobody lived to say how it ended"`
	Detail  string    `json:"detail,omitempty" doc:"What was made, or the error"`
}

type auditListJSON struct {
	Entries    []auditEntryJSON `json:"entries" nullable:"false" doc:"Newest first"`
	NextBefore int64            `json:"next_before,omitempty" doc:"Pass it as before for the next page; absent on the last one"`
}

type auditInput struct {
	Before int `query:"before" minimum:"0" doc:"Only entries with a lower number"`
	Limit  int `query:"limit" minimum:"1" maximum:"500" doc:"50 unless given"`
}

func (s *Server) addAudit() {
	register(s, huma.Operation{
		OperationID: "list-audit", Method: http.MethodGet, Path: "/admin/audit", Tags: []string{"key"},
		Summary:     "What administrators did",
		Description: "Calls below /admin, and changes of projects: who, when, what, and how it ended. Reading is not recorded, attempts that were refused are.",
	}, func(ctx context.Context, in *auditInput) (*struct{ Body auditListJSON }, error) {
		limit := in.Limit
		if limit == 0 {
			limit = domain.DefaultPageSize
		}
		entries, err := s.cfg.Audit.List(ctx, domain.AuditFilter{Before: int64(in.Before), Limit: limit})
		if err != nil {
			return nil, err
		}
		out := auditListJSON{Entries: []auditEntryJSON{}}
		for _, e := range entries {
			out.Entries = append(out.Entries, auditEntryJSON{
				Entry: e.Entry, At: e.At, By: e.By, Key: e.Key, From: e.From, Action: e.Action, Target: e.Target,
				Outcome: string(e.Outcome), Detail: e.Detail,
			})
		}
		if n := len(entries); n == limit && entries[n-1].Entry > 1 {
			out.NextBefore = entries[n-1].Entry
		}
		return &struct{ Body auditListJSON }{out}, nil
	})
}
