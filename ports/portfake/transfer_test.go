package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestTransfer(t *testing.T) {
	porttest.TestTransferStore(t, func(*testing.T) porttest.Transferred {
		s, facts, turns := portfake.NewStore(), &portfake.Facts{}, &portfake.Interactions{}
		s.Model = porttest.Model()
		return porttest.Transferred{
			TransferStore: portfake.Transfer{Store: s, Facts: facts, Interactions: turns},
			Memories:      s.Memories(), Facts: facts, Interactions: turns, Vectors: s.Vectors(),
		}
	})
}
