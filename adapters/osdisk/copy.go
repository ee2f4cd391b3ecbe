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
)

// CopyFile copies a regular file to a path that must not exist, syncs the copy,
// and returns size and SHA-256 of what was copied. Where the file system can, the
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
		// What counts is what arrived, so the clone is hashed, not its source.
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

// hashWhileCopying hashes on a second core while the first reads and writes.
func hashWhileCopying(ctx context.Context, dst io.Writer, src io.Reader, h hash.Hash, report func(n int64)) (int64, error) {
	full := make(chan []byte, 2)
	empty := make(chan []byte, 3)
	for range cap(empty) {
		empty <- make([]byte, bufferSize)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for piece := range full {
			h.Write(piece)
			empty <- piece[:bufferSize]
		}
	}()
	var size int64
	copyAll := func() error {
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			buf := <-empty
			n, err := src.Read(buf)
			if n > 0 {
				if _, werr := dst.Write(buf[:n]); werr != nil {
					return werr
				}
				full <- buf[:n]
				size += int64(n)
				if report != nil {
					report(int64(n))
				}
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	}
	err := copyAll()
	close(full)
	<-done
	return size, err
}
