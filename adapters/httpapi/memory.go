package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
)

type memoryJSON struct {
	ID         string    `json:"id"`
	MemoryType string    `json:"memory_type" enum:"identity,preference,project,episodic,knowledge,adaptation"`
	Content    string    `json:"content"`
	Project    string    `json:"project" doc:"Canonical project name, empty for none"`
	Confidence float64   `json:"confidence" minimum:"0" maximum:"1"`
	Source     string    `json:"source" doc:"Who or what said so"`
	Status     string    `json:"status" enum:"candidate,active,superseded,rejected,expired"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	Revision   int64     `json:"revision" doc:"1 at creation, one more with each change"`

	SupersededBy string     `json:"superseded_by,omitempty" doc:"Id of the memory that took its place"`
	Contradicts  string     `json:"contradicts,omitempty" doc:"Id of the memory that it probably contradicts"`
	Reinforced   int64      `json:"reinforced,omitempty" doc:"How many further sources said the same"`
	AffirmedAt   *time.Time `json:"affirmed_at,omitempty" doc:"When it was last said again, promoted or reworded; absent: not since created_at"`

	Receipt  *receiptJSON `json:"receipt,omitempty" doc:"Where it was just written: whether questions find it"`
	Repeated bool         `json:"repeated,omitempty" doc:"Where it was to be stored: it was there already, and was reinforced"`
}

func toMemoryJSON(m domain.Memory) memoryJSON {
	j := memoryJSON{
		ID: m.ID, MemoryType: string(m.Type), Content: m.Content, Project: m.Project,
		Confidence: m.Confidence, Source: m.Source, Status: string(m.Status),
		CreatedAt: m.CreatedAt.UTC(), UpdatedAt: m.UpdatedAt.UTC(), Revision: m.Revision,
		SupersededBy: m.SupersededBy, Contradicts: m.Contradicts, Reinforced: m.Reinforced,
	}
	if !m.AffirmedAt.IsZero() {
		j.AffirmedAt = new(m.AffirmedAt.UTC())
	}
	return j
}

type newMemoryJSON struct {
	MemoryType string   `json:"memory_type" enum:"identity,preference,project,episodic,knowledge,adaptation"`
	Content    string   `json:"content" minLength:"1" doc:"At most 65536 bytes of UTF-8"`
	Project    *string  `json:"project,omitempty" doc:"Name or alias of a registered project"`
	Confidence *float64 `json:"confidence,omitempty" minimum:"0" maximum:"1" doc:"0.7 unless given"`
	Source     *string  `json:"source,omitempty" doc:"Who or what said so; at most 1024 bytes"`
	Status     *string  `json:"status,omitempty" enum:"candidate,active" doc:"active unless given; a candidate waits for review and is in no answer"`
	AsIs       *bool    `json:"as_is,omitempty" doc:"Store it as stated, without a look for repeats and contradictions"`
	By         *string  `json:"by,omitempty" doc:"Who stores it, for the history; api unless given; at most 256 bytes"`
}

type memoryPatchJSON struct {
	MemoryType *string  `json:"memory_type,omitempty" enum:"identity,preference,project,episodic,knowledge,adaptation"`
	Content    *string  `json:"content,omitempty" minLength:"1"`
	Project    *string  `json:"project,omitempty" doc:"Name or alias of a registered project; empty takes the memory out of its project"`
	Confidence *float64 `json:"confidence,omitempty" minimum:"0" maximum:"1"`
	Source     *string  `json:"source,omitempty"`
	Status     *string  `json:"status,omitempty" enum:"candidate,active,superseded,rejected,expired" doc:"A step of the lifecycle"`
	By         *string  `json:"by,omitempty" doc:"Who changes it, for the history; api unless given; at most 256 bytes"`
	Reason     *string  `json:"reason,omitempty" doc:"Why, for the history; at most 4096 bytes"`
}

type memoryListJSON struct {
	Memories   []memoryJSON `json:"memories" nullable:"false" doc:"Newest first"`
	NextCursor string       `json:"next_cursor,omitempty" doc:"Pass it as cursor for the next page; absent on the last one"`
}

type changeJSON struct {
	Change string     `json:"change" enum:"created,updated,deleted,promoted,rejected,superseded,expired,reinforced,restored,undone"`
	At     time.Time  `json:"at"`
	By     string     `json:"by" doc:"Who; empty when it was not said"`
	Reason string     `json:"reason" doc:"Why; for reinforced, the source that said the same; empty when it was not said"`
	Memory memoryJSON `json:"memory" doc:"As it stood right after the change; right before it, for a deletion"`
}

type historyJSON struct {
	History []changeJSON `json:"history" nullable:"false" doc:"Oldest first"`
}

type memoryID struct {
	ID string `path:"id" doc:"Id of a memory"`
}

type memoryOutput struct{ Body memoryJSON }

type listMemoriesInput struct {
	Project    string `query:"project" doc:"Name or alias of a registered project; given but empty: memories of no project"`
	MemoryType string `query:"memory_type" doc:"Only memories of this type" enum:"identity,preference,project,episodic,knowledge,adaptation"`
	Status     string `query:"status" doc:"Only memories in this status; active unless given" enum:"candidate,active,superseded,rejected,expired,any"`
	AsOf       string `query:"as_of" doc:"A time in RFC 3339: the memories as they stood then" format:"date-time"`
	Limit      int    `query:"limit" minimum:"1" maximum:"500" doc:"50 unless given"`
	Cursor     string `query:"cursor" doc:"next_cursor of the page before"`

	given map[string]bool
}

// Resolve notes which parameters were given at all: an empty one is not an absent
// one.
func (in *listMemoriesInput) Resolve(ctx huma.Context) []error {
	in.given = givenParameters(ctx)
	return nil
}

func (s *Server) addMemories() {
	s.addReview()
	tags := []string{"memory"}
	register(s, huma.Operation{
		OperationID: "remember", Method: http.MethodPost, Path: "/memory", Tags: tags,
		Summary: "Remember something", DefaultStatus: http.StatusCreated,
	}, s.remember, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "list-memories", Method: http.MethodGet, Path: "/memory", Tags: tags,
		Summary: "List memories, newest first",
	}, s.listMemories, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "get-memory", Method: http.MethodGet, Path: "/memory/{id}", Tags: tags,
		Summary: "Read a memory",
	}, s.getMemory, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "update-memory", Method: http.MethodPut, Path: "/memory/{id}", Tags: tags,
		Summary:     "Change a memory",
		Description: "Fields that are left out stay as they are. A change that changes nothing makes no revision.",
	}, s.updateMemory, http.StatusNotFound, http.StatusConflict)
	register(s, huma.Operation{
		OperationID: "delete-memory", Method: http.MethodDelete, Path: "/memory/{id}", Tags: tags,
		Summary: "Forget a memory; its history stays", DefaultStatus: http.StatusNoContent,
	}, s.deleteMemory, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "memory-history", Method: http.MethodGet, Path: "/memory/{id}/history", Tags: tags,
		Summary: "Every change of a memory, also after its deletion",
	}, s.memoryHistory, http.StatusNotFound)
}

type rememberInput struct {
	WaitParameter
	Body newMemoryJSON
}

type rememberOutput struct {
	Location string `header:"Location" doc:"Path of the memory"`
	Body     memoryJSON
}

func (s *Server) remember(ctx context.Context, in *rememberInput) (*rememberOutput, error) {
	wait, err := in.duration()
	if err != nil {
		return nil, err
	}
	m, err := s.cfg.Memories.Remember(ctx, memory.Draft{
		Type: in.Body.MemoryType, Content: in.Body.Content, Project: deref(in.Body.Project),
		Confidence: in.Body.Confidence, Source: deref(in.Body.Source), Status: deref(in.Body.Status), By: actor(in.Body.By),
		AsIs: deref(in.Body.AsIs),
	})
	if err != nil {
		return nil, err
	}
	out := &rememberOutput{Location: "/memory/" + m.ID, Body: toMemoryJSON(m)}
	out.Body.Repeated = m.Last.Kind == domain.ChangeReinforced
	out.Body.Receipt = s.memoryReceipt(ctx, m, wait)
	return out, nil
}

func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

func (s *Server) listMemories(ctx context.Context, in *listMemoriesInput) (*struct{ Body memoryListJSON }, error) {
	f := domain.MemoryFilter{
		Type: domain.MemoryType(in.MemoryType), Status: domain.MemoryStatus(in.Status),
		Limit: in.Limit, Cursor: in.Cursor,
	}
	if in.given["project"] {
		f.Project = &in.Project
	}
	if in.given["limit"] && in.Limit == 0 {
		return nil, domain.Invalid("limit 0 is out of range").WithField("limit").
			WithHint("give a number from 1 to %d", domain.MaxPageSize)
	}
	list := s.cfg.Memories.List
	if in.given["as_of"] {
		at, err := asOf(in.AsOf)
		if err != nil {
			return nil, err
		}
		list = func(ctx context.Context, f domain.MemoryFilter) (domain.MemoryPage, error) {
			return s.cfg.Memories.ListAt(ctx, at, f)
		}
	}
	page, err := list(ctx, f)
	if err != nil {
		return nil, err
	}
	out := memoryListJSON{Memories: []memoryJSON{}, NextCursor: page.NextCursor}
	for _, m := range page.Memories {
		out.Memories = append(out.Memories, toMemoryJSON(m))
	}
	return &struct{ Body memoryListJSON }{out}, nil
}

type getMemoryInput struct {
	ID   string `path:"id" doc:"Id of a memory"`
	AsOf string `query:"as_of" doc:"A time in RFC 3339: the memory as it stood then" format:"date-time"`
}

func (s *Server) getMemory(ctx context.Context, in *getMemoryInput) (*memoryOutput, error) {
	get := s.cfg.Memories.Get
	if in.AsOf != "" {
		at, err := asOf(in.AsOf)
		if err != nil {
			return nil, err
		}
		get = func(ctx context.Context, id string) (domain.Memory, error) { return s.cfg.Memories.GetAt(ctx, id, at) }
	}
	m, err := get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &memoryOutput{toMemoryJSON(m)}, nil
}

type updateMemoryInput struct {
	ID string `path:"id" doc:"Id of a memory"`
	WaitParameter
	Body memoryPatchJSON
}

func (s *Server) updateMemory(ctx context.Context, in *updateMemoryInput) (*memoryOutput, error) {
	named := in.Body
	named.By, named.Reason = nil, nil
	if named == (memoryPatchJSON{}) {
		return nil, domain.Invalid("the body names no field to change").
			WithHint("name at least one of memory_type, content, project, confidence, source, status")
	}
	wait, err := in.duration()
	if err != nil {
		return nil, err
	}
	m, err := s.cfg.Memories.Update(ctx, in.ID, memory.Patch{
		Type: in.Body.MemoryType, Content: in.Body.Content, Project: in.Body.Project,
		Confidence: in.Body.Confidence, Source: in.Body.Source, Status: in.Body.Status,
		By: actor(in.Body.By), Reason: deref(in.Body.Reason),
	})
	if err != nil {
		return nil, err
	}
	out := &memoryOutput{toMemoryJSON(m)}
	out.Body.Receipt = s.memoryReceipt(ctx, m, wait)
	return out, nil
}

func (s *Server) deleteMemory(ctx context.Context, in *memoryID) (*struct{}, error) {
	return nil, s.cfg.Memories.Forget(ctx, in.ID, domain.Act{By: actor(nil)})
}

func (s *Server) memoryHistory(ctx context.Context, in *memoryID) (*struct{ Body historyJSON }, error) {
	changes, err := s.cfg.Memories.History(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := historyJSON{History: []changeJSON{}}
	for _, c := range changes {
		out.History = append(out.History, changeJSON{
			Change: string(c.Kind), At: c.At.UTC(), By: c.Memory.Last.By, Reason: c.Memory.Last.Reason, Memory: toMemoryJSON(c.Memory),
		})
	}
	return &struct{ Body historyJSON }{out}, nil
}
