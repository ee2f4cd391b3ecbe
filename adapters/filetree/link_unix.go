//go:build !windows

package filetree

import (
	"errors"
	"strings"
	"syscall"
)

// openFlags keep an open from waiting at a pipe that was swapped in.
const openFlags = syscall.O_NONBLOCK

func isLoop(err error) bool { return errors.Is(err, syscall.ELOOP) || errors.Is(err, errCircle) }

func toSlash(target string) string { return target }

func isAbsolute(target string) bool { return strings.HasPrefix(target, "/") }
