package portfake_test

import (
	"testing"

	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func openScratch(*testing.T) porttest.ScratchFixture {
	disk := portfake.NewDisk()
	disk.PutFolder("/scratch")
	disk.PutFolder("/other")
	return porttest.ScratchFixture{Scratch: portfake.NewScratch(disk, "/scratch"), Disk: disk, Other: "/other"}
}

func TestScratch(t *testing.T) { porttest.TestScratch(t, openScratch) }

func TestSaboteur(t *testing.T) { porttest.TestSaboteur(t, openScratch) }
