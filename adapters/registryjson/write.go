package registryjson

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/atocore/atocore/domain"
)

// tempPattern names what a write builds beside the file; the next write removes
// what a killed one left.
const tempPattern = ".%s.*.tmp"

// write replaces the registry. The caller holds the lock. Whatever happens, the
// name shows the old content or the new one.
func (r *Registry) write(content []byte) error {
	target, err := r.target()
	if err != nil {
		return err
	}
	dir, base := filepath.Split(target)
	if left, err := filepath.Glob(filepath.Join(globQuote(dir), fmt.Sprintf(tempPattern, base))); err == nil {
		for _, path := range left {
			_ = os.Remove(path)
		}
	}
	temp, err := r.writeTemp(dir, fmt.Sprintf(tempPattern, base), content)
	if err != nil {
		return errors.Join(unavailable("write", err), removeTemp(temp))
	}
	r.step("written")
	if err := replace(temp, target); err != nil {
		return errors.Join(unavailable("replace", err), removeTemp(temp))
	}
	r.step("renamed")
	if err := syncDir(dir); err != nil {
		return unavailable("sync the folder of", err)
	}
	r.step("synced")
	return nil
}

// target returns the file itself when the registry is a link to it, as with those
// who keep their configuration elsewhere: a rename would replace the link.
func (r *Registry) target() (string, error) {
	info, err := os.Lstat(r.path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		return r.path, nil //nolint:nilerr // it does not exist yet
	}
	target, err := filepath.EvalSymlinks(r.path)
	if err != nil {
		return "", domain.Unavailable("the project registry %s is a link that leads nowhere", r.path).Because(err).
			WithHint("mount what it leads to, or remove the link")
	}
	return target, nil
}

func (r *Registry) writeTemp(dir, pattern string, content []byte) (path string, err error) {
	f, err := os.CreateTemp(dir, pattern) // with mode 0600
	if err != nil {
		return "", fmt.Errorf("create a temporary file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r.step("created")
	half := len(content) / 2
	if _, err := f.Write(content[:half]); err != nil {
		return f.Name(), fmt.Errorf("write: %w", err)
	}
	r.step("half written")
	if _, err := f.Write(content[half:]); err != nil {
		return f.Name(), fmt.Errorf("write: %w", err)
	}
	r.step("before sync")
	if err := f.Sync(); err != nil {
		return f.Name(), fmt.Errorf("sync: %w", err)
	}
	return f.Name(), nil
}

func removeTemp(path string) error {
	if path == "" {
		return nil
	}
	return os.Remove(path)
}

func unavailable(what string, err error) error {
	return domain.Unavailable("cannot %s the project registry", what).Because(err).
		WithHint("the change was not stored; check free space and permissions of its folder")
}

// globQuote makes a path match itself.
func globQuote(path string) string {
	if filepath.Separator == '\\' {
		return path // no quoting there, and names do not hold * or ?
	}
	var out []byte
	for i := range len(path) {
		switch path[i] {
		case '*', '?', '[', '\\':
			out = append(out, '\\')
		}
		out = append(out, path[i])
	}
	return string(out)
}
