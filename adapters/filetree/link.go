package filetree

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/atocore/atocore/domain"
)

// maxLinks bounds how many links are followed for one path.
const maxLinks = 40

// link returns why a link has to be reported, and nil when what it leads to is
// walked under its own path: then everything behind the link is seen once, and the
// path that is cited is the one that people know the file by.
func (w *walk) link(full string) *domain.SkippedFile {
	over := func(reason domain.SkipReason, detail string) *domain.SkippedFile {
		return &domain.SkippedFile{Path: full, Reason: reason, Detail: detail}
	}
	info, err := w.top.Stat(full)
	if err != nil {
		return over(domain.SkipSymlink, linkFault(err))
	}
	target, err := w.resolve(full)
	if err != nil {
		return over(domain.SkipSymlink, linkFault(err))
	}
	if target == "." || full == target || strings.HasPrefix(full, target+"/") {
		return over(domain.SkipSymlink, "leads in a circle")
	}
	if rule := w.ignored(target, info.IsDir()); rule != "" {
		return over(domain.SkipIgnored, "leads to "+target+": "+rule)
	}
	return nil
}

func linkFault(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "leads nowhere"
	case isLoop(err):
		return "leads in a circle"
	case errors.Is(err, fs.ErrPermission):
		return cause(err).Error()
	}
	return "leads out of the root" // os.Root has no error of its own to compare with
}

var (
	errOutside = errors.New("path leads out of the root")
	errCircle  = errors.New("links lead in a circle")
)

// resolve returns the path below the root, without any link in it, of what full
// leads to.
func (w *walk) resolve(full string) (string, error) {
	rest := strings.Split(full, "/")
	var done []string
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if len(done) == 0 {
				return "", errOutside
			}
			done = done[:len(done)-1]
			continue
		}
		here := path.Join(append(done[:len(done):len(done)], part)...)
		info, err := w.top.Lstat(here)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = append(done, part)
			continue
		}
		if links++; links > maxLinks {
			return "", errCircle
		}
		target, err := w.top.Readlink(here)
		if err != nil {
			return "", err
		}
		target = toSlash(target)
		if isAbsolute(target) {
			return "", errOutside // as os.Root has it
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return path.Join(append([]string{"."}, done...)...), nil
}

// ignored returns the rule that excludes a path or a folder above it, looking at
// the rules from the root downwards, as a walk to it would.
func (w *walk) ignored(target string, isDir bool) string {
	current, here, dir := newRules(), w.top, ""
	parts := strings.Split(target, "/")
	for i, part := range parts {
		entries, err := list(here)
		if err == nil {
			current, err = current.load(here, dir, entries)
		}
		if err == nil {
			dir = path.Join(dir, part)
			last := i == len(parts)-1
			if rule := current.match(dir, !last || isDir); rule != "" || last {
				if here != w.top {
					_ = here.Close()
				}
				return rule
			}
			next, openErr := here.OpenRoot(part)
			if here != w.top {
				_ = here.Close()
			}
			here, err = next, openErr
		}
		if err != nil {
			return "cannot be looked at: " + cause(err).Error()
		}
	}
	return ""
}
