// Package app puts the program together: it reads the configuration, opens what a
// command needs in the right order, joins adapters and use cases, and ends it all
// again. It holds no rule of its own.
package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/atocore/atocore/adapters/archive"
	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/adapters/drillpage"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
)

// Program is one run of the program.
type Program struct {
	Version  string // set by the build; "" takes what the Go toolchain recorded
	Args     []string
	In       io.Reader
	Out, Err io.Writer
}

// sameSignal is how long further signals count as the first one.
const sameSignal = 500 * time.Millisecond

// Run runs the command line and returns its exit code. The first SIGINT or SIGTERM
// ends the context of the command, a second one ends the process.
func (p Program) Run() int {
	operator := domain.Operator()
	operator.Name = "cli"
	ctx, cancel := context.WithCancel(domain.WithPrincipal(context.Background(), operator))
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-signals:
			cancel()
			fmt.Fprintln(p.Err, "stopping; a second signal ends at once")
		case <-done:
			return
		}
		for first := time.Now(); ; {
			select {
			case <-signals:
				// Some supervisors signal the process and then its group: that is one.
				if time.Since(first) > sameSignal {
					os.Exit(1)
				}
			case <-done:
				return
			}
		}
	}()
	return cli.Run(ctx, p.commandLine(), p.Args)
}

func (p Program) commandLine() cli.App {
	return cli.App{
		Version:       version(p.Version),
		Settings:      settingFlags(),
		Example:       configs.Example,
		Configuration: configuration,
		Open:          p.open,
		Serve:         p.serve,
		MCP:           p.mcp,
		Doctor:        p.doctor,
		Keygen:        archive.Keygen,
		Health:        p.health,
		DrillPage:     drillpage.Write,
		In:            p.In,
		Out:           p.Out,
		Err:           p.Err,
	}
}
