package lockfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/atocore/atocore/domain"
)

const (
	// noteAt leaves out the first byte: on Windows it is the locked one, and
	// nobody else can read it.
	noteAt   = 1
	noteSize = 256
	// maxCommand bounds a command line in a message, in bytes.
	maxCommand = 160
)

// ownNote says who this process is.
func ownNote() string {
	return fmt.Sprintf("%d %s", os.Getpid(), shorten(strings.Join(os.Args, " ")))
}

// writeNote puts text into the lock file. It has a fixed length, so that the file
// is never truncated under a lock.
func writeNote(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("note the holder: %w", err)
	}
	record := bytes.Repeat([]byte(" "), noteSize)
	record[copy(record[:noteSize-1], text)] = '\n'
	_, err = f.WriteAt(record, noteAt)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("note the holder: %w", err)
	}
	return nil
}

// readNote returns who noted itself, if anybody did.
func readNote(path string) []domain.Holder {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.NewSectionReader(f, noteAt, noteSize))
	if err != nil {
		return nil
	}
	line, _, _ := strings.Cut(strings.ToValidUTF8(string(raw), "?"), "\n")
	pid, command, _ := strings.Cut(strings.TrimSpace(line), " ")
	n, err := strconv.Atoi(pid)
	if err != nil || n <= 0 {
		return nil
	}
	return []domain.Holder{{PID: n, Command: strings.TrimSpace(command), What: path}}
}

// shorten makes a command line fit for a message: one line, of bounded length.
func shorten(command string) string {
	command = strings.Join(strings.Fields(strings.ToValidUTF8(command, "?")), " ")
	if len(command) <= maxCommand {
		return command
	}
	return strings.ToValidUTF8(command[:maxCommand], "") + "…"
}
