package sqlite

import (
	"context"
	"os"
	"strconv"
	"sync"
	"time"
)

const (
	// walBound is the size from which a writer empties the WAL. SQLite's own
	// checkpoints copy it into the file and leave it to the next writer to begin it
	// anew, which none may while anybody reads: where somebody always does, it grows
	// without end.
	walBound = 8 << 20
	// walPatience is how long the emptying waits for readers, and keeps other writers
	// waiting, for each walBound that the WAL has: the larger it is, the more patient.
	walPatience = 250 * time.Millisecond
	// walPause is how long nothing is tried after a reader outlasted that, unless
	// the WAL grows by another walBound.
	walPause = 2 * time.Second
)

// walKeeper says when this store may try again.
type walKeeper struct {
	mu    sync.Mutex
	after time.Time
	above int64 // bytes
}

// boundWAL empties the WAL when it is large. Whatever keeps it from that is left to
// the next writer: what is committed is safe either way.
func (s *Store) boundWAL(ctx context.Context) {
	info, err := os.Stat(s.path + "-wal")
	if err != nil || info.Size() < walBound || !s.wal.mu.TryLock() {
		return
	}
	defer s.wal.mu.Unlock()
	if time.Now().Before(s.wal.after) && info.Size() < s.wal.above {
		return
	}
	patience := walPatience * time.Duration(info.Size()/walBound)
	if !s.emptyWAL(context.WithoutCancel(ctx), min(patience, busyTimeout/2)) {
		s.wal.after, s.wal.above = time.Now().Add(walPause), info.Size()+walBound
	}
}

// emptyWAL tells whether the WAL is empty now.
func (s *Store) emptyWAL(ctx context.Context, patience time.Duration) bool {
	conn, err := s.write.db.Connx(ctx)
	if err != nil {
		return false
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	wait := func(d time.Duration) error {
		_, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = "+strconv.FormatInt(d.Milliseconds(), 10))
		return err
	}
	if wait(patience) != nil {
		return false
	}
	defer wait(busyTimeout) //nolint:errcheck // a pragma of the connection alone
	var busy, pages, moved int
	err = conn.QueryRowxContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	return err == nil && busy == 0
}
