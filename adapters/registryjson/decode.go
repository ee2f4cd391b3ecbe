package registryjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

// decode reads a registry strictly: what it does not understand is an error that
// names the place, for the next write would lose it.
func decode(name string, raw []byte) ([]domain.Project, error) {
	src := bytes.TrimPrefix(raw, []byte("\ufeff")) // some editors add it
	d := &decoder{name: name, src: src}
	if len(bytes.TrimSpace(src)) == 0 {
		return nil, d.fail(0, "the file is empty").
			WithHint("restore it from a backup, or remove the file if there were no projects")
	}
	if at := invalidUTF8(src); at >= 0 {
		return nil, d.fail(at, "this is not valid UTF-8")
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(src, new(json.RawMessage)); errors.As(err, &syntax) {
		at := int(syntax.Offset)
		if at > 0 && at <= len(src) && !strings.Contains(syntax.Error(), "unexpected end") {
			at-- // it counts the byte at fault
		}
		return nil, d.fail(at, "%s", syntax.Error())
	} else if err != nil {
		return nil, d.fail(0, "%s", err)
	}
	d.dec = json.NewDecoder(bytes.NewReader(src))
	return d.file()
}

type decoder struct {
	name string
	src  []byte
	dec  *json.Decoder
}

// fail returns the error for what is wrong at a byte.
func (d *decoder) fail(at int, format string, args ...any) *domain.Error {
	at = max(0, min(at, len(d.src)))
	before := d.src[:at]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return domain.Corrupt("%s:%d:%d: %s", d.name, line, column, fmt.Sprintf(format, args...)).
		WithHint("correct the file by hand or restore it from a backup; it is left as it is")
}

func (d *decoder) file() ([]domain.Project, error) {
	var projects []domain.Project
	var places []place
	whole, listed := d.next(), false
	err := d.object("the file", map[string]func(int) error{
		"version": func(at int) error {
			var v int
			if err := d.value(&v, "a number"); err != nil {
				return err
			}
			if v < 1 {
				return d.fail(at, "version %d does not exist", v)
			}
			if v > formatVersion {
				return d.fail(at, "version %d is newer than this program, which knows %d", v, formatVersion).
					WithHint("use the newer atocore that wrote it; the file is left as it is")
			}
			return nil
		},
		"projects": func(int) error {
			listed = true
			return d.array("projects", func(at int) error {
				p, where, err := d.project(at)
				projects, places = append(projects, p), append(places, where)
				return err
			})
		},
	})
	if err != nil {
		return nil, err
	}
	if !listed {
		return nil, d.fail(whole, `"projects" is missing`)
	}
	for i := range projects {
		if err := domain.ValidateProjects(projects[:i+1]); err != nil {
			return nil, d.invalid(places[i], err)
		}
	}
	return projects, nil
}

// place is where a project and its fields begin.
type place struct {
	start  int
	fields map[string]int
}

// invalid turns what a rule says about a project into an error with its place.
func (d *decoder) invalid(where place, err error) error {
	var e *domain.Error
	if !errors.As(err, &e) {
		return d.fail(where.start, "%s", err)
	}
	at, known := where.fields[e.Field]
	if !known {
		at = where.start
	}
	failed := d.fail(at, "%s", e.Message)
	if e.Hint != "" {
		failed = failed.WithHint("%s; %s", e.Hint, failed.Hint)
	}
	return failed
}

func (d *decoder) project(at int) (domain.Project, place, error) {
	var p domain.Project
	where := place{start: at, fields: map[string]int{}}
	mark := func(field string, read func() error) func(int) error {
		return func(at int) error {
			where.fields[field] = at
			return read()
		}
	}
	err := d.object("a project", map[string]func(int) error{
		"name":        mark("name", func() error { return d.value(&p.Name, "a string") }),
		"description": mark("description", func() error { return d.value(&p.Description, "a string") }),
		"aliases": mark("aliases", func() error {
			return d.array("aliases", func(int) error {
				var alias string
				err := d.value(&alias, "a string")
				p.Aliases = append(p.Aliases, alias)
				return err
			})
		}),
		"ingest_roots": mark("ingest_roots", func() error {
			return d.array("ingest_roots", func(at int) error {
				root, err := d.root(at)
				p.IngestRoots = append(p.IngestRoots, root)
				return err
			})
		}),
	})
	if err == nil && p.Name == "" {
		err = d.fail(at, `the project has no "name"`)
	}
	return p, where, err
}

func (d *decoder) root(at int) (domain.IngestRoot, error) {
	var r domain.IngestRoot
	err := d.object("an ingest root", map[string]func(int) error{
		"path": func(at int) error {
			if err := d.value(&r.Path, "a string"); err != nil {
				return err
			}
			if !filepath.IsAbs(r.Path) {
				return d.fail(at, "the path %q is not absolute", r.Path).
					WithHint("write the whole path, from the root of the file system on; the file is left as it is")
			}
			return nil
		},
		"label": func(int) error { return d.value(&r.Label, "a string") },
	})
	switch {
	case err != nil:
	case r.Path == "":
		err = d.fail(at, `the ingest root has no "path"`)
	case r.Label == "":
		err = d.fail(at, `the ingest root has no "label"`).
			WithHint("give each folder a short name that no other root of the project has; the file is left as it is")
	}
	return r, err
}
