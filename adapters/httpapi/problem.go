package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/atocore/atocore/domain"
)

const problemType = "application/problem+json"

// Problem is the body of every answer that is not a success (RFC 9457).
type Problem struct {
	Type      string   `json:"type" doc:"Kind of problem, stable for programs: urn:atocore:problem: and a name"`
	Title     string   `json:"title" doc:"The kind in words"`
	Status    int      `json:"status" doc:"HTTP status"`
	Detail    string   `json:"detail" doc:"What is wrong with this very request"`
	Instance  string   `json:"instance" doc:"Path of the request"`
	RequestID string   `json:"request_id" doc:"The id under which the server logged the request"`
	Hint      string   `json:"hint,omitempty" doc:"What to do next"`
	Field     string   `json:"field,omitempty" doc:"The input field at fault"`
	Nearest   []string `json:"nearest,omitempty" nullable:"false" doc:"Names that may have been meant, best first"`
	// Components is set by GET /ready only.
	Components []componentJSON `json:"components,omitempty" nullable:"false" doc:"State of each component, when the server is not ready"`

	retryAfter time.Duration
}

// Error makes a Problem an error that a handler can return.
func (p *Problem) Error() string { return p.Detail }

// kindStatus is the one table from error kinds to HTTP.
var kindStatus = map[domain.Kind]struct {
	status int
	title  string
}{
	domain.KindInvalid:     {http.StatusBadRequest, "Invalid request"},
	domain.KindNotFound:    {http.StatusNotFound, "Not found"},
	domain.KindConflict:    {http.StatusConflict, "Conflict with the present state"},
	domain.KindRefused:     {http.StatusForbidden, "Refused"},
	domain.KindUnavailable: {http.StatusServiceUnavailable, "Not available now"},
	domain.KindCorrupt:     {http.StatusInternalServerError, "Stored state is damaged"},

	domain.KindUnauthorized: {http.StatusUnauthorized, "No valid token"},
	domain.KindThrottled:    {http.StatusTooManyRequests, "Too many requests"},
	domain.KindInternal:     {http.StatusInternalServerError, "Internal error"},
}

// protocolProblem names what goes wrong before any use case is reached.
var protocolProblem = map[int]struct{ name, title string }{
	http.StatusBadRequest:                  {string(domain.KindInvalid), "Invalid request"},
	http.StatusUnauthorized:                {string(domain.KindUnauthorized), "No valid token"},
	http.StatusForbidden:                   {string(domain.KindRefused), "Refused"},
	http.StatusNotFound:                    {string(domain.KindNotFound), "Not found"},
	http.StatusConflict:                    {string(domain.KindConflict), "Conflict with the present state"},
	http.StatusMethodNotAllowed:            {"method_not_allowed", "Method not allowed"},
	http.StatusRequestTimeout:              {"timeout", "The request took too long to arrive"},
	http.StatusRequestEntityTooLarge:       {"too_large", "Request body too large"},
	http.StatusTooManyRequests:             {string(domain.KindThrottled), "Too many requests"},
	http.StatusUnsupportedMediaType:        {"unsupported_media_type", "Unsupported media type"},
	http.StatusRequestHeaderFieldsTooLarge: {"headers_too_large", "Request headers too large"},
	http.StatusInternalServerError:         {string(domain.KindInternal), "Internal error"},
	http.StatusNotImplemented:              {"method_unknown", "Unknown method"},
	http.StatusServiceUnavailable:          {string(domain.KindUnavailable), "Not available now"},
}

func protocolTitle(status int) string {
	if p, known := protocolProblem[status]; known {
		return p.title
	}
	return http.StatusText(status)
}

const problemPrefix = "urn:atocore:problem:"

func protocol(status int, detail, hint string) *Problem {
	p, known := protocolProblem[status]
	if !known {
		p.name, p.title = "http", http.StatusText(status)
	}
	return &Problem{Type: problemPrefix + p.name, Title: p.title, Status: status, Detail: detail, Hint: hint}
}

// problemOf turns any error into the answer that a client gets. What only the
// log should know (wrapped causes, stacks, messages of unknown errors) stays out.
func problemOf(err error) *Problem {
	var p *Problem
	var fe *fiber.Error
	var de *domain.Error
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &fe):
		return fiberProblem(fe)
	case errors.As(err, &de) && de.Kind != domain.KindInternal:
		return domainProblem(de)
	case errors.Is(err, context.DeadlineExceeded):
		return domainProblem(domain.Unavailable("the request took longer than the server allows").
			WithHint("try again; if it keeps happening, ask for less at once or raise the request timeout"))
	case errors.Is(err, context.Canceled):
		return domainProblem(domain.Unavailable("the server is stopping").WithHint("try again when it is up"))
	}
	return domainProblem(&domain.Error{
		Kind: domain.KindInternal, Message: "the request failed inside the server",
		Hint: "the server's log has the cause under the request id",
	})
}

func domainProblem(e *domain.Error) *Problem {
	k, known := kindStatus[e.Kind]
	if !known {
		k = kindStatus[domain.KindInternal]
	}
	p := &Problem{
		Type: problemPrefix + string(e.Kind), Title: k.title, Status: k.status,
		Detail: e.Message, Hint: e.Hint, Field: e.Field, Nearest: e.Nearest, retryAfter: e.RetryAfter,
	}
	// What the caller got wrong may be told in full; what failed inside may not.
	if e.Err != nil && k.status < http.StatusInternalServerError {
		p.Detail += ": " + e.Err.Error()
	}
	return p
}

func fiberProblem(e *fiber.Error) *Problem {
	switch e.Code {
	case http.StatusNotFound:
		return protocol(e.Code, "there is no such address", "GET /openapi.json lists every call")
	case http.StatusMethodNotAllowed:
		return protocol(e.Code, "this address does not take that method", "the Allow header lists the ones that it takes")
	case http.StatusRequestEntityTooLarge:
		return protocol(e.Code, "the request body is larger than the server takes",
			"put long text into a file of a project and refresh it")
	case http.StatusRequestHeaderFieldsTooLarge:
		return protocol(e.Code, "the request headers are larger than the server takes", "")
	case http.StatusRequestTimeout:
		return protocol(e.Code, "the request did not arrive in time", "try again")
	case http.StatusBadRequest:
		return protocol(e.Code, "the request is not well-formed HTTP", "")
	}
	return protocol(e.Code, strings.ToLower(e.Message), "")
}

// send writes p as the answer to c.
func (s *Server) send(c *fiber.Ctx, p *Problem) {
	complete(c, p)
	body, err := json.Marshal(p)
	if err != nil { // a Problem always marshals; this keeps the answer well-formed if it ever does not
		body = []byte(`{"type":"` + problemPrefix + `internal","title":"Internal error","status":500,"detail":"the request failed inside the server"}`)
		p.Status = http.StatusInternalServerError
	}
	c.Status(p.Status)
	c.Set(fiber.HeaderContentType, problemType)
	c.Response().SetBody(append(body, '\n'))
}

// complete adds what ties the problem to its request.
func complete(c *fiber.Ctx, p *Problem) {
	p.Instance = c.Path()
	p.RequestID = requestID(c)
	if p.Status == http.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="atocore"`)
	}
	if p.retryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.FormatInt(int64((p.retryAfter+time.Second-1)/time.Second), 10))
	}
	if p.Status == http.StatusServiceUnavailable {
		c.Set(fiber.HeaderRetryAfter, "5")
	}
}

// notReady carries the cause of a Problem into the log.
type notReady struct {
	*Problem
	cause error
}

func (e *notReady) Error() string { return e.Detail + ": " + e.cause.Error() }

func (e *notReady) Unwrap() []error { return []error{e.Problem, e.cause} }
