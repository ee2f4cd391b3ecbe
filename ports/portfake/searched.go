package portfake

import (
	"context"

	"github.com/atocore/atocore/ports"
)

// Searched is the Search of a ports.State over the store: of all of it, whatever
// part is asked for.
func (s *Store) Searched(context.Context, ports.Part) (ports.Searched, error) {
	return ports.Searched{Text: s.Text(), Vectors: s.Vectors(), Passages: s.Passages()}, nil
}
