package backupdir

import (
	"fmt"
	"os"

	"github.com/gofrs/flock"
)

// FileLock takes an exclusive lock on a real file; see Config.Lock. The lock ends
// with the process, however it ends.
func FileLock(path string) (func() error, error) {
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !got {
		return nil, l.Close()
	}
	return l.Close, nil
}
