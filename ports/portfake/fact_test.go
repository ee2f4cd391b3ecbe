package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestFacts(t *testing.T) {
	porttest.TestFactStore(t, func(*testing.T) ports.FactStore { return &portfake.Facts{} })
}
