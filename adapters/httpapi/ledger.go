package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

type ledgerJSON struct {
	Entries []ledgerEntryJSON `json:"entries" nullable:"false" doc:"Oldest first"`
	Faults  []ledgerFaultJSON `json:"faults" nullable:"false" doc:"What is wrong with the chain, or does not agree with the backups"`
}

type ledgerEntryJSON struct {
	Seq        int64             `json:"seq"`
	At         time.Time         `json:"at"`
	Kind       string            `json:"kind"`
	Outcome    string            `json:"outcome,omitempty"`
	Stamp      string            `json:"stamp,omitempty"`
	AppVersion string            `json:"app_version,omitempty"`
	Seconds    float64           `json:"seconds"`
	Details    map[string]string `json:"details,omitempty"`
	Prev       string            `json:"prev" doc:"SHA-256 of the line before"`
	Hash       string            `json:"hash" doc:"SHA-256 of its own line"`
}

type ledgerFaultJSON struct {
	Line    int    `json:"line,omitempty"`
	Stamp   string `json:"stamp,omitempty"`
	Problem string `json:"problem"`
}

type ledgerInput struct {
	Last int `query:"last" minimum:"0" maximum:"10000" default:"100" doc:"At most so many of the newest entries"`
}

func (s *Server) addLedger() {
	register(s, huma.Operation{
		OperationID: "get-ledger", Method: http.MethodGet, Path: "/admin/ledger", Tags: []string{"backup"},
		Summary:     "Show what was done about backups, and verify that record",
		Description: "A faulty ledger is a successful answer that lists the faults.",
	}, s.getLedger)
}

func (s *Server) getLedger(ctx context.Context, in *ledgerInput) (*struct{ Body ledgerJSON }, error) {
	r, err := s.cfg.Ledger.Verify(ctx)
	if err != nil {
		return nil, err
	}
	out := ledgerJSON{Entries: []ledgerEntryJSON{}, Faults: []ledgerFaultJSON{}}
	for _, e := range r.Entries[max(0, len(r.Entries)-in.Last):] {
		out.Entries = append(out.Entries, ledgerEntryJSON{
			e.Seq, e.At, string(e.Kind), string(e.Outcome), string(e.Stamp), e.AppVersion, e.Took.Seconds(), e.Details, e.Prev, e.Hash,
		})
	}
	for _, f := range r.Faults {
		out.Faults = append(out.Faults, ledgerFaultJSON{f.Line, string(f.Stamp), f.Problem})
	}
	return &struct{ Body ledgerJSON }{out}, nil
}
