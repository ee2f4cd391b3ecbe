package filetree

import (
	"errors"
	"path/filepath"
	"strings"
)

const openFlags = 0

func isLoop(err error) bool { return errors.Is(err, errCircle) }

func toSlash(target string) string { return filepath.ToSlash(target) }

func isAbsolute(target string) bool {
	return strings.HasPrefix(target, "/") || filepath.VolumeName(filepath.FromSlash(target)) != ""
}
