package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestLedger(t *testing.T) {
	porttest.TestLedger(t, func(*testing.T) ports.Ledger { return &portfake.Ledger{} })
}
