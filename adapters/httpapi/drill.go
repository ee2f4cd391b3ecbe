package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/drill"
)

type drillJSON struct {
	At         time.Time         `json:"at" doc:"When it began"`
	AppVersion string            `json:"app_version"`
	Passed     bool              `json:"passed"`
	Problem    string            `json:"problem,omitempty" doc:"Why it failed"`
	Bytes      int64             `json:"bytes" doc:"Of the state that was rehearsed with"`
	Documents  int               `json:"documents"`
	Chunks     int               `json:"chunks"`
	Memories   int               `json:"memories"`
	Seconds    float64           `json:"seconds"`
	Detected   int               `json:"detected" doc:"How many corruptions were noticed"`
	Damages    int               `json:"corruptions" doc:"Of how many"`
	Steps      []drillStepJSON   `json:"steps" nullable:"false"`
	Sabotage   []drillDamageJSON `json:"sabotage" nullable:"false"`
	History    []drillPointJSON  `json:"history" nullable:"false" doc:"This drill and those before it, oldest first"`
}

type drillStepJSON struct {
	Name    string  `json:"name"`
	Passed  bool    `json:"passed"`
	Detail  string  `json:"detail,omitempty"`
	Seconds float64 `json:"seconds"`
}

type drillDamageJSON struct {
	Name     string  `json:"name"`
	File     string  `json:"file"`
	Detected bool    `json:"detected"`
	Found    string  `json:"found,omitempty" doc:"What noticed it"`
	Seconds  float64 `json:"seconds"`
}

type drillPointJSON struct {
	At             time.Time `json:"at"`
	Passed         bool      `json:"passed"`
	Seconds        float64   `json:"seconds"`
	BackupSeconds  float64   `json:"backup_seconds"`
	RestoreSeconds float64   `json:"restore_seconds"`
	Bytes          int64     `json:"bytes"`
	Detected       int       `json:"detected"`
	Damages        int       `json:"corruptions"`
}

func (s *Server) addDrill() {
	register(s, huma.Operation{
		OperationID: "run-drill", Method: http.MethodPost, Path: "/admin/drill", Tags: []string{"backup"},
		Summary: "Rehearse a restore on a copy of the real state, and sabotage the backup",
		Description: "A drill that fails is a successful answer whose passed is false. The live data is captured as for a backup, " +
			"and not touched otherwise.",
		Metadata: map[string]any{slow: true},
	}, s.runDrill)
}

func (s *Server) runDrill(ctx context.Context, _ *struct{}) (*struct{ Body drillJSON }, error) {
	d, err := s.cfg.Drill.Run(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &struct{ Body drillJSON }{toDrillJSON(d)}, nil
}

func toDrillJSON(d domain.Drill) drillJSON {
	out := drillJSON{
		At: d.At, AppVersion: d.AppVersion, Passed: d.Passed, Problem: drill.Problem(d), Bytes: d.Bytes,
		Documents: d.Counts.Documents, Chunks: d.Counts.Chunks, Memories: d.Counts.Memories, Seconds: d.Took.Seconds(),
		Steps: []drillStepJSON{}, Sabotage: []drillDamageJSON{}, History: []drillPointJSON{},
	}
	out.Detected, out.Damages = d.Detected()
	for _, s := range d.Steps {
		out.Steps = append(out.Steps, drillStepJSON{s.Name, s.Passed, s.Detail, s.Took.Seconds()})
	}
	for _, s := range d.Sabotage {
		out.Sabotage = append(out.Sabotage, drillDamageJSON{s.Name, s.File, s.Detected, s.Found, s.Took.Seconds()})
	}
	for _, p := range d.History {
		out.History = append(out.History, drillPointJSON{
			p.At, p.Passed, p.Took.Seconds(), p.Backup.Seconds(), p.Restore.Seconds(), p.Bytes, p.Detected, p.Damages,
		})
	}
	return out
}
