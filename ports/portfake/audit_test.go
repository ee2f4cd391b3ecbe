package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestAudit(t *testing.T) {
	porttest.TestAuditTrail(t, func(*testing.T) ports.AuditTrail { return &portfake.Audit{} })
}
