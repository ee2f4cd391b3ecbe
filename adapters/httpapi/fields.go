package httpapi

import (
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/atocore/atocore/domain"
)

// field is what a struct's tags say of one JSON field.
type field struct {
	name     string
	typ      reflect.Type
	required bool // neither a pointer nor marked omitempty, as in the OpenAPI document
}

type fieldList []field

// knownFields holds what fieldsOf found, by type: a type has the same fields for ever.
var knownFields sync.Map

func fieldsOf(t reflect.Type) fieldList {
	if known, ok := knownFields.Load(t); ok {
		return known.(fieldList)
	}
	var out fieldList
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		out = append(out, field{
			name: name, typ: f.Type,
			required: f.Type.Kind() != reflect.Pointer && !strings.Contains(options, "omitempty"),
		})
	}
	knownFields.Store(t, out)
	return out
}

func (l fieldList) find(name string) (field, bool) {
	for _, f := range l {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

// complete reports the unknown field, if there was one, otherwise the first
// required one that was not given.
func (l fieldList) complete(given map[string]bool, unknown, path string) error {
	var missing []string
	for _, f := range l {
		if f.required && !given[f.name] {
			missing = append(missing, f.name)
		}
	}
	if unknown == "" && len(missing) == 0 {
		return nil
	}
	names := make([]string, len(l))
	for i, f := range l {
		names[i] = f.name
	}
	switch {
	case unknown != "":
		at := join(path, unknown)
		err := domain.Invalid("unknown field %q", at).WithField(at)
		err.Nearest = domain.Nearest(unknown, names)
		if len(err.Nearest) == 0 && len(missing) == 1 {
			err.Nearest = missing // the one that has to be there and is not
		}
		return hinted(err, names)
	case len(missing) > 0:
		at := join(path, missing[0])
		return domain.Invalid("field %q is missing", at).WithField(at).WithHint("known fields: %s", strings.Join(names, ", "))
	}
	return nil
}

// hinted adds the nearest names as a hint, or all of them when none is near.
func hinted(err *domain.Error, names []string) *domain.Error {
	switch {
	case len(err.Nearest) > 0:
		return err.WithHint("%s", domain.DidYouMean(err.Nearest))
	case len(names) == 0:
		return err.WithHint("there are none here")
	}
	return err.WithHint("known: %s", strings.Join(names, ", "))
}

func join(path, name string) string {
	if len(name) > 64 {
		name = strings.ToValidUTF8(name[:64], "") + "…"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// loneSurrogate returns the place of a \u escape that is half of a surrogate
// pair, or -1. encoding/json would replace it by U+FFFD without a word.
func loneSurrogate(data []byte) int {
	unit := func(at int) (uint64, bool) {
		if at+6 > len(data) || data[at] != '\\' || data[at+1] != 'u' {
			return 0, false
		}
		v, err := strconv.ParseUint(string(data[at+2:at+6]), 16, 16)
		return v, err == nil
	}
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		u, escape := unit(i)
		switch {
		case !escape:
			i++ // whatever is escaped, a backslash above all
		case u >= 0xDC00 && u <= 0xDFFF:
			return i
		case u >= 0xD800 && u <= 0xDBFF:
			if low, ok := unit(i + 6); !ok || low < 0xDC00 || low > 0xDFFF {
				return i
			}
			i += 11
		}
	}
	return -1
}
