// Command atocore is a memory and context engine for AI agents.
package main

import (
	"os"

	"github.com/atocore/atocore/app"
)

var version string // set by the release build: -ldflags "-X main.version=…"

func main() {
	os.Exit(app.Program{Version: version, Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr}.Run())
}
