package sqlite

import (
	"errors"

	"github.com/atocore/atocore/domain"
)

// LocksOf exists so that the tests compile.
func LocksOf(string) ([]domain.Holder, error) { return nil, errors.ErrUnsupported }
