package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestRemote(t *testing.T) {
	porttest.TestRemoteStore(t, func(*testing.T) ports.RemoteStore { return &portfake.Remote{} })
}
