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
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

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
			e.Values[listenerKey{}] = &listener{more: make(chan struct{}, 1)}
			return nil
		},
		Condition: func(c string) (bool, error) {
			if c == "procfs" { // a folder that even root cannot write to
				return runtime.GOOS == "linux", nil
			}
			if c == "s3" { // a real S3 server can be started
				return haveS3()
			}
			return false, fmt.Errorf("unknown condition %q", c)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"serve":    serve,
			"halt":     halt, // not "stop": that is built in, and ends the script itself
			"http":     httpCall,
			"keep":     keep,
			"busy":     busy,
			"empty":    empty,
			"until":    until,
			"s3server": s3server,

			"chatmodel": chatmodel,
			"listen":    listen,
			"heard":     heard,
			"waits":     waits,
			"remember":  remember,
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

// until REGEXP COMMAND... runs a command again and again until what it prints on
// standard output matches, for half a minute at most.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP COMMAND...")
	}
	want := regexp.MustCompile(args[0])
	for end := time.Now().Add(30 * time.Second); ; {
		_ = ts.Exec(args[1], args[2:]...) // it may fail until it is so
		if want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s never printed %s", args[1], args[0])
		}
		time.Sleep(100 * time.Millisecond)
	}
}
