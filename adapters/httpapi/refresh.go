package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
)

type refreshJSON struct {
	Project       string `json:"project" doc:"Canonical name"`
	Status        string `json:"status" enum:"ingested,partial,nothing_to_ingest"`
	RootsIngested int    `json:"roots_ingested"`
	RootsSkipped  int    `json:"roots_skipped"`
	RefreshCounts
	Dropped int              `json:"dropped" doc:"Documents removed because their root is no longer registered"`
	Skipped map[string]int   `json:"skipped" doc:"Files passed over, by reason, over all roots"`
	Roots   []rootResultJSON `json:"roots" nullable:"false" doc:"In the order in which they are registered"`
	Receipt *receiptJSON     `json:"receipt" doc:"Whether questions find what was ingested"`
}

// RefreshCounts is part of other answers. Only an exported type that is embedded
// reaches the OpenAPI document.
type RefreshCounts struct {
	Added     int `json:"added" doc:"Files"`
	Updated   int `json:"updated" doc:"Files"`
	Unchanged int `json:"unchanged" doc:"Files"`
	Removed   int `json:"removed" doc:"Documents whose file vanished"`
	Chunks    int `json:"chunks" doc:"Chunks written"`
}

type rootResultJSON struct {
	Label  string `json:"label"`
	Path   string `json:"path"`
	Status string `json:"status" enum:"ingested,skipped"`
	Reason string `json:"reason,omitempty" doc:"Why the root was skipped; its documents are kept as they were"`
	RefreshCounts
	Skipped map[string]int    `json:"skipped" doc:"Files passed over, by reason"`
	Files   []skippedFileJSON `json:"files" nullable:"false" doc:"The first 1000 of them, in path order"`
}

type skippedFileJSON struct {
	Path   string `json:"path" doc:"Relative to the root"`
	Reason string `json:"reason" enum:"binary,too_large,invalid_utf8,unreadable,ignored,symlink,special"`
	Detail string `json:"detail,omitempty"`
}

func (s *Server) addRefresh() {
	register(s, huma.Operation{
		OperationID: "refresh-project", Method: http.MethodPost, Path: "/projects/{name}/refresh", Tags: []string{"project"},
		Summary:     "Ingest what changed in the project's folders",
		Description: "Takes as long as it takes, and ends also when the caller goes away. One refresh at a time: another one is a conflict.",
		Metadata:    map[string]any{slow: true},
	}, s.refresh, http.StatusNotFound, http.StatusConflict)
}

type refreshInput struct {
	Name string `path:"name" doc:"Name or alias of a project"`
	WaitParameter
}

func (s *Server) refresh(ctx context.Context, in *refreshInput) (*struct{ Body refreshJSON }, error) {
	wait, err := in.duration()
	if err != nil {
		return nil, err
	}
	r, err := s.cfg.Ingest.Refresh(ctx, in.Name, nil)
	if err != nil {
		return nil, err
	}
	out := toRefreshJSON(r)
	out.Receipt = s.receipt(ctx, wait)
	return &struct{ Body refreshJSON }{out}, nil
}

func toRefreshJSON(r domain.RefreshResult) refreshJSON {
	out := refreshJSON{
		Project: r.Project, Status: string(r.Status), RootsIngested: r.RootsIngested, RootsSkipped: r.RootsSkipped, Dropped: r.Dropped,
		Roots: []rootResultJSON{}, Skipped: map[string]int{},
	}
	for _, root := range r.Roots {
		j := rootResultJSON{
			Label: root.Root.Label, Path: root.Root.Path, Status: string(root.Status), Reason: root.Reason,
			RefreshCounts: RefreshCounts{
				Added: root.Added, Updated: root.Updated, Unchanged: root.Unchanged,
				Removed: root.Removed, Chunks: root.Chunks,
			},
			Skipped: map[string]int{}, Files: []skippedFileJSON{},
		}
		for reason, n := range root.Skipped {
			j.Skipped[string(reason)] = n
			out.Skipped[string(reason)] += n
		}
		for _, f := range root.Files {
			j.Files = append(j.Files, skippedFileJSON{Path: f.Path, Reason: string(f.Reason), Detail: f.Detail})
		}
		out.Roots = append(out.Roots, j)
		out.Added += root.Added
		out.Updated += root.Updated
		out.Unchanged += root.Unchanged
		out.Removed += root.Removed
		out.Chunks += root.Chunks
	}
	return out
}
