package domain

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what sort of failure an error is. Faces translate kinds, and only
// kinds, into HTTP statuses and exit codes.
type Kind string

const (
	// KindInternal is a fault of the program or of the machine under it. It is
	// the kind of every error that says nothing else.
	KindInternal Kind = "internal"
	// KindInvalid says that the input is wrong; nothing was changed.
	KindInvalid Kind = "invalid"
	// KindNotFound says that what was named does not exist.
	KindNotFound Kind = "not_found"
	// KindConflict says that the input is well formed but collides with present state.
	KindConflict Kind = "conflict"
	// KindRefused says that a precondition of safety does not hold (not confirmed, still
	// running, no token).
	KindRefused Kind = "refused"
	// KindUnavailable says that something needed is not there now; trying again may help.
	KindUnavailable Kind = "unavailable"
	// KindCorrupt says that stored state is damaged or contradicts itself.
	KindCorrupt Kind = "corrupt"
	// KindUnauthorized says that the caller did not prove to be anybody known.
	KindUnauthorized Kind = "unauthorized"
	// KindThrottled says that the caller asks too often; Error.RetryAfter says when to ask again.
	KindThrottled Kind = "throttled"
)

// Error is an error that an operator meets: what failed, and what to do next.
type Error struct {
	Kind    Kind
	Message string   // what is wrong, without a full stop
	Hint    string   // what to do next; empty when the message says it all
	Field   string   // the input field at fault, where there is one
	Nearest []string // names that may have been meant, best first
	Err     error    // cause, may be nil

	RetryAfter time.Duration // of KindThrottled
}

// Error returns message, cause and hint on one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, " (%s)", e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// WithHint returns e with what to do next.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithField returns e with the input field at fault.
func (e *Error) WithField(name string) *Error {
	e.Field = name
	return e
}

// Because returns e with its cause.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Invalid returns an error of KindInvalid.
func Invalid(format string, args ...any) *Error { return newError(KindInvalid, format, args) }

// NotFound returns an error of KindNotFound.
func NotFound(format string, args ...any) *Error { return newError(KindNotFound, format, args) }

// Conflict returns an error of KindConflict.
func Conflict(format string, args ...any) *Error { return newError(KindConflict, format, args) }

// Refused returns an error of KindRefused.
func Refused(format string, args ...any) *Error { return newError(KindRefused, format, args) }

// Unavailable returns an error of KindUnavailable.
func Unavailable(format string, args ...any) *Error { return newError(KindUnavailable, format, args) }

// Corrupt returns an error of KindCorrupt.
func Corrupt(format string, args ...any) *Error { return newError(KindCorrupt, format, args) }

// Unauthorized returns an error of KindUnauthorized.
func Unauthorized(format string, args ...any) *Error { return newError(KindUnauthorized, format, args) }

// Throttled returns an error of KindThrottled.
func Throttled(after time.Duration, format string, args ...any) *Error {
	e := newError(KindThrottled, format, args)
	e.RetryAfter = after
	return e.WithHint("try again in %d s", int64((after+time.Second-1)/time.Second))
}

func newError(k Kind, format string, args []any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// KindOf returns the kind of the first *Error in err's chain, KindInternal when
// there is none, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}
