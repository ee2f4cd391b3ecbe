//go:build unix

package sqlite

import "github.com/atocore/atocore/domain"

// LocksOf shows the tests who holds locks on a database.
func LocksOf(path string) ([]domain.Holder, error) { return lockHolders(path) }
