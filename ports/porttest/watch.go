package porttest

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// FolderWatchFixture is a watch under test and a folder, with what changes it.
type FolderWatchFixture struct {
	Watch  ports.FolderWatch
	Root   string
	Write  func(path string) // makes or changes a file, and the folders it needs
	Remove func(path string)
}

// TestFolderWatch checks the contract of ports.FolderWatch. open is called once a
// case.
func TestFolderWatch(t *testing.T, open func(t *testing.T) FolderWatchFixture) {
	t.Run("changes", func(t *testing.T) {
		f := open(t)
		f.Write(filepath.Join(f.Root, "below", "old.md"))
		changes := make(chan bool, 1000)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Watch.Watch(ctx, f.Root, func() { changes <- true }) }()
		next := func(what string) {
			t.Helper()
			select {
			case <-changes:
			case err := <-ended:
				require.NoError(t, err, what)
			case <-time.After(20 * time.Second):
				require.Fail(t, "not noticed", what)
			}
			for quiet := false; !quiet; { // several for one change
				select {
				case <-changes:
				case <-time.After(200 * time.Millisecond):
					quiet = true
				}
			}
		}
		next("the beginning")
		f.Write(filepath.Join(f.Root, "new.md"))
		next("a new file")
		f.Write(filepath.Join(f.Root, "below", "old.md"))
		next("a change further down")
		f.Write(filepath.Join(f.Root, "deeper", "and deeper", "file.md"))
		next("a new folder")
		f.Write(filepath.Join(f.Root, "deeper", "and deeper", "file.md"))
		next("a change in a new folder")
		f.Remove(filepath.Join(f.Root, "below"))
		next("a removal")
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled)
	})
	t.Run("what is not there", func(t *testing.T) {
		f := open(t)
		err := f.Watch.Watch(t.Context(), filepath.Join(f.Root, "missing"), func() {})
		assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
	})
	t.Run("gone meanwhile", func(t *testing.T) {
		f := open(t)
		ended := make(chan error, 1)
		began := make(chan bool, 1000)
		go func() { ended <- f.Watch.Watch(t.Context(), f.Root, func() { began <- true }) }()
		<-began
		f.Remove(f.Root)
		assert.Equal(t, domain.KindUnavailable, domain.KindOf(<-ended))
	})
	t.Run("gives up", func(t *testing.T) {
		f := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, f.Watch.Watch(ctx, f.Root, func() {}), context.Canceled)
	})
}
