package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestRecordFormat(t *testing.T) { porttest.TestRecordFormat(t, portfake.RecordFormat{}) }
