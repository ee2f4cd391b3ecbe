package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestInteractions(t *testing.T) {
	porttest.TestInteractionStore(t, func(*testing.T) porttest.InteractionStores { return &portfake.Interactions{} })
}
