package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type pruneJSON struct {
	DryRun bool `json:"dry_run,omitempty" doc:"Only say what would be removed, and why"`
}

type retentionJSON struct {
	DryRun    bool           `json:"dry_run"`
	Halted    string         `json:"halted,omitempty" doc:"Why nothing at all is removed"`
	Policy    policyJSON     `json:"policy"`
	Decisions []decisionJSON `json:"decisions" nullable:"false" doc:"Newest first"`
	Removed   []string       `json:"removed" nullable:"false" doc:"Stamps, oldest first"`
	Freed     int64          `json:"freed_bytes"`
}

type policyJSON struct {
	KeepLast    int     `json:"keep_last"`
	KeepDaily   int     `json:"keep_daily"`
	KeepWeekly  int     `json:"keep_weekly"`
	KeepMonthly int     `json:"keep_monthly"`
	KeepWithin  float64 `json:"keep_within_seconds"`
	MinKeep     int     `json:"min_keep"`
}

type decisionJSON struct {
	Stamp   string   `json:"stamp"`
	Keep    bool     `json:"keep"`
	Reasons []string `json:"reasons" nullable:"false" doc:"Every reason to keep it, or the one to remove it"`
}

type pinJSON struct {
	Stamp  string `json:"stamp"`
	Pinned bool   `json:"pinned"`
}

func (s *Server) addRetention() {
	tags := []string{"backup"}
	register(s, huma.Operation{
		OperationID: "prune-backups", Method: http.MethodPost, Path: "/admin/backup/prune", Tags: tags,
		Summary: "Remove the backups that retention does not keep, and say why",
		Description: "While a backup is used by a restore, a proof or a copy it is a conflict, and what was removed before stays removed. " +
			"Nothing is removed when the newest backup or proof failed; halted says so.",
		Metadata: map[string]any{slow: true},
	}, s.pruneBackups, http.StatusConflict)
	register(s, huma.Operation{
		OperationID: "pin-backup", Method: http.MethodPut, Path: "/admin/backup/{stamp}/pin", Tags: tags,
		Summary: "Keep a backup until it is let go of",
	}, s.pinBackup, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "unpin-backup", Method: http.MethodDelete, Path: "/admin/backup/{stamp}/pin", Tags: tags,
		Summary: "Let retention decide about a backup again",
	}, s.unpinBackup, http.StatusNotFound)
}

type pruneInput struct{ Body *pruneJSON }

func (s *Server) pruneBackups(ctx context.Context, in *pruneInput) (*struct{ Body retentionJSON }, error) {
	r, err := s.cfg.Retention.Prune(ctx, in.Body != nil && in.Body.DryRun)
	if err != nil {
		return nil, err // the ledger has what was removed before
	}
	p := s.cfg.Retention.Policy()
	out := retentionJSON{
		DryRun: r.DryRun, Halted: r.Halted, Freed: r.Freed, Decisions: []decisionJSON{}, Removed: []string{},
		Policy: policyJSON{p.KeepLast, p.KeepDaily, p.KeepWeekly, p.KeepMonthly, p.KeepWithin.Seconds(), p.MinKeep},
	}
	for _, d := range r.Decisions {
		out.Decisions = append(out.Decisions, decisionJSON{string(d.Stamp), d.Keep, append([]string{}, d.Reasons...)})
	}
	for _, stamp := range r.Removed {
		out.Removed = append(out.Removed, string(stamp))
	}
	return &struct{ Body retentionJSON }{out}, nil
}

func (s *Server) pinBackup(ctx context.Context, in *backupStamp) (*struct{ Body pinJSON }, error) {
	return s.pin(ctx, in.Stamp, true)
}

func (s *Server) unpinBackup(ctx context.Context, in *backupStamp) (*struct{ Body pinJSON }, error) {
	return s.pin(ctx, in.Stamp, false)
}

func (s *Server) pin(ctx context.Context, name string, pinned bool) (*struct{ Body pinJSON }, error) {
	stamp, err := s.cfg.Retention.Pin(ctx, name, pinned)
	if err != nil {
		return nil, err
	}
	return &struct{ Body pinJSON }{pinJSON{string(stamp), pinned}}, nil
}
