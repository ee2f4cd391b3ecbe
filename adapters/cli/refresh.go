package cli

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
)

func projectRefreshCommand(s *shell) *cobra.Command {
	var all, skipped bool
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "refresh [NAME]",
		Short: "Ingest what is new or has changed",
		Long: `Reads the project's folders: new and changed files are ingested, vanished ones
removed, unchanged ones cost a look. The status is ingested when every folder was
ingested, partial when some were, nothing_to_ingest when none could be; none of
these is a failure. Skipped files are counted by reason; --skipped lists them.

One refresh runs at a time. Ending it half-way is safe: the next one carries on.`,
		Example: `  atocore project refresh handbook
  atocore project refresh handbook --skipped
  atocore project refresh --all --json`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return usage(cmd, "name one project, or say --all")
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				if !all {
					r, err := s.refresh(ctx, on, args[0])
					if err != nil {
						return err
					}
					view := viewRefresh(r)
					view.Receipt = s.receipt(ctx, on, wait)
					return s.result(view, func(p *printer) { p.refresh(r, skipped) })
				}
				return s.refreshAll(ctx, on, skipped, wait)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every registered project")
	cmd.Flags().BoolVar(&skipped, "skipped", false, "list the files that were skipped, and why")
	waitFlag(cmd, &wait)
	s.settings(cmd, false, "ingest.")
	return cmd
}

func (s *shell) refresh(ctx context.Context, on *Services, name string) (domain.RefreshResult, error) {
	bar := s.progress()
	defer bar.done()
	return on.Ingest.Refresh(ctx, name, bar.refresh)
}

// refreshAll prints what was done, also when a project failed.
func (s *shell) refreshAll(ctx context.Context, on *Services, skipped bool, wait time.Duration) error {
	bar := s.progress()
	results, failed := on.Ingest.RefreshAll(ctx, func(_ string, p domain.RefreshProgress) { bar.refresh(p) })
	bar.done()
	view := struct {
		Projects []refreshView `json:"projects"`
		Receipt  *receiptView  `json:"receipt"`
	}{Projects: []refreshView{}, Receipt: s.receipt(ctx, on, wait)}
	for _, r := range results {
		view.Projects = append(view.Projects, viewRefresh(r))
	}
	err := s.result(view, func(w *printer) {
		for _, r := range results {
			w.refresh(r, skipped)
		}
	})
	return errors.Join(err, failed)
}

// refreshView is a refresh as --json prints it, with the names of the HTTP API.
type refreshView struct {
	Project       string `json:"project"`
	Status        string `json:"status"`
	RootsIngested int    `json:"roots_ingested"`
	RootsSkipped  int    `json:"roots_skipped"`
	refreshCounts
	Dropped int               `json:"dropped"`
	Skipped map[string]int    `json:"skipped"`
	Roots   []rootRefreshView `json:"roots"`
	Receipt *receiptView      `json:"receipt,omitempty"`
}

type refreshCounts struct {
	Added     int `json:"added"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Removed   int `json:"removed"`
	Chunks    int `json:"chunks"`
}

type rootRefreshView struct {
	Label  string `json:"label"`
	Path   string `json:"path"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	refreshCounts
	Skipped map[string]int `json:"skipped"`
	Files   []skippedView  `json:"files"`
}

type skippedView struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

func viewRefresh(r domain.RefreshResult) refreshView {
	v := refreshView{
		Project: r.Project, Status: string(r.Status), RootsIngested: r.RootsIngested, RootsSkipped: r.RootsSkipped,
		Dropped: r.Dropped, Skipped: map[string]int{}, Roots: []rootRefreshView{},
	}
	for _, root := range r.Roots {
		rv := rootRefreshView{
			Label: root.Root.Label, Path: root.Root.Path, Status: string(root.Status), Reason: root.Reason,
			refreshCounts: refreshCounts{root.Added, root.Updated, root.Unchanged, root.Removed, root.Chunks},
			Skipped:       map[string]int{}, Files: []skippedView{},
		}
		v.Added += root.Added
		v.Updated += root.Updated
		v.Unchanged += root.Unchanged
		v.Removed += root.Removed
		v.Chunks += root.Chunks
		for reason, n := range root.Skipped {
			rv.Skipped[string(reason)] = n
			v.Skipped[string(reason)] += n
		}
		for _, f := range root.Files {
			rv.Files = append(rv.Files, skippedView{f.Path, string(f.Reason), f.Detail})
		}
		v.Roots = append(v.Roots, rv)
	}
	return v
}

func (p *printer) refresh(r domain.RefreshResult, listSkipped bool) {
	status := p.green(string(r.Status))
	if r.Status != domain.RefreshIngested {
		status = p.yellow(string(r.Status))
	}
	p.line("%s: %s (%d of %d folders)", p.bold(r.Project), status, r.RootsIngested, r.RootsIngested+r.RootsSkipped)
	var rows [][]string
	for _, root := range r.Roots {
		note := root.Reason
		if note == "" {
			note = skippedCounts(root.Skipped)
		}
		rows = append(rows, []string{
			root.Root.Label, string(root.Status), strconv.Itoa(root.Added), strconv.Itoa(root.Updated),
			strconv.Itoa(root.Unchanged), strconv.Itoa(root.Removed), strconv.Itoa(root.Chunks), note,
		})
	}
	p.table([]string{"FOLDER", "STATUS", "ADDED", "UPDATED", "UNCHANGED", "REMOVED", "CHUNKS", "NOTE"}, rows)
	if r.Dropped > 0 {
		p.line("removed %s of folders that are not the project's any more", counted(r.Dropped, "document"))
	}
	if !listSkipped {
		return
	}
	for _, root := range r.Roots {
		for _, f := range root.Files {
			p.line("skipped %s/%s: %s %s", root.Root.Label, f.Path, f.Reason, f.Detail)
		}
	}
}

func skippedCounts(counts map[domain.SkipReason]int) string {
	var parts []string
	for reason, n := range counts {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, reason))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	sort.Strings(parts)
	return "skipped: " + strings.Join(parts, ", ")
}
