package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
)

// actJSON says who and why, for the history.
type actJSON struct {
	By     *string `json:"by,omitempty" doc:"Who; api unless given; at most 256 bytes"`
	Reason *string `json:"reason,omitempty" doc:"Why; at most 4096 bytes"`
}

type promotionJSON struct {
	By     *string `json:"by,omitempty" doc:"Who; api unless given; at most 256 bytes"`
	Reason *string `json:"reason,omitempty" doc:"Why; at most 4096 bytes"`
	// Replace is what a reviewer says who believes the newer one.
	Replace *bool `json:"replace,omitempty" doc:"Supersede what it contradicts"`
}

type supersessionJSON struct {
	Successor string  `json:"successor" doc:"Id of the active memory that takes its place"`
	Reason    string  `json:"reason" doc:"What changed; at most 4096 bytes"`
	By        *string `json:"by,omitempty" doc:"Who; api unless given; at most 256 bytes"`
}

type reinforcementJSON struct {
	Source string  `json:"source" doc:"Who or what says the same; at most 1024 bytes"`
	By     *string `json:"by,omitempty" doc:"Who records it; api unless given; at most 256 bytes"`
}

type expiryJSON struct {
	DryRun *bool   `json:"dry_run,omitempty" doc:"Only say what would expire"`
	By     *string `json:"by,omitempty" doc:"Who; api unless given; at most 256 bytes"`
}

type expiredJSON struct {
	Expired []memoryJSON `json:"expired" nullable:"false"`
}

// actor is who a change is recorded for.
func actor(by *string) string {
	if by == nil {
		return "api"
	}
	return *by
}

func (a *actJSON) act() domain.Act {
	if a == nil {
		return domain.Act{By: actor(nil)}
	}
	return domain.Act{By: actor(a.By), Reason: deref(a.Reason)}
}

// asOf reads a moment; whole seconds mean all of that second.
func asOf(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, domain.Invalid("as_of %q is not a time", text).WithField("as_of").
			WithHint("write it as in 2026-04-09T06:00:00Z (in an address, + is %%2B)")
	}
	return at.UTC(), nil
}

type actInput struct {
	ID   string `path:"id" doc:"Id of a memory"`
	Body *actJSON
}

type promoteInput struct {
	ID   string `path:"id" doc:"Id of a memory"`
	Body *promotionJSON
}

type supersedeInput struct {
	ID   string `path:"id" doc:"Id of a memory"`
	Body supersessionJSON
}

type reinforceInput struct {
	ID   string `path:"id" doc:"Id of a memory"`
	Body reinforcementJSON
}

func (s *Server) addMemorySteps() {
	m := s.cfg.Memories
	step := func(name, summary string) huma.Operation {
		return huma.Operation{
			OperationID: name + "-memory", Method: http.MethodPost, Path: "/memory/{id}/" + name,
			Tags: []string{"memory"}, Summary: summary,
		}
	}
	answer := func(m domain.Memory, err error) (*memoryOutput, error) {
		if err != nil {
			return nil, err
		}
		return &memoryOutput{toMemoryJSON(m)}, nil
	}
	register(s, step("promote", "Make a candidate active"),
		func(ctx context.Context, in *promoteInput) (*memoryOutput, error) {
			act, replace := domain.Act{By: actor(nil)}, false
			if in.Body != nil {
				act = domain.Act{By: actor(in.Body.By), Reason: deref(in.Body.Reason)}
				replace = deref(in.Body.Replace)
			}
			return answer(m.Promote(ctx, in.ID, act, replace))
		}, http.StatusNotFound, http.StatusConflict)
	register(s, step("reject", "Take a memory out of answers as wrong"),
		func(ctx context.Context, in *actInput) (*memoryOutput, error) {
			return answer(m.Reject(ctx, in.ID, in.Body.act()))
		}, http.StatusNotFound, http.StatusConflict)
	register(s, step("supersede", "Let another memory take its place"),
		func(ctx context.Context, in *supersedeInput) (*memoryOutput, error) {
			act := domain.Act{By: actor(in.Body.By), Reason: in.Body.Reason}
			return answer(m.Supersede(ctx, in.ID, in.Body.Successor, act))
		}, http.StatusNotFound, http.StatusConflict)
	register(s, step("reinforce", "Record that a source says the same"),
		func(ctx context.Context, in *reinforceInput) (*memoryOutput, error) {
			return answer(m.Reinforce(ctx, in.ID, in.Body.Source, domain.Act{By: actor(in.Body.By)}))
		}, http.StatusNotFound, http.StatusConflict)
	register(s, step("restore", "Bring back what was superseded, rejected, expired or deleted"),
		func(ctx context.Context, in *actInput) (*memoryOutput, error) {
			return answer(m.Restore(ctx, in.ID, in.Body.act()))
		}, http.StatusNotFound, http.StatusConflict)
	register(s, step("undo", "Take back the latest change of a memory"),
		func(ctx context.Context, in *actInput) (*memoryOutput, error) {
			return answer(m.Undo(ctx, in.ID, in.Body.act()))
		}, http.StatusNotFound, http.StatusConflict)
	register(s, huma.Operation{
		OperationID: "expire-memories", Method: http.MethodPost, Path: "/memory/expire", Tags: []string{"memory"},
		Summary: "Retire what has faded",
	}, s.expireMemories)
}

func (s *Server) expireMemories(ctx context.Context, in *struct{ Body *expiryJSON }) (*struct{ Body expiredJSON }, error) {
	act, dry := domain.Act{By: actor(nil)}, false
	if in.Body != nil {
		act.By, dry = actor(in.Body.By), deref(in.Body.DryRun)
	}
	expired, err := s.cfg.Memories.Expire(ctx, act, dry)
	if err != nil {
		return nil, err
	}
	out := expiredJSON{Expired: []memoryJSON{}}
	for _, m := range expired {
		out.Expired = append(out.Expired, toMemoryJSON(m))
	}
	return &struct{ Body expiredJSON }{out}, nil
}
