package script

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/atocore/atocore/adapters/noticebox"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

// listener hears what the program tells outside.
type listener struct {
	mu    sync.Mutex
	calls []string // METHOD PATH BODY
	more  chan struct{}
}

type listenerKey struct{}

// listen VARIABLE [STATUS] starts something that takes webhooks and heartbeats
// and answers with the status, and sets the variable to its URL.
func listen(ts *testscript.TestScript, _ bool, args []string) {
	status := http.StatusNoContent
	if len(args) > 1 {
		_, err := fmt.Sscan(args[1], &status)
		ts.Check(err)
	}
	l := ts.Value(listenerKey{}).(*listener)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		l.calls = append(l.calls, fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.Header.Get("Atocore-Signature"), " ", string(body)))
		l.mu.Unlock()
		select {
		case l.more <- struct{}{}:
		default:
		}
		w.WriteHeader(status)
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
}

// waits DIR URL leaves a notice in a data directory that a killed process had not told.
func waits(ts *testscript.TestScript, _ bool, args []string) {
	_, err := noticebox.New(noticebox.Config{Disk: osdisk.Disk{}, Dir: ts.MkAbs(args[0])}).Keep(context.Background(),
		domain.PendingNotice{To: "webhook " + args[1], Notice: porttest.Notices()[1]})
	ts.Check(err)
}

// heard PATTERN waits until something was told that matches, and forgets it.
func heard(ts *testscript.TestScript, neg bool, args []string) {
	l := ts.Value(listenerKey{}).(*listener)
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	patience := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		for i, c := range l.calls {
			if pattern.MatchString(c) {
				l.calls = append(l.calls[:i], l.calls[i+1:]...)
				l.mu.Unlock()
				if neg {
					ts.Fatalf("heard %s", c)
				}
				return
			}
		}
		all := strings.Join(l.calls, "\n")
		l.mu.Unlock()
		if neg {
			return
		}
		select {
		case <-l.more:
		case <-patience:
			ts.Fatalf("not heard; what was heard:\n%s", all)
		}
	}
}

// remember DIR notes every file, folder, mode and time below a folder; "! remember"
// checks that none of it has changed. SQLite's shared memory is no content.
func remember(ts *testscript.TestScript, neg bool, args []string) {
	h := sha256.New()
	root := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(path, "-shm") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(h, path, info.Mode())
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %x\n", info.ModTime(), sha256.Sum256(data))
		return err
	}))
	sum := fmt.Sprintf("%x", h.Sum(nil))
	if neg && ts.Getenv("REMEMBERED") != sum {
		ts.Fatalf("%s has changed", root)
	}
	ts.Setenv("REMEMBERED", sum)
}
