package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestVectorLedger(t *testing.T) {
	porttest.TestVectorLedger(t, func(*testing.T) porttest.VectorLedgerFixture {
		l := &portfake.VectorLedger{}
		return porttest.VectorLedgerFixture{
			Ledger: l, Queue: l, Text: l, Remove: l.Remove,
			Put: func(id, text string) { l.Put(domain.IndexTask{ID: id, Kind: domain.PassageMemory, Text: text}) },
		}
	})
}
