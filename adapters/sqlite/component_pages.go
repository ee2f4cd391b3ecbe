package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/atocore/atocore/domain"
)

const (
	// pieceSize is how much of the copy is written and hashed at a time, in bytes: a
	// multiple of every page size.
	pieceSize = 1 << 20
	// piecesHeld bounds the memory of a copy.
	piecesHeld = 6
	// writtenAhead is how much of the copy may be on its way to the disk. More keeps
	// the commits of the live database waiting behind it.
	writtenAhead = 8 << 20
)

// Where the file format says which mode a database is in: 2 is write-ahead.
const (
	writeVersionAt, readVersionAt = 18, 19
	rollbackMode                  = 1
)

// copyPages writes the database that conn sees to a new file that needs no sidecar,
// syncs it, and returns its hash. written is closed when every byte has been
// written, and not at all when that fails.
//
// conn is in a read transaction, so each page is the one of that moment, wherever
// it lies, in the file or in the -wal; the table sqlite_dbpage hands them out one
// after the other. So the pages are read once, and hashed while they are written:
// the online backup of SQLite writes the copy itself, page by page, and it would
// have to be read again.
func copyPages(ctx context.Context, conn *sql.Conn, to string, report func(done, total int64), written chan<- struct{}) (file domain.FileEntry, err error) {
	var pages, pageSize int64
	if err := conn.QueryRowContext(ctx, "SELECT page_count, page_size FROM pragma_page_count, pragma_page_size").Scan(&pages, &pageSize); err != nil {
		return file, err
	}
	// Made here, because SQLite would make it readable by everyone.
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return file, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	total := pages * pageSize
	if err := allocate(f, total); err != nil {
		return file, err
	}
	var sum string
	group, gctx := errgroup.WithContext(ctx)
	p := newPipe()
	group.Go(func() error {
		defer close(p.read)
		return readPages(gctx, conn, pages, int(pageSize), p)
	})
	group.Go(func() error {
		defer close(p.written)
		return writePieces(gctx, f, total, report, p)
	})
	group.Go(func() error {
		h := sha256.New()
		for piece := range p.written {
			h.Write(piece)
			p.empty <- piece
		}
		sum = hex.EncodeToString(h.Sum(nil))
		return nil
	})
	if err := group.Wait(); err != nil {
		return file, err
	}
	close(written)
	if err := f.Sync(); err != nil {
		return file, err
	}
	return domain.FileEntry{Path: filepath.Base(to), Mode: 0o600, Size: total, SHA256: sum}, nil
}

// pipe hands pieces from the reader of pages to the writer, from there to whoever
// hashes them, and back.
type pipe struct{ empty, read, written chan []byte }

func newPipe() pipe {
	p := pipe{make(chan []byte, piecesHeld), make(chan []byte, 2), make(chan []byte, 2)}
	for range piecesHeld {
		p.empty <- make([]byte, 0, pieceSize)
	}
	return p
}

// readPages reads every page in order. It reads through the driver itself:
// database/sql would copy each page once more.
func readPages(ctx context.Context, conn *sql.Conn, pages int64, pageSize int, p pipe) error {
	return conn.Raw(func(raw any) (err error) {
		// A context that cannot end: the driver would guard every single row with it.
		rows, err := raw.(driver.QueryerContext).QueryContext(context.Background(), "SELECT data FROM sqlite_dbpage", nil)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		value := make([]driver.Value, 1)
		piece := <-p.empty
		piece = piece[:0]
		for n := int64(0); ; n++ {
			rerr := rows.Next(value)
			if rerr != nil && !errors.Is(rerr, io.EOF) {
				return rerr
			}
			if rerr != nil && n != pages {
				return fmt.Errorf("read %d of %d pages", n, pages)
			}
			if rerr != nil || len(piece)+pageSize > cap(piece) {
				if err := send(ctx, p.read, piece); err != nil {
					return err
				}
				if rerr != nil {
					return nil
				}
				if piece, err = receive(ctx, p.empty); err != nil {
					return err
				}
				piece = piece[:0]
			}
			page, _ := value[0].([]byte)
			if len(page) != pageSize {
				return fmt.Errorf("page %d has %d of %d bytes", n+1, len(page), pageSize)
			}
			piece = append(piece, page...)
			if n == 0 {
				// Out of write-ahead mode: in it, even a reader would make sidecars.
				piece[writeVersionAt], piece[readVersionAt] = rollbackMode, rollbackMode
			}
		}
	})
}

// writePieces writes the pieces one after the other, and sees to it that the disk
// is never far behind.
func writePieces(ctx context.Context, f *os.File, total int64, report func(done, total int64), p pipe) error {
	var done, begun int64
	for piece := range p.read {
		if _, err := f.Write(piece); err != nil {
			return err
		}
		done += int64(len(piece))
		if done-begun >= writtenAhead {
			if err := writeBack(f, begun, done-begun); err != nil {
				return err
			}
			begun = done
		}
		if report != nil {
			report(done, total)
		}
		if err := send(ctx, p.written, piece); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func send(ctx context.Context, to chan<- []byte, piece []byte) error {
	select {
	case to <- piece:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func receive(ctx context.Context, from <-chan []byte) ([]byte, error) {
	select {
	case piece := <-from:
		return piece, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
