package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/index"
)

// receiptJSON is part of the answer to a write. That the write is durable is what
// the answer itself says.
type receiptJSON struct {
	Searchable bool   `json:"searchable" doc:"A question that is asked now is answered from it, by words and by meaning"`
	Pending    int    `json:"pending,omitempty" doc:"How many changes, of this write and before it, the vector index still lacks; until then this is found by its words alone"`
	Receipt    string `json:"receipt,omitempty" doc:"While something is pending: what to ask GET /receipts/{receipt} for"`
	Reason     string `json:"reason,omitempty" doc:"Why it is not searchable, where that is known"`
}

// WaitParameter is part of the inputs of writes. Only an exported type that is
// embedded reaches the OpenAPI document.
type WaitParameter struct {
	Wait string `query:"wait" doc:"Wait for the vector index, at most for this time, such as 2s; up to 1m and to the server's request timeout. Not at all unless given"`
}

func (p WaitParameter) duration() (time.Duration, error) {
	if p.Wait == "" {
		return 0, nil
	}
	wait, err := time.ParseDuration(p.Wait)
	if err != nil {
		return 0, domain.Invalid("wait %q is not a duration", p.Wait).WithField("wait").WithHint("write it as in 500ms or 2s")
	}
	if wait < 0 || wait > index.MostWait {
		return 0, domain.Invalid("wait %s is out of range", wait).WithField("wait").WithHint("give a time up to %s, such as 2s", index.MostWait)
	}
	return wait, nil
}

// timeToAnswer is what a wait leaves of the time that a request has.
const timeToAnswer = 250 * time.Millisecond

// receipt says how far what was just written has come. It never fails: the write is
// durable, whatever is known of the index.
func (s *Server) receipt(ctx context.Context, wait time.Duration) *receiptJSON {
	r, err := s.await(ctx, 0, wait)
	if err != nil {
		return &receiptJSON{Reason: "the state of the index is not known: " + problemOf(err).Detail}
	}
	return toReceiptJSON(r)
}

func (s *Server) await(ctx context.Context, mark int64, wait time.Duration) (domain.Receipt, error) {
	if s.cfg.Index == nil {
		return domain.Receipt{}, nil
	}
	if end, limited := ctx.Deadline(); limited {
		wait = max(0, min(wait, time.Until(end)-timeToAnswer))
	}
	return s.cfg.Index.Receipt(ctx, mark, wait)
}

func toReceiptJSON(r domain.Receipt) *receiptJSON {
	out := &receiptJSON{Searchable: r.Settled(), Pending: r.Pending, Reason: r.Reason}
	if !r.Settled() {
		out.Receipt = strconv.FormatInt(r.Mark, 10)
	}
	return out
}

// memoryReceipt is the receipt of a memory: what is not active is in no answer.
func (s *Server) memoryReceipt(ctx context.Context, m domain.Memory, wait time.Duration) *receiptJSON {
	if reason := m.Hidden(); reason != "" {
		return &receiptJSON{Reason: reason}
	}
	return s.receipt(ctx, wait)
}

func (s *Server) addReceipts() {
	register(s, huma.Operation{
		OperationID: "receipt", Method: http.MethodGet, Path: "/receipts/{receipt}", Tags: []string{"service"},
		Summary:     "Ask, or wait, for the index to have what was written",
		Description: "The receipt 0 stands for everything that is written now.",
	}, func(ctx context.Context, in *receiptInput) (*struct{ Body *receiptJSON }, error) {
		mark, err := domain.ParseReceipt(in.Receipt)
		if err != nil {
			return nil, err
		}
		wait, err := in.duration()
		if err != nil {
			return nil, err
		}
		r, err := s.await(ctx, mark, wait)
		if err != nil {
			return nil, err
		}
		return &struct{ Body *receiptJSON }{toReceiptJSON(r)}, nil
	})
}

type receiptInput struct {
	Receipt string `path:"receipt" doc:"What a write was answered with, or 0"`
	WaitParameter
}
