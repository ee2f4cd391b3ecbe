// Package configs reads the configuration: a flag wins over an ATOCORE_*
// environment variable, that over the YAML file, that over the default. It is the
// only user of viper. atocore.yaml in this folder documents every key; a test
// holds it against the table of keys in keys.go.
//
// The package knows nothing of the rest of the program. What it finds wrong is an
// *Error, which the caller turns into its own kind.
package configs

import (
	_ "embed" // for Example
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/viper"
)

// FileVariable is the environment variable that names the configuration file.
const FileVariable = "ATOCORE_CONFIG"

// FileName is the configuration file looked for in the working directory when
// neither flag nor variable names one.
const FileName = "atocore.yaml"

// Example is the documented default configuration.
//
//go:embed atocore.yaml
var Example string

// Options say what to read besides the environment of the process.
type Options struct {
	File  string            // the --config flag; "" for the usual places
	Flags map[string]string // key → text, for the flags that were given
	Dir   string            // relative paths start here; "" is the working directory
}

// Value is one effective value and where it came from.
type Value struct {
	Key    Key
	Text   string // as it would be written in the environment
	Origin Origin
}

// Load reads the configuration. Every error is an *Error.
func Load(o Options) (*Settings, error) {
	if o.Dir == "" {
		dir, err := os.Getwd()
		if err != nil {
			return nil, &Error{Problem: "the working directory cannot be read", Err: err}
		}
		o.Dir = dir
	}
	file, err := locate(o)
	if err != nil {
		return nil, err
	}
	written, err := readFile(file)
	if err != nil {
		return nil, err
	}
	if err := checkEnvironment(os.Environ()); err != nil {
		return nil, err
	}

	v := viper.New()
	tree := map[string]any{}
	origins := map[string]Origin{}
	for _, k := range Keys() {
		v.SetDefault(k.Name, k.Default)
		origins[k.Name] = Origin{Source: SourceDefault}
		if w, ok := written[k.Name]; ok {
			graft(tree, k.Name, w.text)
			origins[k.Name] = Origin{Source: SourceFile, Name: file, Line: w.line}
		}
		if err := v.BindEnv(k.Name, k.Env()); err != nil {
			return nil, &Error{Key: k.Name, Problem: "cannot be read from the environment", Err: err}
		}
		if os.Getenv(k.Env()) != "" {
			origins[k.Name] = Origin{Source: SourceEnvironment, Name: k.Env()}
		}
	}
	if err := v.MergeConfigMap(tree); err != nil {
		return nil, &Error{Problem: "the configuration file cannot be used", Origin: Origin{Source: SourceFile, Name: file}, Err: err}
	}
	for name, text := range o.Flags {
		k, ok := find(name)
		if !ok {
			return nil, &Error{Key: name, Problem: "unknown configuration key", Unknown: name, Known: names()}
		}
		v.Set(name, text)
		origins[name] = Origin{Source: SourceFlag, Name: "--" + k.Flag()}
	}

	s := &Settings{File: file}
	for _, k := range Keys() {
		text, origin := v.GetString(k.Name), origins[k.Name]
		value, err := k.parse(text)
		if err != nil {
			return nil, k.wrong(text, origin, err)
		}
		if k.Kind == KindPath && value != "" {
			value = absolute(value.(string), o.Dir, origin)
			text = value.(string)
		}
		k.set(s, value)
		s.values = append(s.values, Value{Key: k, Text: text, Origin: origin})
	}
	if err := s.derive(); err != nil {
		return nil, err
	}
	return s, nil
}

// locate returns the configuration file to read, or "" for none.
func locate(o Options) (string, error) {
	named, origin := o.File, Origin{Source: SourceFlag, Name: "--config"}
	if named == "" {
		named, origin = os.Getenv(FileVariable), Origin{Source: SourceEnvironment, Name: FileVariable}
	}
	if named == "" {
		usual := filepath.Join(o.Dir, FileName)
		if _, err := os.Stat(usual); err == nil {
			return usual, nil
		}
		return "", nil
	}
	path := absolute(named, o.Dir, Origin{})
	if info, err := os.Stat(path); err != nil {
		return "", &Error{Problem: fmt.Sprintf("configuration file %s cannot be read", path), Origin: origin, Err: cause(err)}
	} else if info.IsDir() {
		return "", &Error{Problem: fmt.Sprintf("configuration file %s is a folder", path), Origin: origin}
	}
	return path, nil
}

// absolute resolves a path that a person wrote: in a file against the folder of
// that file, elsewhere against dir. A leading ~ is the home folder.
func absolute(path, dir string, origin Origin) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, path[1:])
		}
	}
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	if origin.Source == SourceFile {
		dir = filepath.Dir(origin.Name)
	}
	return filepath.Join(dir, path)
}

// graft puts the value of a dotted key into a tree of sections.
func graft(tree map[string]any, key, text string) {
	section, rest, nested := strings.Cut(key, ".")
	if !nested {
		tree[key] = text
		return
	}
	below, _ := tree[section].(map[string]any)
	if below == nil {
		below = map[string]any{}
		tree[section] = below
	}
	graft(below, rest, text)
}

// checkEnvironment refuses a variable that looks like a setting and is none: a
// misspelt one must not be passed over in silence.
func checkEnvironment(environ []string) error {
	known := map[string]bool{FileVariable: true}
	for _, k := range Keys() {
		known[k.Env()] = true
	}
	var all []string
	for name := range known {
		all = append(all, name)
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, Prefix) || value == "" || known[name] || reserved(name) {
			continue
		}
		return &Error{
			Problem: "unknown environment variable", Unknown: name, Known: all,
			Origin: Origin{Source: SourceEnvironment, Name: name},
		}
	}
	return nil
}

// reserved tells whether the variable steers the project's own tests.
func reserved(name string) bool {
	for _, p := range []string{"ATOCORE_TEST_", "ATOCORE_BENCH", "ATOCORE_QUALITY_", "ATOCORE_SWEEP"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// cause leaves out of a file system error what the message says already.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
