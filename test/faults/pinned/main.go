// Command pinned is atocore with its main goroutine on one thread, so that strace,
// which counts calls by thread, counts those of the whole program.
package main

import (
	"os"
	"runtime"

	"github.com/atocore/atocore/app"
)

func main() {
	runtime.LockOSThread()
	os.Exit(app.Program{Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr}.Run())
}
