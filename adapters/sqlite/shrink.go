package sqlite

import (
	"context"
	"errors"
	"fmt"
)

const (
	// worthShrinking is from how many free bytes on, and freeShare from which share of
	// the file (one in so many pages), a file is written anew.
	worthShrinking = 8 << 20
	freeShare      = 3
)

// Shrink gives back the room in the file that nothing is in any more, if there is
// much of it: after a migration that removed tables, or the end of a large project.
// The whole file is written anew, as one transaction of the write-ahead log: a kill
// leaves it as it was. It needs about twice the room of what is left, in the folder
// of the temporary files and beside the database; where that is not to be had, or
// somebody else writes, nothing is done and the next call tries again.
func (s *Store) Shrink(ctx context.Context) error {
	wasted, err := s.wasted(ctx)
	if err != nil || !wasted {
		return err
	}
	// A connection of its own: those of the store keep temporary files in memory.
	db, err := connect(ctx, shrinkDSN(s.path), 1)
	if err != nil {
		return s.explain(ctx, "shrink the database", err)
	}
	_, err = db.ExecContext(ctx, "VACUUM")
	if err == nil {
		// Until then it is all in the log, beside the former file.
		_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return s.explain(ctx, "shrink the database", errors.Join(err, db.Close()))
}

func (s *Store) wasted(ctx context.Context) (bool, error) {
	var free, pages, size int64
	for pragma, into := range map[string]*int64{"freelist_count": &free, "page_count": &pages, "page_size": &size} {
		if err := s.read.db.GetContext(ctx, into, "PRAGMA "+pragma); err != nil {
			return false, s.explain(ctx, fmt.Sprintf("look at %s", pragma), err)
		}
	}
	return free*size >= worthShrinking && free*freeShare >= pages, nil
}
