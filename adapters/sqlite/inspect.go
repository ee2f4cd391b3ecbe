package sqlite

import (
	"context"
	"fmt"
)

// Inspect returns in plain words what SQLite finds damaged in the open database;
// empty when it is sound. It reads every page and changes nothing.
func (s *Store) Inspect(ctx context.Context) ([]string, error) {
	var found []string
	err := s.view(ctx, "check the database", func(t *tx) error {
		var lines []string
		if err := t.SelectContext(ctx, &lines, "PRAGMA integrity_check"); err != nil {
			return err
		}
		for _, line := range lines {
			if line != "ok" {
				found = append(found, line)
			}
		}
		var broken []struct {
			Table  string `db:"table"`
			RowID  *int64 `db:"rowid"`
			Parent string `db:"parent"`
			Key    int64  `db:"fkid"`
		}
		if err := t.SelectContext(ctx, &broken, "PRAGMA foreign_key_check"); err != nil {
			return err
		}
		for _, b := range broken {
			found = append(found, fmt.Sprintf("a row of %s refers to one of %s that does not exist", b.Table, b.Parent))
		}
		return nil
	})
	return found, err
}
