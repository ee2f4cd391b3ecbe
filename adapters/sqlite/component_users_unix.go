//go:build unix && !linux

package sqlite

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// Users returns who holds one of SQLite's locks on the database: in WAL mode that
// is everyone who has read from it. It opens the file, so it must not be called
// while this process has it open.
func (c *Component) Users(context.Context) ([]domain.Holder, error) {
	locked, err := lockHolders(c.path)
	var holders []domain.Holder
	seen := map[int]bool{}
	for _, h := range locked {
		if !seen[h.PID] {
			holders = append(holders, h)
			seen[h.PID] = true
		}
	}
	return holders, err
}
