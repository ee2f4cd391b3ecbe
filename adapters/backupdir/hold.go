package backupdir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// patience is how long who uses backups waits for one to be removed: a rename and
// a sync.
const patience = 5 * time.Second

// FileHold takes a lock on a real file; see Config.Hold. The lock file stays: one
// that is replaced while another process waits for it locks nothing.
func FileHold(ctx context.Context, path string, alone bool) (func() error, error) {
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return nil, err
	}
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	var got bool
	var err error
	if alone {
		got, err = l.TryLock()
	} else {
		wait, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		got, err = l.TryRLockContext(wait, 10*time.Millisecond)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, errors.Join(err, l.Close()))
	}
	if !got {
		return nil, l.Close()
	}
	return l.Close, nil
}

func isReadOnly(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p) && readOnlyFileSystem(p.Err)
}

// users counts who uses the backups where there is but one process.
type users struct {
	mu     sync.Mutex
	shared int
	alone  bool
}

func (u *users) hold(ctx context.Context, _ string, alone bool) (func() error, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.alone || alone && u.shared > 0 {
		return nil, nil
	}
	if alone {
		u.alone = true
	} else {
		u.shared++
	}
	var once sync.Once
	return func() error {
		once.Do(func() {
			u.mu.Lock()
			defer u.mu.Unlock()
			if alone {
				u.alone = false
			} else {
				u.shared--
			}
		})
		return nil
	}, nil
}
