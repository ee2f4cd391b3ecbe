package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
)

// receiptView is a receipt as --json prints it, with the names of the HTTP API.
type receiptView struct {
	Searchable bool   `json:"searchable"`
	Pending    int    `json:"pending,omitempty"`
	Receipt    string `json:"receipt,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// defaultWait is how long a command that wrote something waits for the index before
// it says what became of it.
const defaultWait = 2 * time.Second

func waitFlag(cmd *cobra.Command, wait *time.Duration) {
	cmd.Flags().DurationVar(wait, "wait", defaultWait, "how long to wait for a vector index that is kept elsewhere")
}

// receipt says how far what was just written has come. It never fails: the write is
// durable, whatever is known of the index. What is behind at the end of the command
// is told then.
func (s *shell) receipt(ctx context.Context, on *Services, wait time.Duration) *receiptView {
	r, err := on.Index.Receipt(ctx, 0, wait)
	if err != nil {
		return &receiptView{Reason: "the state of the index is not known: " + err.Error()}
	}
	return viewReceipt(r)
}

func (s *shell) memoryReceipt(ctx context.Context, on *Services, m domain.Memory, wait time.Duration) *receiptView {
	if reason := m.Hidden(); reason != "" {
		return &receiptView{Reason: reason}
	}
	return s.receipt(ctx, on, wait)
}

func viewReceipt(r domain.Receipt) *receiptView {
	v := &receiptView{Searchable: r.Settled(), Pending: r.Pending, Reason: r.Reason}
	if !r.Settled() {
		v.Receipt = strconv.FormatInt(r.Mark, 10)
	}
	return v
}

func indexReceiptCommand(s *shell) *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "receipt [RECEIPT]",
		Short: "Ask, or wait, for the index to have what was written",
		Long: `Says whether a question that is asked now is answered from everything that was
written up to RECEIPT, which a write was answered with; without one, from everything
there is. Waits at most for --wait. An index that is still behind is no failure.`,
		Example: `  atocore index receipt
  atocore index receipt 17 --wait 30s --json`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			mark := int64(0)
			if len(args) == 1 {
				var err error
				if mark, err = domain.ParseReceipt(args[0]); err != nil {
					return err
				}
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				r, err := on.Index.Receipt(ctx, mark, wait)
				if err != nil {
					return err
				}
				return s.result(viewReceipt(r), func(p *printer) {
					if r.Settled() {
						p.line("searchable")
						return
					}
					p.line("%d changes are pending", r.Pending)
					if r.Reason != "" {
						p.line("%s", r.Reason)
					}
				})
			})
		},
	}
	waitFlag(cmd, &wait)
	return cmd
}
