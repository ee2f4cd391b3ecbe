package portfake

import (
	"fmt"
	"sync/atomic"

	"github.com/atocore/atocore/ports"
)

// IDs counts: id-000001, id-000002, …
type IDs struct{ made atomic.Int64 }

var _ ports.IDs = (*IDs)(nil)

// NewID returns the next identifier.
func (i *IDs) NewID() string { return fmt.Sprintf("id-%06d", i.made.Add(1)) }
