package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/atocore/atocore/domain"
)

// takes returns the check for a command that takes between least and most
// arguments (most < 0: any number).
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usage(cmd, "%s needs %s", cmd.CommandPath(), wanted(cmd))
		case most >= 0 && len(args) > most:
			return usage(cmd, "%s was given one argument too many: %q", cmd.CommandPath(), args[most])
		}
		return nil
	}
}

func wanted(cmd *cobra.Command) string {
	_, rest, _ := strings.Cut(cmd.Use, " ")
	if rest == "" {
		return "more"
	}
	return rest
}

// usage is an error in how the command was called.
func usage(cmd *cobra.Command, format string, args ...any) error {
	return domain.Invalid(format, args...).WithHint("%s --help shows how it is called", cmd.CommandPath())
}

const groupMark = "group"

func isGroup(cmd *cobra.Command) bool {
	_, is := cmd.Annotations[groupMark]
	return is
}

// group makes cmd a mere folder of commands: alone it prints its help, with an
// unknown name it fails.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return unknownCommand(cmd, args[0])
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.Annotations = map[string]string{groupMark: ""}
	return cmd
}

func unknownCommand(cmd *cobra.Command, name string) error {
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			known = append(known, c.Name())
			known = append(known, c.Aliases...)
		}
	}
	err := domain.Invalid("unknown command %q for %s", name, cmd.CommandPath())
	err.Nearest = domain.Nearest(name, known)
	if len(err.Nearest) > 0 {
		return err.WithHint("%s", domain.DidYouMean(err.Nearest))
	}
	return err.WithHint("one of %s", strings.Join(known, ", "))
}

// flagError turns what pflag says into an error with the nearest flag.
func flagError(cmd *cobra.Command, err error) error {
	if args := cmd.Flags().Args(); isGroup(cmd) && len(args) > 0 {
		return unknownCommand(cmd, args[0]) // the flag may well be one of the command meant
	}
	text := err.Error()
	name, isUnknown := strings.CutPrefix(text, "unknown flag: ")
	if !isUnknown {
		return usage(cmd, "%s", strings.TrimPrefix(text, "pflag: "))
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, "--"+f.Name)
		}
	})
	e := domain.Invalid("unknown flag %q for %s", name, cmd.CommandPath())
	e.Nearest = domain.Nearest(name, known)
	if len(e.Nearest) > 0 {
		return e.WithHint("%s", domain.DidYouMean(e.Nearest))
	}
	return e.WithHint("%s --help lists its flags", cmd.CommandPath())
}
