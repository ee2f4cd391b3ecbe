package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
)

type proofJSON struct {
	Stamp          string                `json:"stamp"`
	Passed         bool                  `json:"passed"`
	At             time.Time             `json:"at"`
	AppVersion     string                `json:"app_version" doc:"Of the program that proved"`
	RestoreSeconds float64               `json:"restore_seconds" doc:"What the restore took"`
	Seconds        float64               `json:"seconds" doc:"What the whole proof took"`
	Compared       []proofCountJSON      `json:"compared" nullable:"false"`
	Differences    []proofDifferenceJSON `json:"differences" nullable:"false" doc:"Every one that was found"`
	Notes          []string              `json:"notes" nullable:"false"`
}

type proofCountJSON struct {
	What  string `json:"what"`
	Count int64  `json:"count"`
}

type proofDifferenceJSON struct {
	Subject  string `json:"subject"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

func (s *Server) addProofs() {
	register(s, huma.Operation{
		OperationID: "prove-backup", Method: http.MethodPost, Path: "/admin/backup/{stamp}/prove", Tags: []string{"backup"},
		Summary: "Restore a backup into scratch and see that it answers the same",
		Description: "A backup that fails its proof is a successful answer that lists the differences. " +
			"The live data is neither touched nor locked.",
		Metadata: map[string]any{slow: true},
	}, s.proveBackup, http.StatusNotFound)
}

func (s *Server) proveBackup(ctx context.Context, in *backupStamp) (*struct{ Body proofJSON }, error) {
	p, err := s.cfg.Proofs.Prove(ctx, in.Stamp, nil)
	if err != nil {
		return nil, err
	}
	return &struct{ Body proofJSON }{toProofJSON(p)}, nil
}

func toProofJSON(p domain.Proof) proofJSON {
	out := proofJSON{
		Stamp: string(p.Stamp), Passed: p.Passed, At: p.At, AppVersion: p.AppVersion,
		RestoreSeconds: p.RestoreTook.Seconds(), Seconds: p.Took.Seconds(),
		Compared: []proofCountJSON{}, Differences: []proofDifferenceJSON{}, Notes: append([]string{}, p.Notes...),
	}
	for _, c := range p.Compared {
		out.Compared = append(out.Compared, proofCountJSON(c))
	}
	for _, d := range p.Differences {
		out.Differences = append(out.Differences, proofDifferenceJSON(d))
	}
	return out
}
