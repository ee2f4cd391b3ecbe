package domain

import (
	"slices"
	"time"
)

// KeyScope says what the holder of a key may do. Each includes those before it.
type KeyScope string

// The scopes.
const (
	KeyRead  KeyScope = "read"  // ask, list, look up
	KeyWrite KeyScope = "write" // remember and change memories and state, refresh projects
	KeyAdmin KeyScope = "admin" // projects, backups, keys
)

// KeyScopes lists the scopes, the least first.
var KeyScopes = []KeyScope{KeyRead, KeyWrite, KeyAdmin}

// ParseKeyScope returns the scope of that name, or KindInvalid with the nearest.
func ParseKeyScope(s string) (KeyScope, error) {
	return parseName(s, KeyScopes, "scope")
}

// Key is an API key, without its secret: of that, only a hash is kept.
type Key struct {
	ID      string // also the recognisable part of the secret
	Name    string // unique among the keys that are not revoked
	Scopes  []KeyScope
	Limited bool
	// Projects are the canonical names of those that a limited key is for.
	Projects []string
	Shared   bool // a limited key also reaches what belongs to no project
	Trusted  bool // what it writes is active at once
	Rate     int  // requests a minute; 0 for the default of the service

	Hash []byte // SHA-256 of the secret, 32 bytes
	// Before a rotation the hash was Former, which is good until FormerUntil.
	Former      []byte
	FormerUntil time.Time // zero: there is none

	CreatedAt time.Time // as all times here: UTC, microseconds
	ExpiresAt time.Time // zero: never
	RotatedAt time.Time // zero: never was
	RevokedAt time.Time // zero: is not
	UsedAt    time.Time // about when it was last used, to the minute; zero: never
}

// KeyStatus says whether a key opens anything.
type KeyStatus string

// What a key can be.
const (
	KeyActive  KeyStatus = "active"
	KeyExpired KeyStatus = "expired"
	KeyRevoked KeyStatus = "revoked"
)

// Status returns what the key is at the moment.
func (k Key) Status(now time.Time) KeyStatus {
	switch {
	case !k.RevokedAt.IsZero():
		return KeyRevoked
	case !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt):
		return KeyExpired
	}
	return KeyActive
}

// Principal returns whom a call with the key is made for.
func (k Key) Principal() Principal {
	return Principal{
		Key: k.ID, Name: k.Name, Scopes: k.Scopes, Limited: k.Limited, Projects: k.Projects,
		Shared: k.Shared, Trusted: k.Trusted,
	}
}

// MaxKeyRate bounds the requests a minute of a key.
const MaxKeyRate = 1_000_000

// Validate returns an error of KindInvalid that names the first field at fault.
func (k Key) Validate() error {
	if !isName(k.Name, projectMarks+"@") {
		return Invalid("key name %q is not usable", k.Name).WithField("name").
			WithHint("1 to 64 letters, digits, spaces, dots, dashes, underscores or @, beginning with a letter or digit")
	}
	if len(k.Scopes) == 0 {
		return Invalid("the key has no scope").WithField("scopes").WithHint("read, write or admin")
	}
	for i, s := range k.Scopes {
		if _, err := ParseKeyScope(string(s)); err != nil {
			return err
		}
		if slices.Contains(k.Scopes[:i], s) {
			return Invalid("scope %q is given twice", s).WithField("scopes")
		}
	}
	switch {
	case k.Limited && len(k.Projects) == 0 && !k.Shared:
		return Invalid("the key is limited to no project at all").WithField("projects")
	case !k.Limited && len(k.Projects) > 0:
		return Invalid("a key that names projects is limited to them").WithField("projects")
	case !k.Limited && k.Shared:
		return Invalid("a key for all projects reaches what belongs to none, too").WithField("shared").
			WithHint("leave it out, or name projects")
	case k.Limited && slices.Contains(k.Scopes, KeyAdmin):
		return Invalid("a key of scope admin cannot be limited to projects: backups and keys are about all of them").
			WithField("scopes").WithHint("leave admin out, or name no project")
	case k.Rate < 0 || k.Rate > MaxKeyRate:
		return Invalid("rate %d is out of range", k.Rate).WithField("rate").
			WithHint("requests a minute, from 1 to %d; 0 for the default of the service", MaxKeyRate)
	}
	return nil
}
