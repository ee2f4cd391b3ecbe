package configs

import (
	"fmt"
	"strings"
)

// Document renders the table of keys as a YAML file with every key, its default,
// its range and its meaning: what atocore.yaml in this folder must be.
func Document() string {
	var b strings.Builder
	b.WriteString(`# Configuration of atocore: every key with its default.
#
# A flag wins over an environment variable, that over this file, that over the
# default. The variable of a key is ATOCORE_ and the key in capitals, with _ for
# the dot; an empty variable counts as not set. Relative paths in a file start at
# the folder of that file, others at the working directory.
#
# The file is looked for at --config, else ATOCORE_CONFIG, else ./atocore.yaml.
# "atocore config" prints every effective value and where it came from.
`)
	section := ""
	for _, k := range Keys() {
		name, indent := k.Name, ""
		if s, rest, nested := strings.Cut(k.Name, "."); nested {
			name, indent = rest, "  "
			if s != section {
				fmt.Fprintf(&b, "\n%s:", s)
			}
			section = s
		}
		b.WriteByte('\n')
		for _, line := range wrap(k.Meaning, 76-len(indent)) {
			fmt.Fprintf(&b, "%s# %s\n", indent, line)
		}
		fmt.Fprintf(&b, "%s# Range: %s. Default: %s. Variable: %s\n", indent, k.Range(), k.defaultText(), k.Env())
		fmt.Fprintf(&b, "%s%s:%s\n", indent, name, k.yamlDefault(indent))
	}
	return b.String()
}

// Table renders the table of keys for the documentation.
func Table() string {
	var b strings.Builder
	b.WriteString("| key | default | range | meaning |\n|---|---|---|---|\n")
	for _, k := range Keys() {
		meaning := k.Meaning
		if k.Secret {
			meaning += " A secret: masked wherever it is shown."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, k.markdownDefault(), k.Range(), meaning)
	}
	return b.String()
}

func (k Key) defaultText() string {
	switch {
	case k.Default == "" && k.Kind == KindList:
		return "empty"
	case k.Default == "":
		return "not set"
	case k.Kind == KindList:
		return "as below"
	}
	return k.Default
}

func (k Key) markdownDefault() string {
	if k.Default == "" {
		return k.defaultText()
	}
	return "`" + strings.ReplaceAll(k.Default, ",", ", ") + "`"
}

func (k Key) yamlDefault(indent string) string {
	if k.Kind != KindList {
		if k.Default == "" {
			return ""
		}
		return " " + k.Default
	}
	if k.Default == "" {
		return " []"
	}
	var b strings.Builder
	for _, line := range wrap(strings.ReplaceAll(k.Default, ",", ", "), 74-len(indent)) {
		b.WriteString("\n" + indent + "    " + line)
	}
	return " [" + b.String() + "\n" + indent + "  ]"
}

// wrap breaks text into lines of at most width characters, at spaces.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
