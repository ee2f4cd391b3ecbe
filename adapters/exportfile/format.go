// Package exportfile is the file that `atocore export` writes (docs/export-import.md):
// JSON lines between a header, which names the format, and an end, which holds the
// counts and the SHA-256 of everything before it.
package exportfile

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

const (
	formatName = "atocore-export"
	// Version is the newest version of the format that is read, and what is written.
	Version = 1
	// longestLine bounds a line: a memory with all of its history is one.
	longestLine = 256 << 20
)

// Format is ports.RecordFormat. The zero value works.
type Format struct{}

var _ ports.RecordFormat = Format{}

// Write implements ports.RecordFormat.
func (Format) Write(w io.Writer, feed func(put func(domain.Record) error) error) error {
	buffered := bufio.NewWriterSize(w, 64<<10)
	sum := sha256.New()
	var buffer bytes.Buffer
	e := json.NewEncoder(&buffer)
	e.SetEscapeHTML(false)
	put := func(l line) error {
		buffer.Reset()
		if err := e.Encode(l); err != nil {
			return fmt.Errorf("write the export: %w", err)
		}
		if buffer.Len() > longestLine {
			return domain.Invalid("a record has %d bytes, the most that an export holds is %d", buffer.Len(), longestLine)
		}
		sum.Write(buffer.Bytes())
		if _, err := buffered.Write(buffer.Bytes()); err != nil {
			return fmt.Errorf("write the export: %w", err)
		}
		return nil
	}
	if err := put(line{Header: &header{formatName, Version}}); err != nil {
		return err
	}
	var counted end
	if err := feed(func(r domain.Record) error {
		counted.count(r.Kind())
		return put(lineOf(r))
	}); err != nil {
		return err
	}
	counted.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := put(line{End: &counted}); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	return nil
}

// Read implements ports.RecordFormat.
func (Format) Read(ctx context.Context, r io.Reader, each func(domain.Record) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	sum := sha256.New()
	var seen end
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, err := nextLine(in)
		if err != nil {
			return at(n, err)
		}
		if len(text) == 0 {
			return domain.Corrupt("the export ends after %d lines, before its last one: it was cut off", n-1).
				WithHint("export it again, or get a whole copy")
		}
		l, err := parse(text)
		if err != nil && n == 1 {
			return noExport().Because(err)
		}
		if err != nil {
			return at(n, err)
		}
		switch {
		case n == 1:
			if err := l.checkHeader(); err != nil {
				return err
			}
		case l.Header != nil:
			return at(n, domain.Corrupt("there is a second header").WithHint("import one file after the other"))
		case l.End != nil:
			seen.SHA256 = hex.EncodeToString(sum.Sum(nil))
			return l.End.check(seen, in)
		default:
			record := l.record()
			if err := record.Validate(); err != nil {
				return at(n, err)
			}
			seen.count(record.Kind())
			if err := each(record); err != nil {
				return err
			}
		}
		sum.Write(text)
	}
}

// at says in which line something is wrong. What is wrong with a file is damage.
func at(n int, err error) error {
	var known *domain.Error
	if !errors.As(err, &known) {
		return fmt.Errorf("read the export, line %d: %w", n, err)
	}
	return domain.Corrupt("line %d of the export: %s", n, known.Message).WithHint("%s", known.Hint).Because(known.Err)
}

// nextLine returns a line with its end, nothing at the end of the stream. A last line
// without an end is cut off.
func nextLine(in *bufio.Reader) ([]byte, error) {
	var whole []byte
	for {
		part, err := in.ReadSlice('\n')
		whole = append(whole, part...)
		switch {
		case len(whole) > longestLine:
			return nil, domain.Corrupt("the line has more than %d bytes", longestLine)
		case err == nil:
			return whole, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			if len(whole) > 0 {
				return nil, domain.Corrupt("the line is cut off").WithHint("export it again, or get a whole copy")
			}
			return nil, nil
		default:
			return nil, err
		}
	}
}

func parse(text []byte) (l line, err error) {
	if !utf8.Valid(text) {
		return l, domain.Corrupt("the line is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return l, domain.Corrupt("the line is not what an export holds").Because(err)
	}
	if rest, err := io.ReadAll(d.Buffered()); err != nil || len(bytes.TrimSpace(rest)) > 0 {
		return l, domain.Corrupt("the line holds more than one document")
	}
	members := 0
	for _, there := range []bool{l.Header != nil, l.Project != nil, l.Memory != nil, l.State != nil, l.Interaction != nil, l.End != nil} {
		if there {
			members++
		}
	}
	if members != 1 {
		return l, domain.Corrupt("the line holds %d records instead of one", members)
	}
	return l, nil
}

func (l line) checkHeader() error {
	switch {
	case l.Header == nil || l.Header.Format != formatName:
		return noExport()
	case l.Header.Version > Version:
		return domain.Refused("the export is of version %d, this program knows %d", l.Header.Version, Version).
			WithHint("update atocore; nothing was changed")
	case l.Header.Version < 1:
		return domain.Corrupt("the export names the version %d, which there never was", l.Header.Version)
	}
	return nil
}

func noExport() *domain.Error {
	return domain.Corrupt("this is no export: its first line is not the header").
		WithHint("files of other programs are read with --from")
}

// check compares the end with what was seen before it.
func (e end) check(seen end, rest io.Reader) error {
	if e != seen {
		return domain.Corrupt("the export was changed: counts or SHA-256 differ from what its last line says").
			WithHint("export it again, or get a whole copy")
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(rest, 1)); err != nil || n > 0 {
		return domain.Corrupt("the export goes on after its last line").Because(err)
	}
	return nil
}
