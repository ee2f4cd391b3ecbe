package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestRunLog(t *testing.T) {
	porttest.TestRunLog(t, func(*testing.T) porttest.RunLogFixture {
		l := &portfake.RunLog{}
		return porttest.RunLogFixture{Open: func() ports.RunLog { return l }, Damage: l.Damage}
	})
}
