package domain

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Project is a registered project: a name, what else it is called, and the
// folders whose files belong to it.
type Project struct {
	Name        string // unique without regard to case, never changed
	Aliases     []string
	Description string
	IngestRoots []IngestRoot // at least one
}

// IngestRoot is a folder to ingest.
type IngestRoot struct {
	Path  string // absolute
	Label string // unique within the project; what its documents are filed under
}

// isName tells whether s has 1 to 64 letters, digits and those of marks, begins with a
// letter or digit, and does not end with a space. (A regular expression for it takes
// every command 4 ms to compile.)
func isName(s, marks string) bool {
	n := 0
	for _, r := range s {
		plain := unicode.IsLetter(r) || unicode.IsNumber(r)
		if n++; n > 64 || !plain && (n == 1 || !strings.ContainsRune(marks, r)) {
			return false
		}
	}
	return n > 0 && !strings.HasSuffix(s, " ")
}

// projectMarks are what the name of a project may hold beside letters and digits.
const projectMarks = " ._-"

// Validate returns an error of KindInvalid that names the first field at fault.
// It does not look at the file system: a root may be on a disk that is not
// mounted now.
func (p Project) Validate() error {
	if !isName(p.Name, projectMarks) {
		return Invalid("project name %q is not usable", p.Name).WithField("name").
			WithHint("1 to 64 letters, digits, spaces, dots, dashes or underscores, beginning with a letter or digit")
	}
	own := map[string]bool{FoldName(p.Name): true}
	for _, a := range p.Aliases {
		if !isName(a, projectMarks) {
			return Invalid("alias %q is not usable", a).WithField("aliases").
				WithHint("an alias follows the same rules as a name")
		}
		if own[FoldName(a)] {
			return Invalid("alias %q is given twice", a).WithField("aliases")
		}
		own[FoldName(a)] = true
	}
	if !utf8.ValidString(p.Description) || len(p.Description) > 4096 {
		return Invalid("description must be valid UTF-8 of at most 4096 bytes").WithField("description")
	}
	if len(p.IngestRoots) == 0 {
		return Invalid("project %q has no ingest root", p.Name).WithField("ingest_roots").
			WithHint("name at least one folder")
	}
	labels := map[string]bool{}
	for _, r := range p.IngestRoots {
		if !filepath.IsAbs(r.Path) || strings.ContainsRune(r.Path, 0) {
			return Invalid("ingest root %q is not an absolute path", r.Path).WithField("ingest_roots")
		}
		if r.Label == "" || len(r.Label) > 64 || strings.ContainsAny(r.Label, "/\\\x00\n") {
			return Invalid("label %q of ingest root %q is not usable", r.Label, r.Path).WithField("ingest_roots").
				WithHint("1 to 64 characters without slashes")
		}
		if labels[FoldName(r.Label)] {
			return Invalid("label %q is given to two ingest roots", r.Label).WithField("ingest_roots").
				WithHint("give each folder its own label")
		}
		labels[FoldName(r.Label)] = true
	}
	return nil
}

// Names returns the name and the aliases.
func (p Project) Names() []string {
	return append([]string{p.Name}, p.Aliases...)
}

// FoldName returns the form under which two names are the same name.
func FoldName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// ValidateProjects returns an error of KindInvalid for the first project that is
// not valid, and of KindConflict when two of them share a name or alias.
func ValidateProjects(projects []Project) error {
	owner := map[string]string{}
	for _, p := range projects {
		if err := p.Validate(); err != nil {
			return err
		}
		for _, n := range p.Names() {
			if other, taken := owner[FoldName(n)]; taken {
				return Conflict("the name %q belongs to project %q already", n, other).WithField("name")
			}
			owner[FoldName(n)] = p.Name
		}
	}
	return nil
}

// FindProject returns the project with that name or alias, without regard to
// case. Otherwise it returns an error of KindNotFound that names the nearest ones.
func FindProject(projects []Project, name string) (Project, error) {
	var known []string
	for _, p := range projects {
		for _, n := range p.Names() {
			if FoldName(n) == FoldName(name) {
				return p, nil
			}
			known = append(known, n)
		}
	}
	err := NotFound("unknown project %q", name).WithField("project")
	err.Nearest = Nearest(name, known)
	switch {
	case len(err.Nearest) > 0:
		err = err.WithHint("%s", DidYouMean(err.Nearest))
	case len(known) == 0:
		err = err.WithHint("no project is registered yet; register one with: atocore project add NAME FOLDER")
	default:
		err = err.WithHint("list the registered ones with: atocore project list")
	}
	return Project{}, err
}
