package mcp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/atocore/atocore/domain"
)

// call is one call of a tool: who calls, and the use cases.
type call struct {
	*Services
	client    string // what the client calls itself
	principal domain.Principal
}

// by is who stands in the history.
func (c call) by() string { return c.principal.Sign("mcp:" + c.client) }

// tool describes a tool. The schemas are written by hand: what is derived from types
// costs a multiple of the tokens.
type tool struct {
	name, description string
	input, output     string // JSON schemas
	reads             bool   // changes nothing
}

// addTool adds a tool. Its handler returns the structured answer and the same for
// reading, as short as it can be said. Arguments are checked strictly, and every
// error is told to the model as one that it can mend.
func addTool[In any](s *Server, t tool, handler func(context.Context, call, In) (answer any, text string, err error)) {
	yes, no := new(bool), new(bool)
	*yes = true
	notes := &sdk.ToolAnnotations{ReadOnlyHint: t.reads}
	if !t.reads {
		notes.DestructiveHint = no // a change is a step in a history
	}
	s.mcp.AddTool(&sdk.Tool{
		Name: t.name, Description: t.description, Annotations: notes,
		InputSchema: json.RawMessage(t.input), OutputSchema: json.RawMessage(t.output),
	}, func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		result := &sdk.CallToolResult{}
		answer, text, err := func() (any, string, error) {
			var in In
			if err := decode(req.Params.Arguments, &in); err != nil {
				return nil, "", err
			}
			scope := domain.KeyWrite
			if t.reads {
				scope = domain.KeyRead
			}
			ctx, p, on, err := s.admit(ctx, scope)
			if err != nil {
				return nil, "", err
			}
			return handler(ctx, s.caller(req, p, on), in)
		}()
		if err != nil {
			result.IsError = true
			result.Content = []sdk.Content{&sdk.TextContent{Text: s.explain(ctx, t.name, err)}}
			return result, nil
		}
		result.Content = []sdk.Content{&sdk.TextContent{Text: text}}
		result.StructuredContent = answer
		return result, nil
	})
}

// maxClientBytes bounds the name that a client gives itself.
const maxClientBytes = 64

// admit returns for whom a call is made, who must have the scope, and the services:
// who the services identify, else who the context says, else whoever runs this
// program. An agent's word does not count as the operator's own.
func (s *Server) admit(ctx context.Context, scope domain.KeyScope) (context.Context, domain.Principal, *Services, error) {
	on, err := s.services(ctx)
	if err != nil {
		return ctx, domain.Principal{}, nil, err
	}
	p, said := domain.PrincipalOf(ctx)
	switch {
	case on.Identify != nil:
		if p, err = on.Identify(ctx); err != nil {
			return ctx, p, nil, err
		}
	case !said:
		p = domain.Operator()
	}
	if p.Key == "" {
		p.Trusted = s.cfg.Trusted
	}
	return domain.WithPrincipal(ctx, p), p, on, p.Need(scope)
}

func (s *Server) caller(req *sdk.CallToolRequest, p domain.Principal, on *Services) call {
	c := call{Services: on, client: cmp.Or(p.Name, "agent"), principal: p}
	if info := req.ClientInfo(); info != nil && domain.FoldName(info.Name) != "" {
		c.client = clean(info.Name, maxClientBytes)
	}
	return c
}

// clean makes a name of what a client sent.
func clean(name string, limit int) string {
	name = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "")), " ")
	for len(name) > limit {
		runes := []rune(name)
		name = string(runes[:len(runes)-1])
	}
	return name
}

// decode reads arguments into the struct that in points to. Names that it does not
// have are errors: a misspelt filter must not search everything.
func decode(raw json.RawMessage, in any) error {
	given := map[string]json.RawMessage{}
	if len(raw) > 0 && !bytes.Equal(raw, []byte("null")) {
		if err := json.Unmarshal(raw, &given); err != nil {
			return domain.Invalid("the arguments are not a JSON object").WithHint(`write them as {"name": value}`)
		}
	}
	fields := map[string]reflect.StructField{}
	for f := range fieldsOf(reflect.TypeOf(in).Elem()) {
		fields[f.Tag.Get("json")] = f
	}
	known := slices.Sorted(maps.Keys(fields))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		f, ok := fields[name]
		if !ok {
			err := domain.Invalid("unknown argument %q", name).WithField(name)
			if err.Nearest = domain.Nearest(name, known); len(err.Nearest) == 0 {
				err.Hint = "this tool takes " + strings.Join(known, ", ")
			}
			return err
		}
		if bytes.Equal(given[name], []byte("null")) {
			continue // what a model says that means nothing
		}
		if err := json.Unmarshal(given[name], reflect.ValueOf(in).Elem().FieldByIndex(f.Index).Addr().Interface()); err != nil {
			return domain.Invalid("%s must be %s", name, kindName(f.Type)).WithField(name)
		}
	}
	return nil
}

func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

func kindName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	default:
		return "a string"
	}
}

// explain says what went wrong and how to call better. What only the log should
// know stays out.
func (s *Server) explain(ctx context.Context, tool string, err error) string {
	var e *domain.Error
	if !errors.As(err, &e) || e.Kind == domain.KindInternal {
		if ctx.Err() != nil {
			return "the call was cut off; try again"
		}
		s.cfg.Logger.ErrorContext(ctx, "a tool failed", slog.String("tool", tool), slog.Any("error", err))
		return "failed inside the server: " + err.Error()
	}
	text := e.Message
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	switch {
	case len(e.Nearest) > 0:
		return text + "; " + domain.DidYouMean(e.Nearest)
	case e.Field == "project" && e.Kind == domain.KindNotFound:
		return text + "; " + s.knownProjects(ctx)
	case e.Hint != "":
		return text + "; " + strings.ReplaceAll(e.Hint, "\n", " ")
	}
	return text
}

// mostNamed bounds how many projects an error names.
const mostNamed = 20

// knownProjects helps whoever named a project that nothing is like.
func (s *Server) knownProjects(ctx context.Context) string {
	on, err := s.services(ctx)
	if err != nil {
		return "call project without a name for the list"
	}
	projects, err := on.Project.List(ctx)
	if err != nil {
		return "call project without a name for the list"
	}
	if len(projects) == 0 {
		return "no project is registered: leave project out"
	}
	var names []string
	for _, p := range projects[:min(len(projects), mostNamed)] {
		names = append(names, p.Name)
	}
	if len(projects) > mostNamed {
		names = append(names, "…")
	}
	return "registered: " + strings.Join(names, ", ") + "; or leave project out"
}
