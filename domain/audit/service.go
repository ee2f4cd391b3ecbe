// Package audit is the use case of the audit trail: what an administrator does is
// on record before it is done, and how it ended before anybody is told.
package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what the service works with. Every field is needed.
type Config struct {
	Trail ports.AuditTrail
	Clock ports.Clock
}

// Service keeps the audit trail. It is safe for concurrent use.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{c} }

// Call is a call of an administrator.
type Call struct {
	Action string // the operation's name
	Target string // on what; may be empty
	From   string // address that it comes from; "" for this machine's command line
}

// patience bounds the recording of an outcome, which a caller that went away does
// not call off.
const patience = 15 * time.Second

// Do records the call, makes it, and records its outcome. What cannot be recorded
// is not done. When the outcome cannot be recorded, that is an error too, though
// the call was made: its entry then says that it was begun.
func (s *Service) Do(ctx context.Context, c Call, call func(context.Context) error) error {
	entry, err := s.begin(ctx, c)
	if err != nil {
		return fmt.Errorf("nothing was done, because it could not be recorded: %w", err)
	}
	outcome, detail := domain.AuditDone, ""
	err = call(context.WithValue(ctx, noteKey{}, &detail))
	if err != nil {
		outcome, detail = domain.AuditFailed, err.Error()
		if domain.KindOf(err) == domain.KindRefused {
			outcome = domain.AuditRefused
		}
	}
	if failed := s.end(ctx, entry, outcome, brief(detail)); failed != nil {
		return errors.Join(err, domain.Unavailable("the audit trail could not be told how it ended: %s", outcome).Because(failed).
			WithHint("look at the present state before you do it again"))
	}
	return err
}

type noteKey struct{}

// Note adds to the entry of a call that is under way what it was that was done, where
// that is known only then, such as the id of what was made. Outside of Do it does
// nothing.
func Note(ctx context.Context, note string) {
	if detail, ok := ctx.Value(noteKey{}).(*string); ok {
		*detail = note
	}
}

// Refuse records a call that was not let through.
func (s *Service) Refuse(ctx context.Context, c Call, why error) error {
	return s.Do(ctx, c, func(context.Context) error { return why })
}

func (s *Service) begin(ctx context.Context, c Call) (int64, error) {
	e := domain.AuditEntry{At: s.Clock.Now(), By: "operator", Action: c.Action, Target: brief(c.Target), From: c.From}
	if p, ok := domain.PrincipalOf(ctx); ok {
		e.Key = p.Key
		if p.Name != "" {
			e.By = p.Name
		}
	}
	return s.Trail.Begin(ctx, e)
}

func (s *Service) end(ctx context.Context, entry int64, outcome domain.AuditOutcome, detail string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return s.Trail.End(ctx, entry, outcome, detail)
}

const maxDetail = 1024 // bytes

func brief(s string) string {
	if len(s) > maxDetail {
		s = strings.ToValidUTF8(s[:maxDetail], "") + "…"
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "�")
}

// List returns entries, newest first.
func (s *Service) List(ctx context.Context, f domain.AuditFilter) ([]domain.AuditEntry, error) {
	return s.Trail.List(ctx, f)
}
