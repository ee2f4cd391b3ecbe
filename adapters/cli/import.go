package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/transfer"
)

func importCommand(s *shell) *cobra.Command {
	var from string
	var dry bool
	var o transfer.ForeignOptions
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take in an export, or what another memory system keeps",
		Long: `Takes in an export of "atocore export" from FILE, or from standard input for -: ids,
times and history as they were. It is checked to its end before anything is stored, so
that one that was cut off changes nothing. What is there already stays as it is;
differences are listed as conflicts, and the command ends with exit code 1. Importing
twice changes nothing, and an import that was interrupted is finished by the next one.

With --from, FILE is what another system keeps or exports:
  mcp-memory    the memory file of the MCP reference server (JSON lines)
  mem0          exported memories of mem0 (JSON)
  basic-memory  a folder of Markdown notes
  chatgpt       exported conversations of ChatGPT (conversations.json)
  claude        exported conversations of Claude (conversations.json)
From conversations, candidates are extracted by the rules of capture. What was not
taken, and why, is listed. Makes the data directory if there is none.`,
		Example: `  atocore import everything.jsonl --dry-run
  atocore import everything.jsonl
  gunzip -c everything.jsonl.gz | atocore import -
  atocore import --from mcp-memory memory.jsonl --project handbook
  atocore import --from basic-memory ~/basic-memory`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if from == "" {
				for _, name := range []string{"project", "status"} {
					if cmd.Flags().Changed(name) {
						return usage(cmd, "--%s is for --from: an export says it itself", name)
					}
				}
				f, done, err := s.seekable(args[0])
				if err != nil {
					return err
				}
				defer done()
				return s.with(cmd, NeedNewStores, func(ctx context.Context, on *Services) error {
					progress := s.progress()
					defer progress.done()
					r, err := on.Transfer.Import(ctx, f, dry, progress.copy)
					return s.imported(progress, r, err)
				})
			}
			format, err := domain.ParseForeignFormat(from)
			if err != nil {
				return err
			}
			return s.with(cmd, NeedNewStores, func(ctx context.Context, on *Services) error {
				progress := s.progress()
				defer progress.done()
				o.DryRun = dry
				r, err := on.Transfer.ImportForeign(ctx, format, args[0], o, func(n int) { progress.records("importing", n) })
				return s.imported(progress, r, err)
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "another system's format: "+joined(domain.ForeignFormats))
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would be stored")
	cmd.Flags().StringVar(&o.Project, "project", "", "with --from: name or alias of the project that everything belongs to")
	cmd.Flags().StringVar(&o.Status, "status", "", "with --from: active or candidate; candidate for conversations, otherwise active unless given")
	_ = cmd.RegisterFlagCompletionFunc("from", completeNames(domain.ForeignFormats))
	return cmd
}

type conflictView struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

type skipView struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
}

// imported shows what became of an import, also of one that failed on the way.
func (s *shell) imported(progress *progress, r transfer.Report, err error) error {
	progress.done()
	if r.Added == nil {
		return err // it did not begin
	}
	view := struct {
		DryRun    bool           `json:"dry_run"`
		Added     transfer.Tally `json:"added"`
		Known     transfer.Tally `json:"known"`
		Conflict  transfer.Tally `json:"conflict"`
		Conflicts []conflictView `json:"conflicts"`
		Skipped   int            `json:"skipped"`
		Skips     []skipView     `json:"skips"`
	}{r.DryRun, r.Added, r.Known, r.Conflict, []conflictView{}, r.Skipped, []skipView{}}
	var rows [][]string
	for _, c := range r.Conflicts {
		view.Conflicts = append(view.Conflicts, conflictView{string(c.Kind), c.Name, c.Reason})
		rows = append(rows, []string{"conflict", string(c.Kind) + " " + c.Name, c.Reason})
	}
	for _, k := range r.Skips {
		view.Skips = append(view.Skips, skipView(k))
		rows = append(rows, []string{"skipped", k.Where, k.Reason})
	}
	shown := s.result(view, func(p *printer) {
		if len(rows) > 0 {
			p.table([]string{"WHAT", "WHERE", "WHY"}, rows)
		}
		verb := "added"
		if r.DryRun {
			verb = "would add"
		}
		p.line("%s %s", verb, tallied(r.Added))
		if n := r.Known.Total(); n > 0 {
			p.line("there already: %s", tallied(r.Known))
		}
		if r.Skipped > 0 {
			p.line("skipped: %s", strconv.Itoa(r.Skipped))
		}
	})
	switch {
	case err != nil:
		s.note("what was stored before it failed stays; import it again to go on")
		return err
	case shown != nil:
		return shown
	case r.Conflict.Total() > 0:
		verb := "were"
		if r.DryRun {
			verb = "would be"
		}
		return domain.Conflict("%d records differ from what is there and %s left out", r.Conflict.Total(), verb).
			WithHint("what is there stays; to have the other, change it by hand, or import into an empty data directory")
	}
	return nil
}
