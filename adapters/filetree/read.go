package filetree

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

// maxReads bounds how often a file that changes under the reader is read again.
const maxReads = 3

// Read returns the content of a file of at most limit bytes and its state. It
// holds limit bytes at most.
func (Tree) Read(ctx context.Context, root, name string, limit int64) ([]byte, domain.FileState, *domain.SkippedFile, error) {
	if err := ctx.Err(); err != nil {
		return nil, domain.FileState{}, nil, err
	}
	top, err := openRoot(root)
	if err != nil {
		return nil, domain.FileState{}, nil, err
	}
	defer func() { _ = top.Close() }()
	over := func(reason domain.SkipReason, detail string) ([]byte, domain.FileState, *domain.SkippedFile, error) {
		return nil, domain.FileState{}, &domain.SkippedFile{Path: name, Reason: reason, Detail: detail}, nil
	}
	for range maxReads {
		content, state, err := readOnce(top, filepath.FromSlash(name), limit)
		var passed *passedOver
		switch {
		case errors.As(err, &passed):
			return over(passed.reason, passed.detail)
		case errors.Is(err, errChanged):
			continue
		case errors.Is(err, fs.ErrNotExist):
			return over(domain.SkipUnreadable, "vanished")
		case err != nil:
			return over(domain.SkipUnreadable, cause(err).Error())
		}
		if reason, detail := unfit(content); reason != "" {
			return over(reason, detail)
		}
		return content, state, nil, nil
	}
	return over(domain.SkipUnreadable, "changes while it is read")
}

var errChanged = errors.New("file changed while it was read")

// passedOver is why a file is not even opened.
type passedOver struct {
	reason domain.SkipReason
	detail string
}

func (p *passedOver) Error() string { return string(p.reason) + ": " + p.detail }

func readOnce(top *os.Root, name string, limit int64) ([]byte, domain.FileState, error) {
	info, err := top.Lstat(name)
	if err != nil {
		return nil, domain.FileState{}, err
	}
	if err := fit(info, limit); err != nil {
		return nil, domain.FileState{}, err
	}
	f, err := top.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, domain.FileState{}, err
	}
	defer func() { _ = f.Close() }()
	before, err := f.Stat()
	if err != nil {
		return nil, domain.FileState{}, err
	}
	if !os.SameFile(info, before) {
		return nil, domain.FileState{}, errChanged
	}
	if err := fit(before, limit); err != nil {
		return nil, domain.FileState{}, err
	}
	content := make([]byte, before.Size())
	if _, err := io.ReadFull(f, content); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, domain.FileState{}, errChanged
	} else if err != nil {
		return nil, domain.FileState{}, err
	}
	after, err := f.Stat()
	if err != nil {
		return nil, domain.FileState{}, err
	}
	if after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		return nil, domain.FileState{}, errChanged
	}
	sum := sha256.Sum256(content)
	state := stateOf(before)
	state.Hash = hex.EncodeToString(sum[:])
	return content, state, nil
}

func fit(info fs.FileInfo, limit int64) error {
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return &passedOver{domain.SkipSymlink, "was replaced by a link"}
	case !mode.IsRegular():
		return &passedOver{domain.SkipSpecial, mode.Type().String()}
	case info.Size() > limit:
		return &passedOver{domain.SkipTooLarge, fmt.Sprintf("%d bytes, the most is %d", info.Size(), limit)}
	}
	return nil
}

// unfit returns why a content is no text.
func unfit(content []byte) (reason domain.SkipReason, detail string) {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		return domain.SkipInvalidUTF8, "looks like UTF-16"
	case bytes.IndexByte(content, 0) >= 0:
		return domain.SkipBinary, "holds a zero byte"
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return domain.SkipBinary, "application/pdf"
	case utf8.Valid(content):
		return "", ""
	}
	if kind := http.DetectContentType(content); !strings.HasPrefix(kind, "text/") {
		return domain.SkipBinary, kind
	}
	return domain.SkipInvalidUTF8, fmt.Sprintf("at byte %d", validPrefix(content))
}

func validPrefix(content []byte) int {
	at := 0
	for at < len(content) {
		r, size := utf8.DecodeRune(content[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	return at
}
