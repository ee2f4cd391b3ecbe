package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

// Bounds of a body beyond its size.
const (
	maxDepth        = 16 // nested objects and arrays
	maxNumberDigits = 64
)

// checkBody returns an error of KindInvalid, which names the field, unless data is
// exactly one JSON object of the shape of the struct type t: no unknown, repeated
// or missing field, no value of another type, no invalid UTF-8, nothing after it.
// encoding/json alone lets most of that pass in silence.
func checkBody(data []byte, t reflect.Type) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return domain.Invalid("the request has no body").WithHint("send a JSON object")
	}
	if !utf8.Valid(data) {
		return domain.Invalid("the body is not valid UTF-8").WithHint("encode it as UTF-8")
	}
	if at := loneSurrogate(data); at >= 0 {
		return domain.Invalid("the body has half of a surrogate pair at byte %d", at).
			WithHint(`write such characters as they are, or as two \u escapes`)
	}
	w := walker{dec: json.NewDecoder(bytes.NewReader(data))}
	w.dec.UseNumber()
	if _, err := w.value(t, ""); err != nil {
		return err
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return domain.Invalid("the body goes on after its JSON object").WithHint("send one JSON object and nothing else")
	}
	return nil
}

// walker goes through a body along the type that it should have.
type walker struct {
	dec   *json.Decoder
	depth int
}

// value reads one value, checks it against t, and tells whether it was null.
func (w *walker) value(t reflect.Type, path string) (null bool, err error) {
	tok, err := w.token()
	if err != nil {
		return false, err
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	defer w.leave(tok)
	switch v := tok.(type) {
	case json.Delim:
		if err := w.enter(path); err != nil {
			return false, err
		}
		switch {
		case v == '{' && t.Kind() == reflect.Struct:
			return false, w.object(t, path)
		case v == '[' && t.Kind() == reflect.Slice:
			return false, w.array(t.Elem(), path)
		case v == '{':
			return false, mismatch(path, t, "an object")
		}
		return false, mismatch(path, t, "an array")
	case nil:
		// In a field, null is as good as leaving the field out.
		if path == "" || strings.HasSuffix(path, "]") {
			return true, mismatch(path, t, "null")
		}
		return true, nil
	case string:
		if t.Kind() != reflect.String {
			return false, mismatch(path, t, "a string")
		}
	case bool:
		if t.Kind() != reflect.Bool {
			return false, mismatch(path, t, "true or false")
		}
	case json.Number:
		return false, checkNumber(v.String(), t, path)
	}
	return false, nil
}

func (w *walker) object(t reflect.Type, path string) error {
	fields := fieldsOf(t)
	seen, given := map[string]bool{}, map[string]bool{}
	unknown := ""
	for w.dec.More() {
		tok, err := w.token()
		if err != nil {
			return err
		}
		key, _ := tok.(string) // the decoder lets nothing else pass here
		at := join(path, key)
		if seen[key] {
			return domain.Invalid("field %q is given twice", at).WithField(at)
		}
		seen[key] = true
		f, known := fields.find(key)
		if !known {
			if unknown == "" {
				unknown = key
			}
			if err := w.skip(at); err != nil {
				return err
			}
			continue
		}
		null, err := w.value(f.typ, at)
		if err != nil {
			return err
		}
		given[key] = !null
	}
	if _, err := w.token(); err != nil {
		return err
	}
	return fields.complete(given, unknown, path)
}

func (w *walker) array(elem reflect.Type, path string) error {
	for i := 0; w.dec.More(); i++ {
		if _, err := w.value(elem, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	_, err := w.token()
	return err
}

// skip reads one value of any shape.
func (w *walker) skip(path string) error {
	for open := 0; ; {
		tok, err := w.token()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			if open++; w.depth+open > maxDepth {
				return tooDeep(path)
			}
		case json.Delim('}'), json.Delim(']'):
			open--
		}
		if open == 0 {
			return nil
		}
	}
}

func (w *walker) enter(path string) error {
	if w.depth++; w.depth > maxDepth {
		return tooDeep(path)
	}
	return nil
}

func (w *walker) leave(tok json.Token) {
	if _, composite := tok.(json.Delim); composite {
		w.depth--
	}
}

func (w *walker) token() (json.Token, error) {
	tok, err := w.dec.Token()
	if err == nil {
		return tok, nil
	}
	what := err.Error()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		what = "it ends in the middle"
	}
	return nil, domain.Invalid("the body is not well-formed JSON at byte %d: %s", w.dec.InputOffset(), what).
		WithHint("send one JSON object")
}

func tooDeep(path string) error {
	return domain.Invalid("the body is nested deeper than %d levels", maxDepth).WithField(path)
}

func mismatch(path string, t reflect.Type, got string) error {
	if path == "" {
		return domain.Invalid("the body must be %s, not %s", nameOf(t), got).WithHint("send one JSON object")
	}
	return domain.Invalid("%s must be %s, not %s", path, nameOf(t), got).WithField(path)
}

func nameOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		return "an object"
	case reflect.Slice:
		return "an array"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	default:
		return "a string"
	}
}

func checkNumber(v string, t reflect.Type, path string) error {
	shown := v
	if len(shown) > 24 {
		shown = shown[:20] + "…"
	}
	fail := func(format string, args ...any) error {
		return domain.Invalid(format, args...).WithField(path)
	}
	switch t.Kind() {
	case reflect.Int:
		if strings.ContainsAny(v, ".eE") {
			return fail("%s must be a whole number, not %s", path, shown)
		}
		if _, err := strconv.Atoi(v); err != nil {
			return fail("%s %s is out of range", path, shown)
		}
		return nil
	case reflect.Float64:
		if len(v) > maxNumberDigits {
			return fail("%s has more than %d digits", path, maxNumberDigits)
		}
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return fail("%s %s is out of range", path, shown)
		}
		return nil
	default:
		return mismatch(path, t, "a number")
	}
}
