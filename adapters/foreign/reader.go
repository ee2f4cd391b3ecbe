// Package foreign reads what other memory systems keep or export
// (ports.ForeignReader). docs/export-import.md says where each format is described.
package foreign

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Bounds of what is read.
const (
	longestLine = 16 << 20 // of a file of JSON lines
	longestNote = 4 << 20
	longestItem = 64 << 20 // of one element of a JSON array
	deepest     = 10_000   // nested JSON; the decoder of the standard library has the same bound
)

// Reader is ports.ForeignReader. The zero value works.
type Reader struct{}

var _ ports.ForeignReader = Reader{}

// sink is where what is read goes.
type sink struct {
	ctx  context.Context
	each func(domain.ForeignItem) error
	skip func(where, format string, args ...any)
}

// Read implements ports.ForeignReader.
func (Reader) Read(ctx context.Context, format domain.ForeignFormat, path string, each func(domain.ForeignItem) error, skip func(domain.Skip)) error {
	s := sink{ctx: ctx, skip: func(where, format string, args ...any) {
		skip(domain.Skip{Where: where, Reason: fmt.Sprintf(format, args...)})
	}}
	s.each = func(i domain.ForeignItem) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		i.Key, i.Where, i.Source = tidy(i.Key), tidy(i.Where), tidy(i.Source)
		i.Content, i.Prompt, i.Answer = tidy(i.Content), tidy(i.Prompt), tidy(i.Answer)
		return each(i)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return domain.NotFound("there is no file or folder %s", path).WithField("file")
	case err != nil:
		return domain.Invalid("%s cannot be read", path).WithField("file").Because(err)
	case format == domain.ForeignBasicMemory:
		return s.basicMemory(path, info)
	case info.IsDir():
		return domain.Invalid("%s is a folder", path).WithField("file").WithHint("name the file in it")
	}
	read, known := map[domain.ForeignFormat]func(io.Reader) error{
		domain.ForeignMCPMemory: s.mcpMemory, domain.ForeignMem0: s.mem0, domain.ForeignChatGPT: s.chatGPT, domain.ForeignClaude: s.claude,
	}[format]
	if !known {
		return domain.Invalid("the format %q is not known", format).WithField("from")
	}
	f, err := os.Open(path)
	if err != nil {
		return domain.Invalid("%s cannot be read", path).WithField("file").Because(err)
	}
	defer func() { _ = f.Close() }() // it was read only
	return read(f)
}

// tidy makes a text that can be stored.
func tidy(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", ""))
}

// lines calls each with every line and its number, from 1. A line that is too long
// is skipped.
func (s sink) lines(r io.Reader, each func(n int, line []byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	for n := 1; ; n++ {
		line = line[:0]
		long := false
		for {
			part, err := in.ReadSlice('\n')
			if long = long || len(line)+len(part) > longestLine; !long {
				line = append(line, part...)
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			end := errors.Is(err, io.EOF)
			if err != nil && !end {
				return fmt.Errorf("line %d: %w", n, err)
			}
			switch {
			case long:
				s.skip(fmt.Sprintf("line %d", n), "it has more than %d bytes", longestLine)
			default:
				if err := each(n, line); err != nil {
					return err
				}
			}
			if end {
				return nil
			}
			break
		}
	}
}

// parseTime reads the ways in which the formats write a time; the zero time for none
// of them.
func parseTime(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil && t.Year() >= 1970 && t.Year() < 10000 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// seconds reads a Unix time with fractions; the zero time for what is none.
func seconds(n float64) time.Time {
	if n <= 0 || n > 253402300799 {
		return time.Time{}
	}
	return time.UnixMicro(int64(n * 1e6)).UTC()
}
