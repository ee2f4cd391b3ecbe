// Package script runs the program as a person or another program would: as a
// process of its own, by the scripts in testdata. Every command is there, with its
// errors and exit codes.
package script

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/atocore/atocore/app"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"atocore": func() {
			os.Exit(app.Program{Version: "v0.0.0-test", Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr}.Run())
		},
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("ATOCORE_DATA_DIR", filepath.Join(e.WorkDir, "data"))
			e.Values[serverKey{}] = &server{}
			return nil
		},
		Condition: func(c string) (bool, error) {
			if c == "procfs" { // a folder that even root cannot write to
				return runtime.GOOS == "linux", nil
			}
			return false, fmt.Errorf("unknown condition %q", c)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"serve": serve,
			"halt":  halt, // not "stop": that is built in, and ends the script itself
			"http":  httpCall,
			"keep":  keep,
			"busy":  busy,
			"empty": empty,
		},
	})
}

// exits CODE COMMAND... runs a command and checks its exit code. What it printed
// is there for stdout and stderr.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	got := 0
	err := ts.Exec(args[1], args[2:]...)
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// empty DIR checks that a folder holds nothing.
func empty(ts *testscript.TestScript, _ bool, args []string) {
	list, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(list) > 0 {
		ts.Fatalf("%s holds %s and others", args[0], list[0].Name())
	}
}
