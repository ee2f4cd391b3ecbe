package cli

import (
	"context"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/interaction"
)

func interactionCommand(s *shell) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "interaction",
		Short: "Record what was asked and answered, and capture memories from it",
		Long: `An interaction is one prompt with its answer, what the answer was made with, by whom
and when. Recording strengthens nothing; a person who finds the answer right confirms
it, which reinforces the memories that were used. With automation.capture on and a
drill that passed, candidates for memories are extracted from what is recorded. Old
interactions are removed: interaction.keep_for, interaction.keep_last.`,
		Example: `  atocore interaction record --prompt "Remember that staging runs on port 5433" --answer "Noted"
  atocore interaction list`,
	})
	cmd.AddCommand(
		interactionRecordCommand(s), interactionListCommand(s), interactionGetCommand(s), interactionConfirmCommand(s),
		interactionExtractCommand(s), interactionDeleteCommand(s), interactionPruneCommand(s), interactionPruningsCommand(s),
	)
	return cmd
}

// text returns the value of a flag, or what the file named after @ holds, or standard
// input for -.
func (s *shell) text(value string, limit int) (string, error) {
	name, isFile := strings.CutPrefix(value, "@")
	if !isFile {
		return s.input(value, limit)
	}
	f, err := os.Open(name)
	if err != nil {
		return "", domain.Invalid("%s cannot be read", name).Because(err)
	}
	defer func() { _ = f.Close() }() // it was read only
	content, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return "", domain.Invalid("%s cannot be read", name).Because(err)
	}
	return strings.TrimRight(string(content), "\r\n"), nil
}

func interactionRecordCommand(s *shell) *cobra.Command {
	var d interaction.Draft
	var memories, chunks, keys []string
	cmd := &cobra.Command{
		Use:   "record",
		Short: "Record a prompt and its answer",
		Long: `Records a prompt and its answer, and prints the interaction. A value that begins with
@ names a file, - is standard input. What was used is kept as it is said. Where
automation.capture is on, the interaction waits for the service, or for
"atocore interaction extract", to look for memories in it. Makes the data directory if
there is none.`,
		Example: `  atocore interaction record --prompt "When do we deploy?" --answer "On Tuesday" --used-memory "$ID" --by codex
  atocore interaction record --prompt @prompt.txt --answer @answer.txt --project handbook --used-state phase`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d.Prompt == "-" && d.Answer == "-" {
				return usage(cmd, "standard input can be the prompt or the answer, not both")
			}
			var err error
			if d.Prompt, err = s.text(d.Prompt, domain.MaxTurnBytes); err != nil {
				return err
			}
			if d.Answer, err = s.text(d.Answer, domain.MaxTurnBytes); err != nil {
				return err
			}
			for _, list := range []struct {
				kind domain.ItemKind
				ids  []string
			}{{domain.ItemMemory, memories}, {domain.ItemChunk, chunks}, {domain.ItemState, keys}} {
				for _, id := range list.ids {
					d.Used = append(d.Used, domain.UsedItem{Kind: list.kind, ID: id})
				}
			}
			return s.with(cmd, NeedNewStores, func(ctx context.Context, on *Services) error {
				i, err := on.Interaction.Record(ctx, d)
				if err != nil {
					return err
				}
				// What grows has to be cut somewhere, also where no service runs.
				p, err := on.Interaction.Prune(ctx, false)
				if err != nil {
					s.note("old interactions were not removed: %v", err)
				} else if p.Removed > 0 {
					s.note("removed %s (%s)", counted(p.Removed, "old interaction"), p.Reason)
				}
				return s.showInteraction(i)
			})
		},
	}
	cmd.Flags().StringVar(&d.Prompt, "prompt", "", "what was asked")
	cmd.Flags().StringVar(&d.Answer, "answer", "", "what was answered")
	cmd.Flags().StringVar(&d.Project, "project", "", "name or alias of the project it belongs to")
	cmd.Flags().StringArrayVar(&memories, "used-memory", nil, "id of a memory that the answer was made with; can be repeated")
	cmd.Flags().StringArrayVar(&chunks, "used-chunk", nil, "id of a chunk that the answer was made with; can be repeated")
	cmd.Flags().StringArrayVar(&keys, "used-state", nil, "key of the project's state that the answer was made with; can be repeated")
	cmd.Flags().StringVar(&d.By, "by", "cli", "who answered")
	return cmd
}

func interactionListCommand(s *shell) *cobra.Command {
	var f domain.InteractionFilter
	var project, state string
	var none bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List interactions, newest first",
		Long: `Lists interactions, newest first, a page at a time: when there are more, the cursor of
the next page is told on standard error (with --json it is next_cursor).`,
		Example: `  atocore interaction list
  atocore interaction list --project handbook --extraction failed --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Extraction = domain.ExtractionState(state)
			switch {
			case none && project != "":
				return usage(cmd, "--project and --no-project exclude each other")
			case none:
				f.Project = new("")
			case cmd.Flags().Changed("project"):
				f.Project = &project
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				page, err := on.Interaction.List(ctx, f)
				if err != nil {
					return err
				}
				return s.showInteractions(page)
			})
		},
	}
	cmd.Flags().StringVar(&project, "project", "", "only this project's; name or alias")
	cmd.Flags().BoolVar(&none, "no-project", false, "only those without a project")
	cmd.Flags().StringVar(&state, "extraction", "", "only those whose extraction is: "+joined(domain.ExtractionStates))
	cmd.Flags().IntVar(&f.Limit, "limit", domain.DefaultPageSize, "page size, 1 to "+strconv.Itoa(domain.MaxPageSize))
	cmd.Flags().StringVar(&f.Cursor, "cursor", "", "where the page before ended")
	_ = cmd.RegisterFlagCompletionFunc("extraction", completeNames(domain.ExtractionStates))
	return cmd
}

func interactionGetCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "get ID",
		Short:   "Show an interaction",
		Long:    "Shows one interaction with all that is known of it.",
		Example: `  atocore interaction get "$ID"`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				i, err := on.Interaction.Get(ctx, args[0])
				if err != nil {
					return err
				}
				return s.showInteraction(i)
			})
		},
	}
}

func interactionConfirmCommand(s *shell) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use:   "confirm ID",
		Short: "Say that the answer was right",
		Long: `Records that somebody found the answer right, and reinforces the memories that it was
made with, with that person as the source. Who gave the answer cannot confirm it, and
one person's word counts once.`,
		Example: `  atocore interaction confirm "$ID" --by Ada`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				i, reinforced, err := on.Interaction.Confirm(ctx, args[0], by)
				if err != nil {
					return err
				}
				view := struct {
					Interaction interactionView `json:"interaction"`
					Reinforced  []string        `json:"reinforced"`
				}{viewInteraction(i), reinforced}
				return s.result(view, func(p *printer) {
					p.line("confirmed by %s; reinforced %s", by, plural(len(reinforced), "memory", "memories"))
				})
			})
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "who found it right; not who gave it")
	return cmd
}

func interactionExtractCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "extract ID",
		Short: "Look for memories in an interaction now",
		Long: `Looks for memories in an interaction and stores them as candidates, for "atocore
memory review": by rules and, where chat.url is set, by that model. It needs
automation.capture and a drill that passed. What was extracted from is left as it is.`,
		Example: `  atocore interaction extract "$ID"`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				i, err := on.Interaction.Extract(ctx, args[0])
				if err != nil {
					return err
				}
				return s.showInteraction(i)
			})
		},
	}
}
