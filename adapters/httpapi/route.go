package httpapi

import (
	"context"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/atocore/atocore/domain"
)

// slow marks, in an operation's metadata, a call that takes as long as it takes.
const slow = "slow"

func newAPI(s *Server) huma.API {
	config := huma.DefaultConfig("atocore", s.cfg.Version)
	if config.Info.Version == "" {
		config.Info.Version = "dev"
	}
	config.Info.Description = "A memory and context engine for AI agents: typed memories, ingested project folders, hybrid retrieval."
	// Its own pages load code from a CDN, and its own spec handler is not safe for
	// concurrent first use: the document is served by addSpec.
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil
	config.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat}
	config.Transformers = []huma.Transformer{replaceErrorModel}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "A key, or the server's API token. Needed when it has any."},
	}
	config.Security = []map[string][]string{{"token": {}}}
	if s.cfg.APIToken == "" {
		config.Security = append(config.Security, map[string][]string{})
	}
	return humafiber.NewWithGroup(s.app, headRouter{s.app}, config)
}

// headRouter answers HEAD wherever it answers GET.
type headRouter struct{ *fiber.App }

func (r headRouter) Add(method, path string, handlers ...fiber.Handler) fiber.Router {
	if method == http.MethodGet {
		r.App.Add(http.MethodHead, path, handlers...)
	}
	return r.App.Add(method, path, handlers...)
}

// replaceErrorModel is the net below checkRequest: an error that huma found by
// itself is answered in our form all the same.
func replaceErrorModel(ctx huma.Context, _ string, v any) (any, error) {
	e, foreign := v.(*huma.ErrorModel)
	if !foreign {
		return v, nil
	}
	p := protocol(e.Status, e.Detail, "")
	if len(e.Errors) > 0 && e.Errors[0] != nil {
		p.Detail += ": " + e.Errors[0].Message
		p.Field = e.Errors[0].Location
	}
	complete(humafiber.Unwrap(ctx), p)
	return p, nil
}

// failureKey finds, in a request's context, where its handler leaves its error.
type failureKey struct{}

// register adds a call. Its input is a struct of path and query parameters and, if
// it takes one, a Body; a Body that is a pointer may be left out. errs are the
// statuses of its errors beyond those that every call can answer with.
func register[I, O any](s *Server, op huma.Operation, handler func(context.Context, *I) (*O, error), errs ...int) {
	body, takesBody := reflect.TypeFor[I]().FieldByName("Body")
	if !takesBody {
		body.Type = reflect.TypeFor[*struct{}]()
	}
	// The use cases hold the rules and phrase what breaks them; the document only
	// repeats them.
	op.SkipValidateBody, op.SkipValidateParams = true, true
	op.MaxBodyBytes, op.BodyReadTimeout = -1, -1 // Fiber's limits hold
	op.Responses = s.errorResponses(takesBody, errs)
	a := accessOf(&op)
	limit := s.cfg.RequestTimeout
	if op.Metadata[slow] == true {
		limit = 0
	}
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		c := humafiber.Unwrap(ctx)
		if err := s.admit(c, a); err != nil {
			s.fail(c, err)
			return
		}
		if err := checkRequest(ctx.Operation(), c, body.Type); err != nil {
			s.fail(c, err)
			return
		}
		var failure error
		running := context.WithValue(ctx.Context(), failureKey{}, &failure)
		if limit > 0 {
			var cancel context.CancelFunc
			running, cancel = context.WithTimeout(running, limit)
			defer cancel()
		}
		err := s.audited(running, c, a, func(running context.Context) error {
			next(huma.WithContext(ctx, running))
			return failure
		})
		if err != nil {
			c.Response().Header.Del(fiber.HeaderLocation) // of what may not be told
			s.fail(c, err)
		}
	})
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			// The middleware answers; huma would wrap and reword the error.
			if failure, ok := ctx.Value(failureKey{}).(*error); ok {
				*failure = err
			}
			return nil, nil
		}
		return out, nil
	})
}

// checkRequest looks at everything that the handler is going to be given.
func checkRequest(op *huma.Operation, c *fiber.Ctx, body reflect.Type) error {
	if err := checkQuery(op.Parameters, string(c.Request().URI().QueryString())); err != nil {
		return err
	}
	data := c.Request().Body()
	if len(data) == 0 && body.Kind() == reflect.Pointer {
		return nil
	}
	if e := c.Get(fiber.HeaderContentEncoding); e != "" && e != "identity" {
		return protocol(http.StatusUnsupportedMediaType, "the server takes no compressed bodies", "send the body as it is")
	}
	if len(data) > 0 && !isJSON(c.Get(fiber.HeaderContentType)) {
		return protocol(http.StatusUnsupportedMediaType, "the server takes JSON bodies only",
			"send the header Content-Type: application/json")
	}
	for body.Kind() == reflect.Pointer {
		body = body.Elem()
	}
	return checkBody(data, body)
}

func isJSON(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	charset := params["charset"]
	return err == nil && kind == "application/json" && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// checkQuery refuses unknown and repeated parameters: a misspelt filter must not
// list everything.
func checkQuery(params []*huma.Param, raw string) error {
	if raw == "" {
		return nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return domain.Invalid("the query string is not well-formed").Because(err)
	}
	var names []string
	kinds := map[string]string{}
	for _, p := range params {
		if p.In == "query" {
			names = append(names, p.Name)
			kinds[p.Name] = p.Schema.Type
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		kind, known := kinds[name]
		shown := join("", name)
		if !known {
			err := domain.Invalid("unknown query parameter %q", shown).WithField(shown)
			err.Nearest = domain.Nearest(name, names)
			return hinted(err, names)
		}
		if len(values[name]) > 1 {
			return domain.Invalid("query parameter %q is given twice", name).WithField(name)
		}
		value := values[name][0]
		if !utf8.ValidString(value) {
			return domain.Invalid("query parameter %q is not valid UTF-8", name).WithField(name)
		}
		if err := checkParam(name, kind, value); err != nil {
			return err
		}
	}
	return nil
}

func checkParam(name, kind, value string) error {
	shown := join("", value)
	switch kind {
	case huma.TypeInteger:
		if _, err := strconv.Atoi(value); err != nil {
			return domain.Invalid("%s must be a whole number, not %q", name, shown).WithField(name)
		}
	case huma.TypeBoolean:
		if value != "true" && value != "false" {
			return domain.Invalid("%s must be true or false, not %q", name, shown).WithField(name)
		}
	}
	return nil
}

// errorResponses documents what a call can answer with beside success.
func (s *Server) errorResponses(takesBody bool, errs []int) map[string]*huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	statuses := append([]int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
		http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable,
	}, errs...)
	if takesBody {
		statuses = append(statuses, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	out := map[string]*huma.Response{}
	for _, status := range statuses {
		out[strconv.Itoa(status)] = &huma.Response{
			Description: protocolTitle(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
	}
	return out
}
