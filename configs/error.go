package configs

import "fmt"

// Source is a place that a value can come from.
type Source string

// The sources, the strongest first.
const (
	SourceFlag        Source = "flag"
	SourceEnvironment Source = "environment"
	SourceFile        Source = "file"
	SourceDefault     Source = "default"
)

// Origin says where a value came from.
type Origin struct {
	Source Source
	Name   string // the flag, the variable, the file
	Line   int    // in the file; 0 when it is not known
}

// String renders the origin for a person: "flag --listen", "variable
// ATOCORE_LISTEN", "/etc/atocore.yaml:3", "default".
func (o Origin) String() string {
	switch o.Source {
	case SourceFlag:
		return "flag " + o.Name
	case SourceEnvironment:
		return "variable " + o.Name
	case SourceFile:
		if o.Line > 0 {
			return fmt.Sprintf("%s:%d", o.Name, o.Line)
		}
		return o.Name
	case SourceDefault:
	}
	return "default"
}

// Error is a configuration that cannot be used.
type Error struct {
	Key     string // "" when no key is concerned
	Problem string // what is wrong
	Hint    string // what would be right, such as the range; may be empty
	Origin  Origin
	Unknown string   // the name that is not known
	Known   []string // the names that are, when Unknown is set
	Err     error    // cause, may be nil
}

// Error returns the problem, where it is, its cause and the hint on one line.
func (e *Error) Error() string {
	text := e.Message()
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Message returns the problem and where it is.
func (e *Error) Message() string {
	text := e.Problem
	if e.Unknown != "" {
		text += fmt.Sprintf(" %q", e.Unknown)
	}
	// A default has no place, and an unknown variable is its own.
	if e.Origin.Name != "" && e.Origin.Name != e.Unknown {
		text += ", from " + e.Origin.String()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
