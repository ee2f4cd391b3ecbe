//go:build !unix

package backupdir

import (
	"errors"
	"syscall"
)

// readOnlyFileSystem knows ERROR_WRITE_PROTECT of Windows.
func readOnlyFileSystem(err error) bool {
	var number syscall.Errno
	return errors.As(err, &number) && number == 19
}
