package domain

import (
	"context"
	"slices"
	"strings"
)

// Principal is who a call is made for: the operator of the machine, or the holder
// of an API key. It travels in the context.
type Principal struct {
	Key    string // id of the key; "" for the operator
	Name   string // for histories and the audit trail
	Scopes []KeyScope
	// Limited keys know Projects alone: everything else does not exist for them.
	Limited  bool
	Projects []string // canonical names
	// Shared lets a limited key see, and write, what belongs to no project.
	Shared bool
	// Trusted says that its word holds at once. What others write waits for review.
	Trusted bool
}

// Operator is the principal of whoever runs the program itself: the command line,
// the work that the service does unasked, and calls to a service that has neither
// a token nor a key.
func Operator() Principal {
	return Principal{Scopes: KeyScopes, Trusted: true}
}

type principalKey struct{}

// WithPrincipal returns a context of a call that is made for p.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalOf returns whom the call is made for; not ok when nobody said.
func PrincipalOf(ctx context.Context) (p Principal, ok bool) {
	p, ok = ctx.Value(principalKey{}).(Principal)
	return p, ok
}

// May tells whether the principal has the scope. Admin includes the other two, and
// write includes read.
func (p Principal) May(scope KeyScope) bool {
	at := slices.Index(KeyScopes, scope)
	return at >= 0 && slices.ContainsFunc(p.Scopes, func(s KeyScope) bool { return slices.Index(KeyScopes, s) >= at })
}

// Need returns an error of KindRefused unless the principal has the scope.
func (p Principal) Need(scope KeyScope) error {
	if p.May(scope) {
		return nil
	}
	return Refused("this key may not do that: it needs the scope %s", scope).
		WithHint("ask the operator for a key with that scope")
}

// NeedAll returns an error of KindRefused when the principal is limited to
// projects: for what tells of everything that is stored.
func (p Principal) NeedAll() error {
	if !p.Limited {
		return nil
	}
	return Refused("this key is limited to projects, and the call is about all of them").
		WithHint("ask the operator for a key without limits")
}

// Knows tells whether a project, by its canonical name, exists for the principal;
// "" stands for what belongs to none.
func (p Principal) Knows(project string) bool {
	switch {
	case !p.Limited:
		return true
	case project == "":
		return p.Shared
	}
	return slices.Contains(p.Projects, project)
}

// Known returns the projects that exist for a limited principal, sorted, with ""
// for what belongs to none; nil for one that is not limited.
func (p Principal) Known() []string {
	if !p.Limited {
		return nil
	}
	known := append([]string{}, p.Projects...)
	if p.Shared {
		known = append(known, "")
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// Sign returns who a change is recorded for: what the caller stated, and the key
// that it was stated with, which nobody can state otherwise.
func (p Principal) Sign(stated string) string {
	if p.Key == "" {
		return stated
	}
	signed := " (" + p.Name + ")"
	switch {
	case stated == "" || stated == p.Name || stated == "api" || stated == "mcp":
		return p.Name
	case strings.HasSuffix(stated, signed): // by an outer layer already
		return stated
	}
	if room := MaxActorBytes - len(signed); len(stated) > room {
		stated = strings.ToValidUTF8(stated[:room], "")
	}
	return stated + signed
}
