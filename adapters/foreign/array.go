package foreign

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/atocore/atocore/domain"
)

// meter bounds what is read of one element, which the decoder keeps in memory.
type meter struct {
	r    io.Reader
	left int
}

var errLarge = errors.New("it has an element of more than 64 MiB")

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errLarge
	}
	n, err := m.r.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}

// elements calls each with every element of a JSON array: of the document itself, or
// of the member of the document that has one of these names. What is no such document
// is KindInvalid.
func elements(r io.Reader, what string, members []string, each func(n int, element json.RawMessage) error) error {
	m := &meter{r: r, left: longestItem}
	d := json.NewDecoder(m)
	bad := func(err error) error {
		e := domain.Invalid("this is no %s", what).WithField("file")
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			e = domain.Invalid("the %s is cut off", what).WithField("file")
		}
		if err != nil {
			e = e.Because(err)
		}
		return e
	}
	open, err := d.Token()
	if err != nil {
		return bad(err)
	}
	found := open == json.Delim('[')
	for open == json.Delim('{') && d.More() {
		name, err := d.Token()
		if err != nil {
			return bad(err)
		}
		if text, _ := name.(string); slices.Contains(members, text) {
			if inner, err := d.Token(); err != nil || inner != json.Delim('[') {
				return bad(err)
			}
			found = true
			break
		}
		m.left = longestItem
		var other json.RawMessage
		if err := d.Decode(&other); err != nil {
			return bad(err)
		}
	}
	if !found {
		return bad(fmt.Errorf("there is no list in it"))
	}
	for n := 1; d.More(); n++ {
		m.left = longestItem
		var element json.RawMessage
		if err := d.Decode(&element); err != nil {
			return bad(err)
		}
		if err := each(n, element); err != nil {
			return err
		}
	}
	m.left = longestItem
	if _, err := d.Token(); err != nil { // its end
		return bad(err)
	}
	for open == json.Delim('{') && d.More() { // what follows the list
		m.left = longestItem
		var rest json.RawMessage
		if _, err := d.Token(); err != nil {
			return bad(err)
		}
		if err := d.Decode(&rest); err != nil {
			return bad(err)
		}
	}
	if open == json.Delim('{') {
		if _, err := d.Token(); err != nil {
			return bad(err)
		}
	}
	return nil
}
