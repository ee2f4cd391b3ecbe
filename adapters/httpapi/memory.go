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
}

func toMemoryJSON(m domain.Memory) memoryJSON {
	return memoryJSON{
		ID: m.ID, MemoryType: string(m.Type), Content: m.Content, Project: m.Project,
		Confidence: m.Confidence, Source: m.Source, Status: string(m.Status),
		CreatedAt: m.CreatedAt.UTC(), UpdatedAt: m.UpdatedAt.UTC(), Revision: m.Revision,
	}
}

type newMemoryJSON struct {
	MemoryType string   `json:"memory_type" enum:"identity,preference,project,episodic,knowledge,adaptation"`
	Content    string   `json:"content" minLength:"1" doc:"At most 65536 bytes of UTF-8"`
	Project    *string  `json:"project,omitempty" doc:"Name or alias of a registered project"`
	Confidence *float64 `json:"confidence,omitempty" minimum:"0" maximum:"1" doc:"0.7 unless given"`
	Source     *string  `json:"source,omitempty" doc:"Who or what said so; at most 1024 bytes"`
}

type memoryPatchJSON struct {
	MemoryType *string  `json:"memory_type,omitempty" enum:"identity,preference,project,episodic,knowledge,adaptation"`
	Content    *string  `json:"content,omitempty" minLength:"1"`
	Project    *string  `json:"project,omitempty" doc:"Name or alias of a registered project; empty takes the memory out of its project"`
	Confidence *float64 `json:"confidence,omitempty" minimum:"0" maximum:"1"`
	Source     *string  `json:"source,omitempty"`
	Status     *string  `json:"status,omitempty" enum:"candidate,active,superseded,rejected,expired"`
}

type memoryListJSON struct {
	Memories   []memoryJSON `json:"memories" nullable:"false" doc:"Newest first"`
	NextCursor string       `json:"next_cursor,omitempty" doc:"Pass it as cursor for the next page; absent on the last one"`
}

type changeJSON struct {
	Change string     `json:"change" enum:"created,updated,deleted"`
	At     time.Time  `json:"at"`
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
	Status     string `query:"status" doc:"Only memories in this status" enum:"candidate,active,superseded,rejected,expired"`
	Limit      int    `query:"limit" minimum:"1" maximum:"500" doc:"50 unless given"`
	Cursor     string `query:"cursor" doc:"next_cursor of the page before"`

	given map[string]bool
}

// Resolve notes which parameters were given at all: an empty one is not an absent
// one.
func (in *listMemoriesInput) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	in.given = map[string]bool{}
	for name := range u.Query() {
		in.given[name] = true
	}
	return nil
}

func (s *Server) addMemories() {
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
	}, s.updateMemory, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "delete-memory", Method: http.MethodDelete, Path: "/memory/{id}", Tags: tags,
		Summary: "Forget a memory; its history stays", DefaultStatus: http.StatusNoContent,
	}, s.deleteMemory, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "memory-history", Method: http.MethodGet, Path: "/memory/{id}/history", Tags: tags,
		Summary: "Every change of a memory, also after its deletion",
	}, s.memoryHistory, http.StatusNotFound)
}

type rememberInput struct{ Body newMemoryJSON }

type rememberOutput struct {
	Location string `header:"Location" doc:"Path of the new memory"`
	Body     memoryJSON
}

func (s *Server) remember(ctx context.Context, in *rememberInput) (*rememberOutput, error) {
	m, err := s.cfg.Memories.Remember(ctx, memory.Draft{
		Type: in.Body.MemoryType, Content: in.Body.Content, Project: deref(in.Body.Project),
		Confidence: in.Body.Confidence, Source: deref(in.Body.Source),
	})
	if err != nil {
		return nil, err
	}
	return &rememberOutput{Location: "/memory/" + m.ID, Body: toMemoryJSON(m)}, nil
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
	page, err := s.cfg.Memories.List(ctx, f)
	if err != nil {
		return nil, err
	}
	out := memoryListJSON{Memories: []memoryJSON{}, NextCursor: page.NextCursor}
	for _, m := range page.Memories {
		out.Memories = append(out.Memories, toMemoryJSON(m))
	}
	return &struct{ Body memoryListJSON }{out}, nil
}

func (s *Server) getMemory(ctx context.Context, in *memoryID) (*memoryOutput, error) {
	m, err := s.cfg.Memories.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &memoryOutput{toMemoryJSON(m)}, nil
}

type updateMemoryInput struct {
	ID   string `path:"id" doc:"Id of a memory"`
	Body memoryPatchJSON
}

func (s *Server) updateMemory(ctx context.Context, in *updateMemoryInput) (*memoryOutput, error) {
	if in.Body == (memoryPatchJSON{}) {
		return nil, domain.Invalid("the body names no field to change").
			WithHint("name at least one of memory_type, content, project, confidence, source, status")
	}
	m, err := s.cfg.Memories.Update(ctx, in.ID, memory.Patch{
		Type: in.Body.MemoryType, Content: in.Body.Content, Project: in.Body.Project,
		Confidence: in.Body.Confidence, Source: in.Body.Source, Status: in.Body.Status,
	})
	if err != nil {
		return nil, err
	}
	return &memoryOutput{toMemoryJSON(m)}, nil
}

func (s *Server) deleteMemory(ctx context.Context, in *memoryID) (*struct{}, error) {
	return nil, s.cfg.Memories.Delete(ctx, in.ID)
}

func (s *Server) memoryHistory(ctx context.Context, in *memoryID) (*struct{ Body historyJSON }, error) {
	changes, err := s.cfg.Memories.History(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := historyJSON{History: []changeJSON{}}
	for _, c := range changes {
		out.History = append(out.History, changeJSON{Change: string(c.Kind), At: c.At.UTC(), Memory: toMemoryJSON(c.Memory)})
	}
	return &struct{ Body historyJSON }{out}, nil
}
