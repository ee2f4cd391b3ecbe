package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
)

// actFlags adds the flags that say who and why.
func actFlags(cmd *cobra.Command, act *domain.Act, reason bool) {
	cmd.Flags().StringVar(&act.By, "by", "cli", "who, for the history")
	if reason {
		cmd.Flags().StringVar(&act.Reason, "reason", "", "why, for the history")
	}
}

// asOf reads the value of --as-of.
func asOf(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, domain.Invalid("%q is not a time", text).WithField("as_of").
			WithHint("write it as in 2026-04-09T06:00:00Z")
	}
	return at.UTC(), nil
}

// stepCommand is a command that changes one memory and shows it.
func stepCommand(s *shell, cmd *cobra.Command, do func(ctx context.Context, on *Services, id string) (domain.Memory, error)) *cobra.Command {
	cmd.Args = takes(1, 1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
			m, err := do(ctx, on, args[0])
			if err != nil {
				return err
			}
			return s.showMemory(m)
		})
	}
	return cmd
}

func memoryStepCommands(s *shell) []*cobra.Command {
	return []*cobra.Command{
		memoryPromoteCommand(s), memoryRejectCommand(s), memorySupersedeCommand(s), memoryReinforceCommand(s),
		memoryExpireCommand(s), memoryRestoreCommand(s), memoryUndoCommand(s),
		memoryReviewCommand(s), memoryStatsCommand(s),
	}
}

func memoryPromoteCommand(s *shell) *cobra.Command {
	var act domain.Act
	var replace bool
	cmd := stepCommand(s, &cobra.Command{
		Use:   "promote ID",
		Short: "Make a candidate active",
		Long: `Makes a candidate active: from now on it is in answers. With --replace, the memory
that it contradicts is superseded by it.`,
		Example: `  atocore memory promote "$ID" --reason "checked with the team"
  atocore memory promote "$ID" --replace`,
	}, func(ctx context.Context, on *Services, id string) (domain.Memory, error) {
		return on.Memory.Promote(ctx, id, act, replace)
	})
	actFlags(cmd, &act, true)
	cmd.Flags().BoolVar(&replace, "replace", false, "supersede what it contradicts")
	return cmd
}

func memoryRejectCommand(s *shell) *cobra.Command {
	var act domain.Act
	cmd := stepCommand(s, &cobra.Command{
		Use:     "reject ID",
		Short:   "Take a memory out of answers as wrong",
		Long:    "Takes a candidate or an active memory out of answers as wrong. It can be restored.",
		Example: `  atocore memory reject "$ID" --reason "that was the old office"`,
	}, func(ctx context.Context, on *Services, id string) (domain.Memory, error) {
		return on.Memory.Reject(ctx, id, act)
	})
	actFlags(cmd, &act, true)
	return cmd
}

func memorySupersedeCommand(s *shell) *cobra.Command {
	var act domain.Act
	cmd := &cobra.Command{
		Use:   "supersede ID SUCCESSOR",
		Short: "Let another memory take its place",
		Long: `Takes a memory out of answers because SUCCESSOR, an active memory, took its place.
The reason and the link stay with it.`,
		Example: `  atocore memory supersede "$ID" "$SUCCESSOR" --reason "moved to another region"`,
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				m, err := on.Memory.Supersede(ctx, args[0], args[1], act)
				if err != nil {
					return err
				}
				return s.showMemory(m)
			})
		},
	}
	actFlags(cmd, &act, true)
	return cmd
}

func memoryReinforceCommand(s *shell) *cobra.Command {
	var act domain.Act
	var source string
	cmd := stepCommand(s, &cobra.Command{
		Use:   "reinforce ID",
		Short: "Record that a source says the same",
		Long: `Records that a source says the same. The first time that a source does, the
confidence goes a quarter of the way to 0.95, and never beyond; what a source says
again counts once. A memory that is reinforced begins to fade anew.`,
		Example: `  atocore memory reinforce "$ID" --source "review of May"`,
	}, func(ctx context.Context, on *Services, id string) (domain.Memory, error) {
		return on.Memory.Reinforce(ctx, id, source, act)
	})
	actFlags(cmd, &act, false)
	cmd.Flags().StringVar(&source, "source", "", "who or what says the same")
	return cmd
}

func memoryRestoreCommand(s *shell) *cobra.Command {
	var act domain.Act
	cmd := stepCommand(s, &cobra.Command{
		Use:   "restore ID",
		Short: "Bring back what was superseded, rejected, expired or deleted",
		Long: `Brings a memory back in the status that it had before it was superseded, rejected,
expired or deleted.`,
		Example: `  atocore memory restore "$ID"`,
	}, func(ctx context.Context, on *Services, id string) (domain.Memory, error) {
		return on.Memory.Restore(ctx, id, act)
	})
	actFlags(cmd, &act, true)
	return cmd
}

func memoryUndoCommand(s *shell) *cobra.Command {
	var act domain.Act
	cmd := stepCommand(s, &cobra.Command{
		Use:   "undo ID",
		Short: "Take back the latest change of a memory",
		Long: `Makes a memory what it was before its latest change, whatever that was. The history
holds both. Undoing twice is doing it again.`,
		Example: `  atocore memory undo "$ID"`,
	}, func(ctx context.Context, on *Services, id string) (domain.Memory, error) {
		return on.Memory.Undo(ctx, id, act)
	})
	actFlags(cmd, &act, true)
	return cmd
}

func memoryExpireCommand(s *shell) *cobra.Command {
	var act domain.Act
	var dry bool
	cmd := &cobra.Command{
		Use:   "expire",
		Short: "Retire what has faded",
		Long: `Retires memories whose strength fell below 0.1. A memory's strength is its
confidence, halved with each half-life since it was last said: 90 days for episodic,
180 for adaptation, 365 for project, 730 for knowledge, and 30 for candidates of
every type. Identity and preference do not fade. Each one can be restored.`,
		Example: `  atocore memory expire --dry-run
  atocore memory expire`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				expired, err := on.Memory.Expire(ctx, act, dry)
				if err != nil {
					return err
				}
				return s.showMemories(domain.MemoryPage{Memories: expired})
			})
		},
	}
	actFlags(cmd, &act, true)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only list what would expire")
	return cmd
}
