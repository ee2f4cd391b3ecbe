package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
)

func memoryReviewCommand(s *shell) *cobra.Command {
	var f domain.MemoryFilter
	var project string
	cmd := &cobra.Command{
		Use:   "review",
		Short: "List the memories that wait for a person's word",
		Long: `Lists the candidates, newest first, each with the memory that it probably
contradicts. Decide with "atocore memory promote" (with --replace, the older one is
superseded) or "atocore memory reject".`,
		Example: `  atocore memory review
  atocore memory review --project handbook --limit 10`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("project") {
				f.Project = &project
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				page, err := on.Memory.Queue(ctx, f)
				if err != nil {
					return err
				}
				type itemView struct {
					Memory  memoryView  `json:"memory"`
					Against *memoryView `json:"against,omitempty"`
				}
				view := struct {
					Items      []itemView `json:"items"`
					NextCursor string     `json:"next_cursor,omitempty"`
				}{Items: []itemView{}, NextCursor: page.NextCursor}
				var rows [][]string
				for _, item := range page.Items {
					v := itemView{Memory: viewMemory(item.Memory)}
					against := ""
					if item.Against != nil {
						v.Against = new(viewMemory(*item.Against))
						against = fmt.Sprintf("%s (%s): %s", item.Against.ID, item.Against.Status, item.Against.Content)
					}
					view.Items = append(view.Items, v)
					m := item.Memory
					rows = append(rows, []string{m.ID, string(m.Type), m.Project, number(m.Confidence), moment(m.CreatedAt), m.Source, m.Content, against})
				}
				return s.result(view, func(p *printer) {
					if len(rows) == 0 {
						s.note("nothing waits for review")
						return
					}
					p.table([]string{"ID", "TYPE", "PROJECT", "CONF", "CREATED", "SOURCE", "CONTENT", "CONTRADICTS"}, rows)
					if page.NextCursor != "" {
						s.note("there are more: --cursor %s", page.NextCursor)
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&project, "project", "", "only this project's; name or alias")
	cmd.Flags().IntVar(&f.Limit, "limit", domain.DefaultPageSize, "page size, 1 to "+strconv.Itoa(domain.MaxPageSize))
	cmd.Flags().StringVar(&f.Cursor, "cursor", "", "where the page before ended")
	return cmd
}

func memoryStatsCommand(s *shell) *cobra.Command {
	var project string
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Show how clean the memories are",
		Long: `Counts memories by status, and what should be looked at: duplicates (active ones
that repeat another one to the word), contradictions that wait, stale ones (half of
their strength is gone), those due to expire, echoes (only ever said again by who had
said so already), and those that no answer and no context pack held yet.`,
		Example: `  atocore memory stats
  atocore memory stats --project handbook --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var of *string
			if cmd.Flags().Changed("project") {
				of = &project
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				h, err := on.Memory.Hygiene(ctx, of)
				if err != nil {
					return err
				}
				view := map[string]any{
					"duplicates": h.Duplicates, "duplicate_rate": h.DuplicateRate, "contradictions": h.Contradictions,
					"stale": h.Stale, "fading": h.Fading, "echo": h.Echo, "never_recalled": h.NeverRecalled,
				}
				var pairs [][2]string
				for _, status := range domain.MemoryStatuses {
					view[string(status)] = h.Statuses[status]
					pairs = append(pairs, [2]string{string(status), strconv.Itoa(h.Statuses[status])})
				}
				return s.result(view, func(p *printer) {
					p.fields(append(pairs,
						[2]string{"duplicates", fmt.Sprintf("%d (%.1f %% of the active ones)", h.Duplicates, 100*h.DuplicateRate)},
						[2]string{"contradictions", strconv.Itoa(h.Contradictions)}, [2]string{"stale", strconv.Itoa(h.Stale)},
						[2]string{"fading", strconv.Itoa(h.Fading)}, [2]string{"echo", strconv.Itoa(h.Echo)},
						[2]string{"never recalled", strconv.Itoa(h.NeverRecalled)},
					)...)
				})
			})
		},
	}
	cmd.Flags().StringVar(&project, "project", "", "only this project's; name or alias")
	return cmd
}
