package osdisk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Same tells whether two regular files have the same content. It reads both with as
// many readers as there are cores. report is told the bytes since its last call, by
// one reader at a time.
func (Disk) Same(ctx context.Context, a, b string, report func(n int64)) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	one, oneInfo, err := openRegular(a)
	if err != nil {
		return false, err
	}
	defer func() { _ = one.Close() }()
	two, twoInfo, err := openRegular(b)
	if err != nil {
		return false, err
	}
	defer func() { _ = two.Close() }()
	size := oneInfo.Size()
	if size != twoInfo.Size() {
		return false, nil
	}
	c := comparison{one: one, two: two, size: size, report: report}
	group, gctx := errgroup.WithContext(ctx)
	for range max(1, min(runtime.GOMAXPROCS(0), 4)) {
		group.Go(func() error { return c.work(gctx) })
	}
	if err := group.Wait(); err != nil && !errors.Is(err, errDiffers) {
		return false, fmt.Errorf("compare %s with %s: %w", a, b, err)
	} else if err != nil {
		return false, nil
	}
	return true, nil
}

var errDiffers = errors.New("they differ")

// comparison is shared by its readers: each takes the next piece that nobody has.
type comparison struct {
	one, two *os.File
	size     int64
	next     atomic.Int64
	mu       sync.Mutex
	report   func(n int64)
}

func (c *comparison) work(ctx context.Context) error {
	left, right := make([]byte, bufferSize), make([]byte, bufferSize)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := c.next.Add(bufferSize) - bufferSize
		if at >= c.size {
			return nil
		}
		n := min(bufferSize, c.size-at)
		// One that grew or shrank since is not the same either.
		if err := readExactly(c.one, left[:n], at); err != nil {
			return err
		}
		if err := readExactly(c.two, right[:n], at); err != nil {
			return err
		}
		if !bytes.Equal(left[:n], right[:n]) {
			return errDiffers
		}
		if c.report != nil {
			c.mu.Lock()
			c.report(n)
			c.mu.Unlock()
		}
	}
}

func readExactly(f *os.File, into []byte, at int64) error {
	n, err := f.ReadAt(into, at)
	if n == len(into) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return errDiffers
	}
	return err
}
