package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

const headerRequestID = "X-Request-Id"

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

type localKey int

const (
	localRequestID localKey = iota // string
	localCause                     // error behind a Problem, for the log
)

// requestID returns the id of c's request, making one if need be.
func requestID(c *fiber.Ctx) string {
	if id, ok := c.Locals(localRequestID).(string); ok {
		return id
	}
	id := c.Get(headerRequestID)
	if !requestIDForm.MatchString(id) {
		id = rand.Text()
	}
	c.Locals(localRequestID, id)
	c.Set(headerRequestID, id)
	return id
}

// observe surrounds every request: it names and logs it, asks the guard, turns
// what is wrong into a problem, and keeps a panic from ending the process.
func (s *Server) observe(c *fiber.Ctx) error {
	began := time.Now()
	id := requestID(c)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.SetUserContext(s.base)

	routed := true
	if p := s.guard.check(c); p != nil {
		s.send(c, p)
		routed = false
	} else if err := s.identify(c); err != nil {
		s.fail(c, err)
		routed = false
	} else if err := s.next(c); err != nil {
		var fe *fiber.Error
		routed = !errors.As(err, &fe)
		s.fail(c, err)
	}

	status := c.Response().StatusCode()
	route := ""
	if routed {
		// The route, not the path: paths carry names.
		route = c.Route().Path
	}
	if s.cfg.Observe != nil {
		s.cfg.Observe(c.Method(), route, status, time.Since(began))
	}
	attrs := []slog.Attr{
		slog.String("method", c.Method()),
		slog.Int("status", status),
		slog.Float64("duration_ms", float64(time.Since(began).Microseconds())/1000),
		slog.Int("bytes", len(c.Response().Body())),
		slog.String("request_id", id),
	}
	if routed {
		attrs = append(attrs, slog.String("route", route))
	}
	level := slog.LevelInfo
	if c.Path() == healthPath || c.Path() == metricsPath {
		level = slog.LevelDebug
	}
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
		if cause, ok := c.Locals(localCause).(error); ok {
			attrs = append(attrs, slog.String("error", cause.Error()))
		}
	}
	s.logRequest(c.UserContext(), level, attrs)
	return nil
}

// logRequest logs as s.log would, without looking up the place in the source that it
// is called from, which is always the same.
func (s *Server) logRequest(ctx context.Context, level slog.Level, attrs []slog.Attr) {
	if !s.log.Enabled(ctx, level) {
		return
	}
	r := slog.NewRecord(time.Now(), level, "request", 0)
	r.AddAttrs(attrs...)
	_ = s.log.Handler().Handle(ctx, r) // as s.log does: there is nobody to tell
}

// next runs the handlers; a panic in them becomes an error.
func (s *Server) next(c *fiber.Ctx) (err error) {
	if !s.running.enter() {
		return context.Canceled
	}
	defer s.running.leave()
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("panic", slog.Any("value", r), slog.String("stack", string(debug.Stack())),
				slog.String("request_id", requestID(c)))
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return c.Next()
}

func (s *Server) fail(c *fiber.Ctx, err error) {
	c.Locals(localCause, err)
	s.send(c, problemOf(err))
}

// refuseUnparsed answers what never became a request: too large, too slow, not
// HTTP.
func (s *Server) refuseUnparsed(c *fiber.Ctx, err error) error {
	p := problemOf(err)
	s.send(c, p)
	s.log.LogAttrs(c.UserContext(), slog.LevelInfo, "request refused", slog.Int("status", p.Status),
		slog.String("reason", p.Detail), slog.String("request_id", p.RequestID))
	return nil
}

// wrapUnknownMethods answers methods that Fiber does not know, for which it has
// nothing but a line of plain text.
func (s *Server) wrapUnknownMethods() {
	inner := s.app.Server().Handler
	known := map[string]bool{}
	for _, m := range s.app.Config().RequestMethods {
		known[m] = true
	}
	s.app.Server().Handler = func(ctx *fasthttp.RequestCtx) {
		if known[string(ctx.Method())] {
			inner(ctx)
			return
		}
		p := protocol(http.StatusNotImplemented, "the server does not know that HTTP method", "")
		p.Instance, p.RequestID = string(ctx.Path()), rand.Text()
		body, _ := json.Marshal(p) // a Problem always marshals
		ctx.Response.Header.Set(headerRequestID, p.RequestID)
		ctx.SetContentType(problemType)
		ctx.SetStatusCode(p.Status)
		ctx.SetBody(body)
	}
}
