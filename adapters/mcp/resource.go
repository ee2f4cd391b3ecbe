package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/atocore/atocore/domain"
)

// What the URIs of resources begin with.
const (
	projectURI  = "atocore://project/"
	memoryURI   = "atocore://memory/"
	projectsURI = "atocore://projects"
)

type memoryJSON struct {
	ID           string    `json:"id"`
	MemoryType   string    `json:"memory_type"`
	Content      string    `json:"content"`
	Project      string    `json:"project,omitempty"`
	Confidence   float64   `json:"confidence"`
	Source       string    `json:"source,omitempty"`
	Status       string    `json:"status"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	SupersededBy string    `json:"superseded_by,omitempty"`
	Contradicts  string    `json:"contradicts,omitempty"`
	Reinforced   int64     `json:"reinforced,omitempty"`
}

func (s *Server) addResources() {
	s.mcp.AddResource(&sdk.Resource{
		URI: projectsURI, Name: "projects", MIMEType: "application/json", Description: "The registered projects",
	}, s.reader(func(ctx context.Context, on *Services, _ string) (any, error) {
		out, _, err := call{Services: on}.projects(ctx)
		return out, err
	}))
	s.mcp.AddResourceTemplate(&sdk.ResourceTemplate{
		URITemplate: projectURI + "{name}", Name: "project", MIMEType: "application/json",
		Description: "A project with its state",
	}, s.reader(func(ctx context.Context, on *Services, uri string) (any, error) {
		return on.project(ctx, rest(uri, projectURI))
	}))
	s.mcp.AddResourceTemplate(&sdk.ResourceTemplate{
		URITemplate: memoryURI + "{id}", Name: "memory", MIMEType: "application/json",
		Description: "A memory, whole, with its status and source",
	}, s.reader(func(ctx context.Context, on *Services, uri string) (any, error) {
		m, err := on.Memory.Get(ctx, rest(uri, memoryURI))
		if err != nil {
			return nil, err
		}
		return memoryJSON{
			ID: m.ID, MemoryType: string(m.Type), Content: m.Content, Project: m.Project, Confidence: m.Confidence,
			Source: m.Source, Status: string(m.Status), CreatedAt: m.CreatedAt.UTC(), UpdatedAt: m.UpdatedAt.UTC(),
			SupersededBy: m.SupersededBy, Contradicts: m.Contradicts, Reinforced: m.Reinforced,
		}, nil
	}))
}

// rest returns what a URI names, decoded.
func rest(uri, prefix string) string {
	name := strings.TrimPrefix(uri, prefix)
	if decoded, err := url.PathUnescape(name); err == nil {
		return decoded
	}
	return name
}

// reader makes a handler of a function that returns what the resource holds.
func (s *Server) reader(read func(context.Context, *Services, string) (any, error)) sdk.ResourceHandler {
	return func(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		uri := req.Params.URI
		ctx, _, on, err := s.admit(ctx, domain.KeyRead)
		if err != nil {
			return nil, s.failure(ctx, err)
		}
		content, err := read(ctx, on, uri)
		if err != nil {
			return nil, s.failure(ctx, err)
		}
		body, err := json.Marshal(content)
		if err != nil {
			return nil, err
		}
		return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: uri, MIMEType: "application/json", Text: string(body)}}}, nil
	}
}

// failure turns an error of a use case into one of the protocol.
func (s *Server) failure(ctx context.Context, err error) error {
	code := int64(jsonrpc.CodeInternalError)
	var e *domain.Error
	if errors.As(err, &e) {
		switch e.Kind {
		case domain.KindInvalid, domain.KindNotFound:
			code = jsonrpc.CodeInvalidParams
		default:
		}
	}
	return &jsonrpc.Error{Code: code, Message: s.explain(ctx, "resource", err)}
}

// mostCompletions is what the protocol allows at a time.
const mostCompletions = 100

// complete proposes project names.
func (s *Server) complete(ctx context.Context, req *sdk.CompleteRequest) (*sdk.CompleteResult, error) {
	out := &sdk.CompleteResult{Completion: sdk.CompletionResultDetails{Values: []string{}}}
	ref := req.Params.Ref
	if ref == nil || ref.URI != projectURI+"{name}" {
		return out, nil
	}
	ctx, _, on, err := s.admit(ctx, domain.KeyRead)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	projects, err := on.Project.List(ctx)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	typed := domain.FoldName(req.Params.Argument.Value)
	for _, p := range projects {
		if strings.HasPrefix(domain.FoldName(p.Name), typed) && len(out.Completion.Values) < mostCompletions {
			out.Completion.Values = append(out.Completion.Values, p.Name)
		}
	}
	out.Completion.Total = len(out.Completion.Values)
	return out, nil
}
