package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/audit"
)

// What an operation's metadata may say of who may make the call.
const (
	// scope is the domain.KeyScope that the call needs, where it is another one than
	// its method and path say.
	scope = "scope"
	// whole marks a call that tells of everything that is stored: nothing for a key
	// that is limited to projects.
	whole = "whole"
	// noScope is the scope of a call that anybody may make.
	noScope domain.KeyScope = ""
)

// access is who may make a call.
type access struct {
	operation string
	scope     domain.KeyScope
	whole     bool
	audited   bool
}

// accessOf returns who may make the call. Without a word in its metadata, reading
// needs read, what lies below /admin needs admin, and the rest needs write.
func accessOf(op *huma.Operation) access {
	a := access{operation: op.OperationID, scope: domain.KeyWrite}
	switch said, ok := op.Metadata[scope].(domain.KeyScope); {
	case ok:
		a.scope = said
	case strings.HasPrefix(op.Path, "/admin/"):
		a.scope = domain.KeyAdmin
	case op.Method == http.MethodGet:
		a.scope = domain.KeyRead
	}
	a.whole = op.Metadata[whole] == true || a.scope == domain.KeyAdmin
	a.audited = a.scope == domain.KeyAdmin && op.Method != http.MethodGet
	if a.scope != noScope {
		if op.Extensions == nil {
			op.Extensions = map[string]any{}
		}
		op.Extensions["x-scope"] = string(a.scope)
	}
	return a
}

// wallClock tells the time to keys that a server without a store has.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// identify finds out who calls, and puts him into the request's context, through
// which he reaches whatever the call asks for.
func (s *Server) identify(c *fiber.Ctx) error {
	if c.Path() == healthPath {
		return nil
	}
	method, secret, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if secret = strings.TrimSpace(secret); !strings.EqualFold(method, "Bearer") {
		secret = ""
	}
	p, err := s.cfg.Keys.Authenticate(c.UserContext(), secret, c.IP())
	if err != nil {
		return err
	}
	c.SetUserContext(domain.WithPrincipal(c.UserContext(), p))
	return nil
}

// admit refuses a call that its caller may not make. Attempts at what administrators
// do are recorded.
func (s *Server) admit(c *fiber.Ctx, a access) error {
	if a.scope == noScope {
		return nil
	}
	p, ok := domain.PrincipalOf(c.UserContext())
	if !ok {
		return domain.Unauthorized("nobody knows who calls")
	}
	err := p.Need(a.scope)
	if err == nil && a.whole {
		err = p.NeedAll()
	}
	if err != nil && a.scope == domain.KeyAdmin && s.cfg.Audit != nil {
		if failed := s.cfg.Audit.Refuse(c.UserContext(), s.call(c, a), err); domain.KindOf(failed) != domain.KindRefused {
			s.log.ErrorContext(c.UserContext(), "a refused call could not be recorded", slog.Any("error", failed))
		}
	}
	return err
}

// audited makes a call, and has it recorded when it is an administrator's.
func (s *Server) audited(ctx context.Context, c *fiber.Ctx, a access, call func(context.Context) error) error {
	if !a.audited || s.cfg.Audit == nil {
		return call(ctx)
	}
	return s.cfg.Audit.Do(ctx, s.call(c, a), call)
}

func (s *Server) call(c *fiber.Ctx, a access) audit.Call {
	return audit.Call{Action: a.operation, Target: c.Path(), From: c.IP()}
}
