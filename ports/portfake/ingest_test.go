package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestProjectRegistry(t *testing.T) {
	porttest.TestProjectRegistry(t, func(*testing.T) ports.ProjectRegistry { return &portfake.ProjectRegistry{} })
}

func TestGate(t *testing.T) {
	porttest.TestGate(t, func(*testing.T) ports.Gate { return &portfake.Gate{} })
}

func TestClock(t *testing.T) {
	porttest.TestClock(t, func(*testing.T) ports.Clock { return &portfake.Clock{} })
}

func TestIDs(t *testing.T) {
	porttest.TestIDs(t, func(*testing.T) ports.IDs { return &portfake.IDs{} })
}

func TestParser(t *testing.T) {
	porttest.TestParser(t, func(*testing.T) ports.Parser { return portfake.Parser{} })
}

func TestSourceTree(t *testing.T) {
	porttest.TestSourceTree(t, func(_ *testing.T, files map[string]string) (ports.SourceTree, string) {
		tree := &portfake.SourceTree{}
		for name, content := range files {
			tree.Write("/root", name, content)
		}
		return tree, "/root"
	})
}
