package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/atocore/atocore/domain"
)

// shell is one run of the command line.
type shell struct {
	app   App
	flags Flags
	json  bool
	out   *printer // results
	err   *printer // everything else
}

// Run executes the command line and returns its exit code.
func Run(ctx context.Context, app App, args []string) int {
	s := &shell{app: app, out: newPrinter(app.Out), err: newPrinter(app.Err)}
	s.flags.Values = map[string]string{}
	root := newRoot(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	// A flag that could not be parsed leaves those after it unread.
	for _, a := range args {
		s.json = s.json || a == "--json"
	}
	s.report(err)
	return exitCode(domain.KindOf(err))
}

// with opens what the command needs, runs it, and closes.
func (s *shell) with(cmd *cobra.Command, need Need, run func(ctx context.Context, on *Services) error) (err error) {
	on, err := s.app.Open(cmd.Context(), s.flags, need)
	if err != nil {
		return err
	}
	defer func() {
		if on.Close != nil {
			err = errors.Join(err, on.Close())
		}
	}()
	return run(cmd.Context(), on)
}

// result prints what a command found: as JSON when asked for, otherwise by human.
func (s *shell) result(value any, human func(p *printer)) error {
	if !s.json {
		human(s.out)
		return s.out.failed
	}
	e := json.NewEncoder(s.app.Out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// note tells the person something that is not the result.
func (s *shell) note(format string, args ...any) { s.err.line(format, args...) }

type errorView struct {
	Kind     string   `json:"kind"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"`
	Field    string   `json:"field,omitempty"`
	Nearest  []string `json:"nearest,omitempty"`
	ExitCode int      `json:"exit_code"`
}

// report prints the error that ended the command.
func (s *shell) report(err error) {
	v := describe(err)
	if s.json {
		e := json.NewEncoder(s.app.Err)
		e.SetEscapeHTML(false)
		_ = e.Encode(map[string]errorView{"error": v}) // nobody is left to tell
		return
	}
	s.err.line("%s %s", s.err.red("error:"), v.Message)
	if v.Hint != "" {
		for _, line := range strings.Split(v.Hint, "\n") {
			s.err.line("%s  %s", s.err.dim("hint:"), line)
		}
	}
}

func describe(err error) errorView {
	kind := domain.KindOf(err)
	v := errorView{Kind: string(kind), Message: err.Error(), ExitCode: exitCode(kind)}
	if errors.Is(err, context.Canceled) && kind == domain.KindInternal {
		v.Message = "interrupted"
		return v
	}
	var e *domain.Error
	if !errors.As(err, &e) {
		return v
	}
	v.Hint, v.Field, v.Nearest = e.Hint, e.Field, e.Nearest
	// What wraps the error stays; the hint goes to its own line.
	if e.Hint != "" {
		v.Message = strings.Replace(v.Message, " ("+e.Hint+")", "", 1)
	}
	return v
}

// input returns the argument, or what is on standard input when it is "-".
func (s *shell) input(arg string, limit int) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	if f, ok := s.app.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.note("reading from the terminal; end with Ctrl-D")
	}
	content, err := io.ReadAll(io.LimitReader(s.app.In, int64(limit)+1))
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	if len(content) > limit {
		return "", domain.Invalid("standard input holds more than %d bytes", limit)
	}
	return strings.TrimRight(string(content), "\r\n"), nil
}
