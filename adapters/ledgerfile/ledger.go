// Package ledgerfile keeps the ledger as lines of JSON in one file, each with the
// SHA-256 of the line before. The file is only ever added to, so that a line that
// was changed, taken out or put in shows at the line after it; and each machine
// remembers beside its data how far it has written, so that lines missing at the
// end show as well.
//
// Who can write to both places can forge all of it: the ledger protects against
// accidents and against forgetting, and is no signature.
package ledgerfile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// FileName is the ledger's name beside the backups.
const FileName = "ledger.jsonl"

// patience is how long a writer waits for others: each takes a few milliseconds.
const patience = 10 * time.Second

// Config says where the ledger is.
type Config struct {
	Path string // absolute; its folder is made when the first entry is written
	// Head is where this machine remembers the last line that it wrote. Where its
	// folder does not exist nothing is remembered; "" for never.
	Head string
	// Own gives a file that was just made to whom it should belong, such as the
	// owner of its folder; nil leaves it with who made it.
	Own func(path string)
}

// Ledger is the ledger of one backup folder.
type Ledger struct {
	cfg Config
	mu  sync.Mutex
}

var _ ports.Ledger = (*Ledger)(nil)

// New returns the ledger. It touches nothing.
func New(c Config) *Ledger { return &Ledger{cfg: c} }

// Append implements ports.Ledger.
func (l *Ledger) Append(ctx context.Context, e domain.LedgerEntry, begin func() (domain.LedgerEntry, error)) (domain.LedgerEntry, error) {
	if err := ctx.Err(); err != nil {
		return e, fmt.Errorf("write to the ledger: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(l.cfg.Path), 0o700); err != nil {
		return e, l.unwritable(err)
	}
	release, err := l.lock(ctx)
	if err != nil {
		return e, err
	}
	done, err := l.append(e, begin)
	return done, errors.Join(err, release())
}

func (l *Ledger) append(e domain.LedgerEntry, begin func() (domain.LedgerEntry, error)) (domain.LedgerEntry, error) {
	raw, err := l.read()
	if err != nil {
		return e, l.unwritable(err)
	}
	lines, torn := split(raw)
	end := int64(len(raw) - torn)
	var entries []domain.LedgerEntry
	if fault := l.missing(lines); fault != "" {
		entries = append(entries, domain.LedgerEntry{
			At: e.At, Kind: domain.LedgerGap, AppVersion: e.AppVersion, Details: map[string]string{"problem": fault},
		})
	}
	if len(lines) == 0 && begin != nil {
		b, err := begin()
		if err != nil {
			return e, fmt.Errorf("begin the ledger: %w", err)
		}
		entries = append(entries, b)
	}
	entries = append(entries, e)
	prev := first
	if len(lines) > 0 {
		prev = hashOf(lines[len(lines)-1])
	}
	var text []byte
	for i := range entries {
		entries[i].Seq, entries[i].Prev = int64(len(lines)+i+1), prev
		line, err := encodeLine(entries[i])
		if err != nil {
			return e, err
		}
		entries[i].Hash = hashOf(line)
		prev = entries[i].Hash
		text = append(text, line...)
	}
	if err := l.write(text, end, len(raw) == 0); err != nil {
		return e, l.unwritable(err)
	}
	last := entries[len(entries)-1]
	return last, l.remember(last)
}

// write puts text at the end of the whole lines, in place of an unfinished one, and
// makes it last. On an error the file ends where it did.
func (l *Ledger) write(text []byte, end int64, fresh bool) error {
	f, err := os.OpenFile(l.cfg.Path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	err = f.Truncate(end)
	if err == nil {
		_, err = f.WriteAt(text, end)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		err = errors.Join(err, f.Truncate(end))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	l.own(l.cfg.Path)
	if fresh {
		return syncDir(filepath.Dir(l.cfg.Path))
	}
	return nil
}

// Read implements ports.Ledger.
func (l *Ledger) Read(ctx context.Context) (domain.LedgerReading, error) {
	var r domain.LedgerReading
	if err := ctx.Err(); err != nil {
		return r, fmt.Errorf("read the ledger: %w", err)
	}
	// Not under the lock: a folder that cannot be written can be read all the same,
	// and a line that is just being written is one that is torn.
	l.mu.Lock()
	raw, err := l.read()
	l.mu.Unlock()
	if err != nil {
		return r, domain.Unavailable("the ledger %s cannot be read", l.cfg.Path).Because(err).
			WithHint("make it readable for the user that runs atocore")
	}
	lines, torn := split(raw)
	r.Torn = torn
	fault := func(line int, format string, args ...any) {
		r.Faults = append(r.Faults, domain.LedgerFault{Line: line, Problem: fmt.Sprintf(format, args...)})
	}
	prev := first
	for i, line := range lines {
		e, err := decodeLine(line)
		switch {
		case err != nil:
			fault(i+1, "it cannot be read: %v", err)
		case e.Prev != prev && i == 0:
			fault(1, "it follows a line that is not there: the lines before it were taken out")
		case e.Prev != prev:
			fault(i+1, "it does not follow the line before: that one was changed, or lines were taken out or put in between")
		case e.Seq != int64(i+1):
			fault(i+1, "it is numbered %d", e.Seq)
		case e.Kind == domain.LedgerGap:
			fault(i+1, "%s", e.Details["problem"])
		}
		if err == nil {
			r.Entries = append(r.Entries, e)
		}
		prev = hashOf(line)
	}
	if problem := l.missing(lines); problem != "" {
		fault(0, "%s", problem)
	}
	return r, nil
}

func (l *Ledger) read() ([]byte, error) {
	raw, err := os.ReadFile(l.cfg.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return raw, err
}

// headWire is what a machine remembers.
type headWire struct {
	Ledger string `json:"ledger"` // its path: another folder has another ledger
	Seq    int64  `json:"seq"`
	Hash   string `json:"hash"`
}

// missing says what this machine wrote and is not there any more; "" for nothing.
func (l *Ledger) missing(lines [][]byte) string {
	if l.cfg.Head == "" {
		return ""
	}
	raw, err := os.ReadFile(l.cfg.Head)
	if err != nil {
		return ""
	}
	var head headWire
	if json.Unmarshal(raw, &head) != nil || head.Ledger != l.cfg.Path || head.Seq < 1 {
		return ""
	}
	switch {
	case int64(len(lines)) < head.Seq:
		return fmt.Sprintf("this machine had written %d lines, and %d were there", head.Seq, len(lines))
	case hashOf(lines[head.Seq-1]) != head.Hash:
		return fmt.Sprintf("line %d was not the one that this machine had written", head.Seq)
	}
	return ""
}

// remember notes the last line. What keeps it from that is no harm to the ledger:
// an older note only notices less.
func (l *Ledger) remember(e domain.LedgerEntry) error {
	if l.cfg.Head == "" {
		return nil
	}
	raw, err := json.Marshal(headWire{l.cfg.Path, e.Seq, e.Hash})
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(l.cfg.Head), ".ledger-head-")
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	_, err = temp.Write(append(raw, '\n'))
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		l.own(temp.Name())
		err = os.Rename(temp.Name(), l.cfg.Head)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return nil
}

// lock keeps other processes out. The lock file stays: one that is replaced while
// another process waits for it locks nothing.
func (l *Ledger) lock(ctx context.Context) (func() error, error) {
	file := flock.New(l.cfg.Path+".lock", flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	got, err := file.TryLockContext(wait, 5*time.Millisecond)
	switch {
	case got:
		l.own(file.Path())
		return file.Close, nil
	case ctx.Err() != nil:
		return nil, errors.Join(fmt.Errorf("write to the ledger: %w", ctx.Err()), file.Close())
	case wait.Err() != nil:
		return nil, errors.Join(domain.Unavailable("another process holds the ledger %s for more than %s", l.cfg.Path, patience).
			WithHint("see which one has %s.lock open", l.cfg.Path), file.Close())
	}
	return nil, l.unwritable(errors.Join(err, file.Close()))
}

func (l *Ledger) own(path string) {
	if l.cfg.Own != nil {
		l.cfg.Own(path)
	}
}

func (l *Ledger) unwritable(err error) error {
	return domain.Unavailable("the ledger %s cannot be written", l.cfg.Path).Because(err).
		WithHint("make the folder of the backups writable, and see that its disk is not full")
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be synced there
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
