package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/memory"
)

func memoryCommand(s *shell) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "memory",
		Short: "Remember, look up, change and forget",
		Long: `A memory is one thing remembered: a type, a text, and, when they are known, a
project, a confidence and a source. Memories are found by "atocore query" together
with the documents of projects. Every change is kept in the memory's history.

Types: ` + joined(domain.MemoryTypes) + `.
Statuses: ` + joined(domain.MemoryStatuses) + `; only active memories take part in answers.`,
		Example: `  atocore memory add --type preference "Answers should be short"
  atocore memory list --type preference`,
	})
	cmd.AddCommand(
		memoryAddCommand(s), memoryListCommand(s), memoryGetCommand(s),
		memoryUpdateCommand(s), memoryDeleteCommand(s), memoryHistoryCommand(s),
	)
	cmd.AddCommand(memoryStepCommands(s)...)
	return cmd
}

func joined[T ~string](names []T) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return strings.Join(out, ", ")
}

func completeNames[T ~string](names []T) cobra.CompletionFunc {
	out := make([]cobra.Completion, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return cobra.FixedCompletions(out, cobra.ShellCompDirectiveNoFileComp)
}

func memoryAddCommand(s *shell) *cobra.Command {
	var draft memory.Draft
	var confidence float64
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "add TEXT",
		Short: "Remember something",
		Long: `Stores a memory and prints it. With - as TEXT it is read from standard input.
Makes the data directory if there is none.

What a memory of the same type and project says already reinforces that one instead
of being stored again. What probably contradicts one is stored as a candidate beside
it, for "atocore memory review". --as-is stores without looking.`,
		Example: `  atocore memory add --type preference "Answers should be short"
  atocore memory add --type knowledge --confidence 0.9 --source "release notes" "Go 1.26 is the oldest Go that builds this"
  echo "The deploy of March failed for lack of disk" | atocore memory add --type episodic -`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if draft.Type == "" {
				return domain.Invalid("a memory needs a type").WithField("memory_type").
					WithHint("give --type, one of %s", joined(domain.MemoryTypes))
			}
			var err error
			if draft.Content, err = s.input(args[0], domain.MaxMemoryBytes); err != nil {
				return err
			}
			if cmd.Flags().Changed("confidence") {
				draft.Confidence = &confidence
			}
			return s.with(cmd, NeedNewStores, func(ctx context.Context, on *Services) error {
				m, err := on.Memory.Remember(ctx, draft)
				if err != nil {
					return err
				}
				switch {
				case m.Last.Kind == domain.ChangeReinforced:
					s.note("this was known already, and was reinforced")
				case m.Contradicts != "":
					s.note("stored as a candidate, because it probably contradicts %s; see: atocore memory review", m.Contradicts)
				}
				return s.showWritten(m, s.memoryReceipt(ctx, on, m, wait))
			})
		},
	}
	cmd.Flags().StringVar(&draft.Type, "type", "", "what it is about: "+joined(domain.MemoryTypes))
	cmd.Flags().StringVar(&draft.Project, "project", "", "name or alias of the project it belongs to")
	cmd.Flags().Float64Var(&confidence, "confidence", domain.DefaultConfidence, "how sure it is, from 0 to 1")
	cmd.Flags().StringVar(&draft.Source, "source", "", "who or what said so")
	cmd.Flags().StringVar(&draft.Status, "status", "", "candidate for what somebody has yet to confirm; active unless given")
	cmd.Flags().BoolVar(&draft.AsIs, "as-is", false, "store it as stated, without a look for repeats and contradictions")
	cmd.Flags().StringVar(&draft.By, "by", "cli", "who stores it, for the history")
	waitFlag(cmd, &wait)
	_ = cmd.RegisterFlagCompletionFunc("type", completeNames(domain.MemoryTypes)) // fails only for a flag that is not there
	return cmd
}

func memoryListCommand(s *shell) *cobra.Command {
	var f domain.MemoryFilter
	var project, kind, status, then string
	var none, all bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List memories, newest first",
		Long: `Lists active memories, or those of another --status, newest first, a page at a time: when there are more, the cursor of
the next page is told on standard error (with --json it is next_cursor). --all
lists every page. --as-of lists them as they stood then.`,
		Example: `  atocore memory list
  atocore memory list --type preference --status active --limit 20
  atocore memory list --no-project --all --json
  atocore memory list --status any --as-of 2026-04-09T06:00:00Z`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.Type, f.Status = domain.MemoryType(kind), domain.MemoryStatus(status)
			switch {
			case none && project != "":
				return usage(cmd, "--project and --no-project exclude each other")
			case none:
				f.Project = new("")
			case cmd.Flags().Changed("project"):
				f.Project = &project
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				list := on.Memory.List
				if cmd.Flags().Changed("as-of") {
					at, err := asOf(then)
					if err != nil {
						return err
					}
					list = func(ctx context.Context, f domain.MemoryFilter) (domain.MemoryPage, error) {
						return on.Memory.ListAt(ctx, at, f)
					}
				}
				page, err := list(ctx, f)
				if err != nil {
					return err
				}
				for all && page.NextCursor != "" {
					f.Cursor = page.NextCursor
					more, err := list(ctx, f)
					if err != nil {
						return err
					}
					page.Memories = append(page.Memories, more.Memories...)
					page.NextCursor = more.NextCursor
				}
				return s.showMemories(page)
			})
		},
	}
	cmd.Flags().StringVar(&project, "project", "", "only this project's; name or alias")
	cmd.Flags().BoolVar(&none, "no-project", false, "only those without a project")
	cmd.Flags().StringVar(&kind, "type", "", "only this type: "+joined(domain.MemoryTypes))
	cmd.Flags().StringVar(&status, "status", "active", "only this status: "+joined(domain.MemoryStatuses)+", or any")
	cmd.Flags().StringVar(&then, "as-of", "", "as they stood at this time, such as 2026-04-09T06:00:00Z")
	cmd.Flags().IntVar(&f.Limit, "limit", domain.DefaultPageSize, "page size, 1 to "+strconv.Itoa(domain.MaxPageSize))
	cmd.Flags().StringVar(&f.Cursor, "cursor", "", "where the page before ended")
	cmd.Flags().BoolVar(&all, "all", false, "every page")
	_ = cmd.RegisterFlagCompletionFunc("type", completeNames(domain.MemoryTypes))
	_ = cmd.RegisterFlagCompletionFunc("status", completeNames(domain.MemoryStatuses))
	return cmd
}

func memoryGetCommand(s *shell) *cobra.Command {
	var then string
	cmd := &cobra.Command{
		Use:     "get ID",
		Short:   "Show a memory",
		Long:    "Shows one memory with all that is known of it, in whatever status it is.",
		Example: `  atocore memory get "$ID"`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				get := on.Memory.Get
				if then != "" {
					at, err := asOf(then)
					if err != nil {
						return err
					}
					get = func(ctx context.Context, id string) (domain.Memory, error) { return on.Memory.GetAt(ctx, id, at) }
				}
				m, err := get(ctx, args[0])
				if err != nil {
					return err
				}
				return s.showMemory(m)
			})
		},
	}
	cmd.Flags().StringVar(&then, "as-of", "", "as it stood at this time, such as 2026-04-09T06:00:00Z")
	return cmd
}

func memoryUpdateCommand(s *shell) *cobra.Command {
	var kind, content, project, source, status string
	var none bool
	var confidence float64
	var act domain.Act
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "update ID",
		Short: "Change a memory",
		Long: `Changes what the flags name and leaves the rest. What was there before stays in
the memory's history. --content - reads the text from standard input.`,
		Example: `  atocore memory update "$ID" --confidence 0.95
  atocore memory update "$ID" --content "Answers should be short and cite their source"
  atocore memory update "$ID" --status superseded`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var p memory.Patch
			changed := cmd.Flags().Changed
			for name, set := range map[string]func(){
				"type":       func() { p.Type = &kind },
				"content":    func() { p.Content = &content },
				"project":    func() { p.Project = &project },
				"source":     func() { p.Source = &source },
				"status":     func() { p.Status = &status },
				"confidence": func() { p.Confidence = &confidence },
			} {
				if changed(name) {
					set()
				}
			}
			if none {
				if p.Project != nil {
					return usage(cmd, "--project and --no-project exclude each other")
				}
				p.Project = new("")
			}
			if p == (memory.Patch{}) {
				return usage(cmd, "nothing to change was named")
			}
			p.By, p.Reason = act.By, act.Reason
			var err error
			if content, err = s.input(content, domain.MaxMemoryBytes); err != nil {
				return err
			}
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				m, err := on.Memory.Update(ctx, args[0], p)
				if err != nil {
					return err
				}
				return s.showWritten(m, s.memoryReceipt(ctx, on, m, wait))
			})
		},
	}
	cmd.Flags().StringVar(&kind, "type", "", "new type: "+joined(domain.MemoryTypes))
	cmd.Flags().StringVar(&content, "content", "", "new text; - reads standard input")
	cmd.Flags().StringVar(&project, "project", "", "new project; name or alias")
	cmd.Flags().BoolVar(&none, "no-project", false, "take it out of its project")
	cmd.Flags().Float64Var(&confidence, "confidence", 0, "new confidence, from 0 to 1")
	cmd.Flags().StringVar(&source, "source", "", "new source")
	waitFlag(cmd, &wait)
	actFlags(cmd, &act, true)
	cmd.Flags().StringVar(&status, "status", "", "new status: "+joined(domain.MemoryStatuses))
	_ = cmd.RegisterFlagCompletionFunc("type", completeNames(domain.MemoryTypes))
	_ = cmd.RegisterFlagCompletionFunc("status", completeNames(domain.MemoryStatuses))
	return cmd
}

func memoryDeleteCommand(s *shell) *cobra.Command {
	var act domain.Act
	cmd := &cobra.Command{
		Use:     "delete ID",
		Short:   "Forget a memory",
		Long:    "Takes a memory out of lists and answers. Its history stays, and it can be restored.",
		Example: `  atocore memory delete "$ID"`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				if err := on.Memory.Forget(ctx, args[0], act); err != nil {
					return err
				}
				return s.result(map[string]string{"deleted": args[0]}, func(p *printer) { p.line("deleted %s", args[0]) })
			})
		},
	}
	actFlags(cmd, &act, true)
	return cmd
}

func memoryHistoryCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "history ID",
		Short:   "Show how a memory came to be what it is",
		Long:    "Lists every change of a memory, oldest first, also after it was deleted.",
		Example: `  atocore memory history "$ID"`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				changes, err := on.Memory.History(ctx, args[0])
				if err != nil {
					return err
				}
				return s.showHistory(changes)
			})
		},
	}
}
