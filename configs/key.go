package configs

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// Prefix begins the name of every environment variable of the program.
const Prefix = "ATOCORE_"

// Kind is the type of a key's value.
type Kind string

// The types of values.
const (
	KindText     Kind = "text"
	KindPath     Kind = "path"
	KindChoice   Kind = "choice"
	KindNumber   Kind = "number"
	KindCount    Kind = "whole number"
	KindSize     Kind = "size"     // bytes, written 512KiB or 2MiB
	KindDuration Kind = "duration" // written 30s or 2m
	KindList     Kind = "list"     // in the environment and in flags separated by commas
)

// Key describes one setting.
type Key struct {
	Name    string // sections and name, joined by dots
	Kind    Kind
	Default string // as it would be written in the environment
	Meaning string // one or two sentences
	Choices []string
	Min     float64 // of numbers, sizes (bytes) and durations (seconds)
	Max     float64
	Secret  bool
	NoFlag  bool // a secret on the command line is seen by every user of the machine

	set func(*Settings, any)
}

// Env returns the environment variable of the key.
func (k Key) Env() string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

// Flag returns the command line flag of the key, without dashes.
func (k Key) Flag() string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(k.Name)
}

// Range returns the allowed values in words.
func (k Key) Range() string {
	switch k.Kind {
	case KindChoice:
		if len(k.Choices) == 1 {
			return "only " + k.Choices[0] + " for now"
		}
		return "one of " + strings.Join(k.Choices, ", ")
	case KindNumber:
		return fmt.Sprintf("a number from %v to %v", k.Min, k.Max)
	case KindCount:
		return fmt.Sprintf("a whole number from %v to %v", k.Min, k.Max)
	case KindSize:
		return fmt.Sprintf("a size from %s to %s", sizeText(k.Min), sizeText(k.Max))
	case KindDuration:
		return fmt.Sprintf("a duration from %s to %s", durationText(k.Min), durationText(k.Max))
	case KindList:
		return "a list of words"
	case KindPath:
		return "a path"
	case KindText:
	}
	return "text"
}

func sizeText(n float64) string {
	return strings.NewReplacer(" ", "", ".0", "").Replace(humanize.IBytes(uint64(n)))
}

func durationText(seconds float64) string {
	text := time.Duration(seconds * float64(time.Second)).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// parse returns the typed value of text: string, float64, int, int64 (sizes),
// time.Duration or []string.
func (k Key) parse(text string) (any, error) {
	text = strings.TrimSpace(text)
	inRange := func(n float64) error {
		if math.IsNaN(n) || n < k.Min || n > k.Max {
			return fmt.Errorf("is out of range")
		}
		return nil
	}
	switch k.Kind {
	case KindChoice:
		if !slices.Contains(k.Choices, text) {
			return nil, fmt.Errorf("is not a choice")
		}
		return text, nil
	case KindNumber:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("is not a number")
		}
		return n, inRange(n)
	case KindCount:
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("is not a whole number")
		}
		return n, inRange(float64(n))
	case KindSize:
		n, err := humanize.ParseBytes(text)
		if err != nil {
			return nil, fmt.Errorf("is not a size")
		}
		return int64(min(n, math.MaxInt64)), inRange(float64(n))
	case KindDuration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("is not a duration")
		}
		return d, inRange(d.Seconds())
	case KindList:
		list := []string{}
		for _, item := range strings.Split(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		return list, nil
	case KindText, KindPath:
	}
	if strings.ContainsRune(text, 0) {
		return nil, fmt.Errorf("holds a NUL character")
	}
	return text, nil
}

// wrong describes a value that parse refused.
func (k Key) wrong(text string, origin Origin, err error) *Error {
	shown := strconv.Quote(text)
	if k.Secret {
		shown = "(secret)"
	}
	e := &Error{
		Key: k.Name, Origin: origin, Hint: "give " + k.Range(),
		Problem: fmt.Sprintf("%s = %s %v", k.Name, shown, err),
	}
	switch k.Kind {
	case KindSize:
		e.Hint += ", such as 2MiB"
	case KindDuration:
		e.Hint += ", such as 30s"
	case KindChoice:
		e.Hint = "it takes " + k.Range()
	default:
	}
	return e
}

func find(name string) (Key, bool) {
	for _, k := range Keys() {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

func names() []string {
	var out []string
	for _, k := range Keys() {
		out = append(out, k.Name)
	}
	return out
}
