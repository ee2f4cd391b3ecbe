package mcp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

type projectIn struct {
	Name string `json:"name"`
}

type projectJSON struct {
	Name        string     `json:"name"`
	Aliases     []string   `json:"aliases,omitempty"`
	Description string     `json:"description,omitempty"`
	Roots       []string   `json:"roots,omitempty"`
	State       []factJSON `json:"state,omitempty"`
}

type factJSON struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Since string `json:"since"`
}

type projectsOut struct {
	Projects []projectJSON `json:"projects"`
	Note     string        `json:"note,omitempty"`
}

// mostProjects bounds a list of projects.
const mostProjects = 100

func (s *Server) addProject() {
	addTool(s, tool{
		name: "project", reads: true,
		description: "A project's current state as people set it (phase, decisions, owners): trust it over memories, and those over documents. Without name: lists the projects.",
		input:       `{"type":"object","properties":{"name":{"type":"string"}}}`,
		output:      `{"type":"object","properties":{"projects":{"type":"array","items":{"type":"object"}}}}`,
	}, func(ctx context.Context, c call, in projectIn) (any, string, error) {
		if in.Name == "" {
			return c.projects(ctx)
		}
		p, err := c.project(ctx, in.Name)
		if err != nil {
			return nil, "", err
		}
		return projectsOut{Projects: []projectJSON{p}}, p.text(), nil
	})
}

func (c call) projects(ctx context.Context) (any, string, error) {
	all, err := c.Project.List(ctx)
	if err != nil {
		return nil, "", err
	}
	out := projectsOut{Projects: []projectJSON{}}
	var lines []string
	for _, p := range all[:min(len(all), mostProjects)] {
		j := toProject(p)
		j.Description = cutText(j.Description, 200)
		out.Projects = append(out.Projects, j)
		line := p.Name
		if len(p.Aliases) > 0 {
			line += " (" + strings.Join(p.Aliases, ", ") + ")"
		}
		if j.Description != "" {
			line += ": " + strings.Join(strings.Fields(j.Description), " ")
		}
		lines = append(lines, line)
	}
	if more := len(all) - len(out.Projects); more > 0 {
		out.Note = fmt.Sprintf("%d more are not shown", more)
	}
	if len(all) == 0 {
		out.Note = "no project is registered"
	}
	return out, strings.TrimSpace(strings.Join(lines, "\n") + "\n" + out.Note), nil
}

func (s *Services) project(ctx context.Context, name string) (projectJSON, error) {
	p, err := s.Project.Get(ctx, name)
	if err != nil {
		return projectJSON{}, err
	}
	out := toProject(p)
	for _, r := range p.IngestRoots {
		out.Roots = append(out.Roots, r.Path)
	}
	facts, err := s.State.List(ctx, p.Name, time.Time{})
	if err != nil {
		return projectJSON{}, err
	}
	for _, f := range facts {
		out.State = append(out.State, factJSON{Key: f.Key, Value: f.Value, Since: f.At.UTC().Format(time.DateOnly)})
	}
	return out, nil
}

func toProject(p domain.Project) projectJSON {
	return projectJSON{Name: p.Name, Aliases: p.Aliases, Description: p.Description}
}

func (p projectJSON) text() string {
	var b strings.Builder
	b.WriteString(p.Name)
	if len(p.Aliases) > 0 {
		b.WriteString(" (" + strings.Join(p.Aliases, ", ") + ")")
	}
	b.WriteString("\n")
	if p.Description != "" {
		b.WriteString(quote(p.Description))
	}
	for _, f := range p.State {
		fmt.Fprintf(&b, "%s, since %s:\n%s", f.Key, f.Since, quote(f.Value))
	}
	if len(p.State) == 0 {
		b.WriteString("no state is set\n")
	}
	return strings.TrimRight(b.String(), "\n")
}
