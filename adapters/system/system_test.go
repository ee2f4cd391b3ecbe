package system_test

import (
	"testing"

	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func TestClock(t *testing.T) {
	porttest.TestClock(t, func(*testing.T) ports.Clock { return system.Clock{} })
}

func TestIDs(t *testing.T) {
	porttest.TestIDs(t, func(*testing.T) ports.IDs { return system.IDs{} })
}
