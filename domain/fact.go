package domain

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxFactBytes bounds the value of one fact.
const MaxFactBytes = 4 << 10

// Fact is a keyed fact of a project's state, which a person set: the current phase,
// a decision, an owner. It is trusted over memories, and these over documents.
type Fact struct {
	Project string // canonical name
	Key     string
	Value   string
	Removed bool // the fact does not hold any more; Value is ""
	By      string
	Reason  string
	At      time.Time // UTC, microseconds: since when
}

var factKey = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// CheckFactKey returns an error of KindInvalid for what is no key.
func CheckFactKey(key string) error {
	if factKey.MatchString(key) {
		return nil
	}
	return Invalid("key %q is not usable", key).WithField("key").
		WithHint("1 to 64 small letters, digits, dots, dashes or underscores, beginning with a letter or digit")
}

// Validate returns an error of KindInvalid that names the first field at fault.
func (f Fact) Validate() error {
	if err := CheckFactKey(f.Key); err != nil {
		return err
	}
	if !f.Removed && strings.TrimSpace(f.Value) == "" {
		return Invalid("value is empty").WithField("value").WithHint("say what holds, or remove the fact")
	}
	if len(f.Value) > MaxFactBytes || !utf8.ValidString(f.Value) || strings.ContainsRune(f.Value, 0) {
		return Invalid("value must be valid UTF-8 of at most %d bytes", MaxFactBytes).WithField("value")
	}
	return Act{By: f.By, Reason: f.Reason}.Validate()
}
