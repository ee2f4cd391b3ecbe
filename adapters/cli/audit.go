package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/audit"
)

func auditCommand(s *shell) *cobra.Command {
	var f domain.AuditFilter
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show what administrators did: who, when, what, and how it ended",
		Long: `Lists the calls that need the scope admin and change something, newest first: keys,
projects, and what is started over HTTP. Each is on record before it is done, and is
not done when it cannot be recorded. "begun" says that nobody lived to record how it
ended. What was done about backups is in the ledger, too ("atocore ledger").`,
		Example: `  atocore audit --limit 20`,
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				entries, err := on.Audit.List(ctx, f)
				if err != nil {
					return err
				}
				return s.showAudit(entries)
			})
		},
	}
	cmd.Flags().IntVar(&f.Limit, "limit", domain.DefaultPageSize, "at most so many, 1 to 500")
	cmd.Flags().Int64Var(&f.Before, "before", 0, "only entries with a lower number")
	return cmd
}

type auditView struct {
	Entry   int64     `json:"entry"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Key     string    `json:"key,omitempty"`
	From    string    `json:"from,omitempty"`
	Action  string    `json:"action"`
	Target  string    `json:"target"`
	Outcome string    `json:"outcome"`
	Detail  string    `json:"detail,omitempty"`
}

func (s *shell) showAudit(entries []domain.AuditEntry) error {
	view := struct {
		Entries []auditView `json:"entries"`
	}{Entries: []auditView{}}
	var rows [][]string
	for _, e := range entries {
		view.Entries = append(view.Entries, auditView{
			e.Entry, e.At, e.By, e.Key, e.From, e.Action, e.Target, string(e.Outcome), e.Detail,
		})
		rows = append(rows, []string{strconv.FormatInt(e.Entry, 10), moment(e.At), e.By, e.From, e.Action, string(e.Outcome), e.Target, e.Detail})
	}
	return s.result(view, func(p *printer) {
		if len(rows) == 0 {
			s.note("nothing is recorded yet")
			return
		}
		p.table([]string{"ENTRY", "AT", "BY", "FROM", "ACTION", "OUTCOME", "TARGET", "DETAIL"}, rows)
	})
}

// administer opens the stores, and has the run recorded as what an administrator
// did. What it returns shows the result, once that is on record, too. target may be
// empty.
func (s *shell) administer(cmd *cobra.Command, need Need, action, target string,
	run func(ctx context.Context, on *Services) (show func() error, err error),
) error {
	return s.with(cmd, need, func(ctx context.Context, on *Services) error {
		var show func() error
		err := on.Audit.Do(ctx, audit.Call{Action: action, Target: target}, func(ctx context.Context) (err error) {
			show, err = run(ctx, on)
			return err
		})
		if err != nil {
			return err
		}
		return show()
	})
}
