//go:build unix

package backupdir

import (
	"errors"
	"syscall"
)

func readOnlyFileSystem(err error) bool { return errors.Is(err, syscall.EROFS) }
