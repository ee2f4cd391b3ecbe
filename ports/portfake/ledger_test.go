package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestLedger(t *testing.T) {
	porttest.TestVectorLedger(t, func(*testing.T) porttest.LedgerFixture {
		l := &portfake.Ledger{}
		return porttest.LedgerFixture{
			Ledger: l, Queue: l, Remove: l.Remove,
			Put: func(id, text string) { l.Put(domain.IndexTask{ID: id, Kind: domain.PassageMemory, Text: text}) },
		}
	})
}
