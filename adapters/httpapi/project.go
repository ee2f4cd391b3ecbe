package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/project"
)

type projectJSON struct {
	Name        string           `json:"name"`
	Aliases     []string         `json:"aliases" nullable:"false"`
	Description string           `json:"description"`
	IngestRoots []ingestRootJSON `json:"ingest_roots" nullable:"false"`
	Warnings    []string         `json:"warnings,omitempty" nullable:"false" doc:"After a change: what is the matter with the roots at present, such as one that does not exist"`
}

type ingestRootJSON struct {
	Path  string `json:"path" doc:"Absolute path of a folder on the server's machine"`
	Label string `json:"label" doc:"Unique within the project; what its documents are filed under"`
}

type newRootJSON struct {
	Path  string  `json:"path" doc:"Absolute path of a folder on the server's machine; it need not exist yet"`
	Label *string `json:"label,omitempty" doc:"1 to 64 characters without slashes, unique within the project; made from the path unless given"`
}

type newProjectJSON struct {
	Name        string        `json:"name" doc:"1 to 64 letters, digits, spaces, dots, dashes, underscores; unique without regard to case"`
	Aliases     []string      `json:"aliases,omitempty" nullable:"false" doc:"Other names, unique among all names and aliases"`
	Description *string       `json:"description,omitempty"`
	IngestRoots []newRootJSON `json:"ingest_roots" nullable:"false" minItems:"1"`
}

type replacedProjectJSON struct {
	Name        *string       `json:"name,omitempty" doc:"May be given, and must be the name that it has: a project's name never changes"`
	Aliases     []string      `json:"aliases,omitempty" nullable:"false"`
	Description *string       `json:"description,omitempty"`
	IngestRoots []newRootJSON `json:"ingest_roots" nullable:"false" minItems:"1"`
}

type projectListJSON struct {
	Projects []projectJSON `json:"projects" nullable:"false" doc:"By name"`
}

func toProjectJSON(p domain.Project) projectJSON {
	out := projectJSON{
		Name: p.Name, Aliases: append([]string{}, p.Aliases...), Description: p.Description,
		IngestRoots: []ingestRootJSON{},
	}
	for _, r := range p.IngestRoots {
		out.IngestRoots = append(out.IngestRoots, ingestRootJSON(r))
	}
	return out
}

func toRoots(roots []newRootJSON) []domain.IngestRoot {
	var out []domain.IngestRoot
	for _, r := range roots {
		out = append(out, domain.IngestRoot{Path: r.Path, Label: deref(r.Label)})
	}
	return out
}

// changed returns the project as it now is, with what is the matter with it. The
// change is done: not being able to look at the folders is no failure of it.
func (s *Server) changed(ctx context.Context, p domain.Project) projectJSON {
	out := toProjectJSON(p)
	warnings, err := s.cfg.Projects.Warnings(ctx, p)
	if err != nil {
		s.log.WarnContext(ctx, "look at ingest roots", slog.Any("error", err))
	}
	out.Warnings = warnings
	return out
}

type projectName struct {
	Name string `path:"name" doc:"Name or alias of a registered project, in any case"`
}

type projectOutput struct{ Body projectJSON }

func (s *Server) addProjects() {
	tags := []string{"project"}
	register(s, huma.Operation{
		OperationID: "list-projects", Method: http.MethodGet, Path: "/projects", Tags: tags,
		Summary: "List the registered projects",
	}, s.listProjects)
	register(s, huma.Operation{
		OperationID: "register-project", Method: http.MethodPost, Path: "/projects", Tags: tags,
		Summary: "Register a project", DefaultStatus: http.StatusCreated,
		Metadata: map[string]any{scope: domain.KeyAdmin},
	}, s.registerProject, http.StatusConflict)
	register(s, huma.Operation{
		OperationID: "get-project", Method: http.MethodGet, Path: "/projects/{name}", Tags: tags,
		Summary: "Read a project",
	}, s.getProject, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "replace-project", Method: http.MethodPut, Path: "/projects/{name}", Tags: tags,
		Summary:     "Replace a project's aliases, description and ingest roots",
		Description: "The whole project: aliases and description that are left out become empty. Documents follow at the next refresh.",
		Metadata:    map[string]any{scope: domain.KeyAdmin},
	}, s.replaceProject, http.StatusNotFound, http.StatusConflict)
	register(s, huma.Operation{
		OperationID: "remove-project", Method: http.MethodDelete, Path: "/projects/{name}", Tags: tags,
		Summary: "Remove a project and its ingested documents", DefaultStatus: http.StatusNoContent,
		Description: "Source files are never touched. A project that has memories is a conflict unless delete_memories=true.",
		Metadata:    map[string]any{slow: true, scope: domain.KeyAdmin},
	}, s.removeProject, http.StatusNotFound, http.StatusConflict)
}

func (s *Server) listProjects(ctx context.Context, _ *struct{}) (*struct{ Body projectListJSON }, error) {
	projects, err := s.cfg.Projects.List(ctx)
	if err != nil {
		return nil, err
	}
	out := projectListJSON{Projects: []projectJSON{}}
	for _, p := range projects {
		out.Projects = append(out.Projects, toProjectJSON(p))
	}
	return &struct{ Body projectListJSON }{out}, nil
}

type registerProjectInput struct{ Body newProjectJSON }

type registerProjectOutput struct {
	Location string `header:"Location" doc:"Path of the new project"`
	Body     projectJSON
}

func (s *Server) registerProject(ctx context.Context, in *registerProjectInput) (*registerProjectOutput, error) {
	p, err := s.cfg.Projects.Register(ctx, domain.Project{
		Name: in.Body.Name, Aliases: in.Body.Aliases, Description: deref(in.Body.Description),
		IngestRoots: toRoots(in.Body.IngestRoots),
	})
	if err != nil {
		return nil, err
	}
	return &registerProjectOutput{Location: "/projects/" + url.PathEscape(p.Name), Body: s.changed(ctx, p)}, nil
}

func (s *Server) getProject(ctx context.Context, in *projectName) (*projectOutput, error) {
	p, err := s.cfg.Projects.Get(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &projectOutput{toProjectJSON(p)}, nil
}

type replaceProjectInput struct {
	Name string `path:"name" doc:"Name or alias of a registered project, in any case"`
	Body replacedProjectJSON
}

func (s *Server) replaceProject(ctx context.Context, in *replaceProjectInput) (*projectOutput, error) {
	p, err := s.cfg.Projects.Update(ctx, in.Name, domain.Project{
		Name: deref(in.Body.Name), Aliases: in.Body.Aliases, Description: deref(in.Body.Description),
		IngestRoots: toRoots(in.Body.IngestRoots),
	})
	if err != nil {
		return nil, err
	}
	return &projectOutput{s.changed(ctx, p)}, nil
}

type removeProjectInput struct {
	Name           string `path:"name" doc:"Name or alias of a registered project, in any case"`
	DeleteMemories bool   `query:"delete_memories" doc:"Delete the project's memories too; false unless given"`
}

func (s *Server) removeProject(ctx context.Context, in *removeProjectInput) (*struct{}, error) {
	_, err := s.cfg.Projects.Remove(ctx, in.Name, project.RemoveOptions{DeleteMemories: in.DeleteMemories})
	return nil, err
}
