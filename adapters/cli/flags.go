package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// settingFlag is a flag that sets a key of the configuration. Its text goes to
// the configuration as it is: what is wrong with it is said there, in the same
// words as for a variable or a file.
type settingFlag struct {
	values map[string]string
	key    string
	kind   string
	preset string
}

func (f settingFlag) String() string {
	if v, ok := f.values[f.key]; ok {
		return v
	}
	return f.preset
}

func (f settingFlag) Set(text string) error {
	f.values[f.key] = text
	return nil
}

func (f settingFlag) Type() string { return f.kind }

// settings gives cmd the flags of these keys: whole keys, or sections ending in a
// dot; "" is all.
func (s *shell) settings(cmd *cobra.Command, persistent bool, which ...string) {
	set := cmd.Flags()
	if persistent {
		set = cmd.PersistentFlags()
	}
	for _, k := range s.app.Settings {
		if k.Flag == "" || !selected(k.Key, which) || isCommon(k.Key) && cmd.HasParent() {
			continue
		}
		if isCommon(k.Key) && !persistent {
			continue
		}
		preset := k.Default
		if strings.Contains(preset, ",") {
			preset = "" // lists are too long for the help
		}
		set.Var(settingFlag{s.flags.Values, k.Key, k.Type, preset}, k.Flag, k.Meaning+" ("+k.Range+")")
	}
}

// isCommon tells whether the key's flag belongs to every command.
func isCommon(key string) bool { return key == "data_dir" || strings.HasPrefix(key, "log.") }

func selected(key string, which []string) bool {
	for _, w := range which {
		if key == w || w == "" || strings.HasSuffix(w, ".") && strings.HasPrefix(key, w) {
			return true
		}
	}
	return false
}
