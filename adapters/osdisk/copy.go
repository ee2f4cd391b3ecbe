package osdisk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sync/errgroup"
)

// CopyFile copies a regular file to a path that must not exist, syncs the copy,
// and returns its size and SHA-256. What counts is what arrived: it is read back from
// the copy, not taken from what was read from its source. Where the file system can, the
// copy is a clone that shares its blocks until either side changes. A copy that
// fails is removed. report is told the bytes since its last call.
func (d Disk) CopyFile(ctx context.Context, from, to string, mode fs.FileMode, report func(n int64)) (int64, string, error) {
	if err := ctx.Err(); err != nil {
		return 0, "", err
	}
	src, info, err := openRegular(from)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = src.Close() }()
	dst, err := openNoFollow(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return 0, "", d.writeError(to, info.Size(), err)
	}
	size, sum, err := fill(ctx, dst, src, mode, report)
	if cerr := dst.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		// Asked before the half copy is gone, or what is missing would look smaller.
		err = d.writeError(to, info.Size()-size, err)
		if rerr := os.Remove(to); rerr != nil {
			err = errors.Join(err, rerr)
		}
		return 0, "", fmt.Errorf("copy %s: %w", from, err)
	}
	return size, sum, nil
}

func fill(ctx context.Context, dst, src *os.File, mode fs.FileMode, report func(n int64)) (int64, string, error) {
	var size int64
	var err error
	h := sha256.New()
	if clone(dst, src) == nil {
		size, err = pour(ctx, h, dst, report)
	} else {
		adviseSequential(src)
		size, err = hashWhileCopying(ctx, dst, src, h, report)
	}
	if err == nil {
		err = dst.Chmod(mode)
	}
	if err == nil {
		err = dst.Sync()
	}
	return size, hex.EncodeToString(h.Sum(nil)), err
}

// pieceSize is how much is copied at a time; writeAhead is how much of it may wait
// to be written to the disk before that is begun.
const (
	pieceSize  = 1 << 20
	writeAhead = 8 << 20
)

// hashWhileCopying copies piece by piece, and reads each back from the copy in order
// to hash it, on a second core. What is on its way to the disk already need not be
// waited for at the end.
func hashWhileCopying(ctx context.Context, dst, src *os.File, h hash.Hash, report func(n int64)) (int64, error) {
	var size, begun int64
	arrived := make(chan int64, 64)
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(arrived)
		for {
			if err := gctx.Err(); err != nil {
				return err
			}
			n, err := io.CopyN(dst, src, pieceSize) // in the kernel, where it can
			size += n
			if n > 0 {
				arrived <- n
				if report != nil {
					report(n)
				}
			}
			if size-begun >= writeAhead || err != nil {
				beginWriting(dst, begun, size-begun)
				begun = size
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
	group.Go(func() error {
		buf := make([]byte, pieceSize)
		at := int64(0)
		var err error
		for n := range arrived {
			if err != nil {
				continue // whoever sends must not wait for ever
			}
			if _, err = io.ReadFull(io.NewSectionReader(dst, at, n), buf[:n]); err == nil {
				h.Write(buf[:n])
				at += n
			}
		}
		return err
	})
	err := group.Wait()
	return size, err
}
