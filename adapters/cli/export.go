package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/transfer"
)

func exportCommand(s *shell) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write everything as JSON lines",
		Long: `Writes projects, memories with their whole history, the state of projects with its
history, and interactions to FILE, or to standard output for -, as JSON lines
(docs/export-import.md). The file appears when it is whole. API keys, the audit trail,
documents, backups and what is counted are not in it. A service may go on running.`,
		Example: `  atocore export everything.jsonl
  atocore export - | gzip > everything.jsonl.gz`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "-" && s.json {
				return usage(cmd, "with - standard output is the export, which is JSON already")
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				progress := s.progress()
				defer progress.done()
				write := func(w io.Writer) (transfer.Tally, error) {
					return on.Transfer.Export(ctx, w, func(t transfer.Tally) { progress.records("exporting", t.Total()) })
				}
				if args[0] == "-" {
					counts, err := write(s.app.Out)
					if err == nil {
						progress.done()
						s.note("exported %s", tallied(counts))
					}
					return err
				}
				counts, err := exportFile(args[0], force, write)
				if err != nil {
					return err
				}
				progress.done()
				view := struct {
					File     string         `json:"file"`
					Exported transfer.Tally `json:"exported"`
				}{args[0], counts}
				return s.result(view, func(p *printer) { p.line("exported %s to %s", tallied(counts), args[0]) })
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace FILE when it is there")
	return cmd
}

// exportFile writes beside the file and renames: what is there under the name is
// whole, and on the disk.
func exportFile(name string, force bool, write func(io.Writer) (transfer.Tally, error)) (counts transfer.Tally, err error) {
	if _, err := os.Lstat(name); !force && !errors.Is(err, fs.ErrNotExist) {
		return nil, domain.Conflict("%s is there already", name).WithField("file").WithHint("choose another name, or give --force")
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".export-*")
	if err != nil {
		return nil, domain.Invalid("%s cannot be written", name).WithField("file").Because(err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if counts, err = write(f); err != nil {
		return nil, err
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	if !force {
		// Unlike a rename, a link does not replace what appeared meanwhile.
		err = os.Link(f.Name(), name)
		switch {
		case err == nil:
			return counts, errors.Join(os.Remove(f.Name()), syncFolder(name))
		case errors.Is(err, fs.ErrExist):
			return nil, domain.Conflict("%s is there already", name).WithField("file").WithHint("choose another name, or give --force")
		} // a file system without links
	}
	if err = os.Rename(f.Name(), name); err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return counts, syncFolder(name)
}

// syncFolder makes the name of a new file last. Windows has no such thing.
func syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return errors.Join(d.Sync(), d.Close())
}

func tallied(t transfer.Tally) string {
	return fmt.Sprintf("%s, %s, %s of project state, %s",
		counted(t[domain.RecordProject], "project"), plural(t[domain.RecordMemory], "memory", "memories"),
		counted(t[domain.RecordState], "key"), counted(t[domain.RecordInteraction], "interaction"))
}

// records shows how many there were so far.
func (g *progress) records(stage string, n int) {
	if g.p == nil {
		return
	}
	g.show(false, func(time.Time) string { return stage + ": " + humanize.Comma(int64(n)) + " records" })
}

// seekable returns the file of that name, or for - what standard input holds, put
// aside in a file that is gone when it is closed: an import reads twice.
func (s *shell) seekable(name string) (f *os.File, done func(), err error) {
	if name != "-" {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, domain.NotFound("there is no file %s", name).WithField("file")
		}
		if err != nil {
			return nil, nil, domain.Invalid("%s cannot be read", name).WithField("file").Because(err)
		}
		if info, err := f.Stat(); err == nil && info.IsDir() {
			_ = f.Close()
			return nil, nil, domain.Invalid("%s is a folder", name).WithField("file").WithHint("folders are for --from basic-memory")
		}
		return f, func() { _ = f.Close() }, nil
	}
	f, err = os.CreateTemp("", "atocore-import-*")
	if err != nil {
		return nil, nil, fmt.Errorf("put standard input aside: %w", err)
	}
	done = func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	if _, err := io.Copy(f, bufio.NewReader(s.app.In)); err != nil {
		done()
		return nil, nil, fmt.Errorf("put standard input aside: %w", err)
	}
	return f, done, nil
}
