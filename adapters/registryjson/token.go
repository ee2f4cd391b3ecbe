package registryjson

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

// next returns the offset of the next token.
func (d *decoder) next() int {
	at := int(d.dec.InputOffset())
	for at < len(d.src) && strings.IndexByte(" \t\r\n,:", d.src[at]) >= 0 {
		at++
	}
	return at
}

// object reads an object and calls the field's function, with the offset of its
// value, for each key. A key that is unknown or came before is an error.
func (d *decoder) object(what string, fields map[string]func(at int) error) error {
	if err := d.open('{', what+" must be an object {…}"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.dec.More() {
		at := d.next()
		token, err := d.dec.Token()
		if err != nil {
			return d.fail(at, "%s", err)
		}
		key, _ := token.(string)
		read, known := fields[key]
		if !known {
			names := slices.Sorted(maps.Keys(fields))
			failed := d.fail(at, "unknown field %q in %s", key, what)
			hint := domain.DidYouMean(domain.Nearest(key, names))
			if hint == "" {
				hint = "known are " + strings.Join(names, ", ")
			}
			return failed.WithHint("%s; %s", hint, failed.Hint)
		}
		if seen[key] {
			return d.fail(at, "the field %q is there twice in %s", key, what)
		}
		seen[key] = true
		if err := read(d.next()); err != nil {
			return err
		}
	}
	_, err := d.dec.Token() // the closing brace
	return err
}

// array reads an array and calls item with the offset of each element.
func (d *decoder) array(what string, item func(at int) error) error {
	if err := d.open('[', what+" must be a list […]"); err != nil {
		return err
	}
	for d.dec.More() {
		if err := item(d.next()); err != nil {
			return err
		}
	}
	_, err := d.dec.Token() // the closing bracket
	return err
}

func (d *decoder) open(delim json.Delim, complaint string) error {
	at := d.next()
	if at >= len(d.src) || d.src[at] != byte(delim) {
		return d.fail(at, "%s", complaint)
	}
	_, err := d.dec.Token()
	return err
}

// value reads a string or a whole number. null is neither.
func (d *decoder) value(into any, what string) error {
	at := d.next()
	var raw json.RawMessage
	if err := d.dec.Decode(&raw); err != nil {
		return d.fail(at, "%s", err)
	}
	if string(raw) == "null" || json.Unmarshal(raw, into) != nil {
		return d.fail(at, "this must be %s", what)
	}
	return nil
}

func invalidUTF8(src []byte) int {
	for at := 0; at < len(src); {
		r, size := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}
