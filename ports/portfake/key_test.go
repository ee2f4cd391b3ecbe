package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestKeys(t *testing.T) {
	porttest.TestKeyStore(t, func(*testing.T) ports.KeyStore { return &portfake.Keys{} })
}
