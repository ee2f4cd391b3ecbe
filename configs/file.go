package configs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// written is the text of a value in the file, and where it stands.
type written struct {
	text string
	line int
}

// readFile returns the values that the YAML file sets, by key. It looks at the
// nodes, and not at what they decode to, so that an error can name the line.
func readFile(path string) (map[string]written, error) {
	out := map[string]written{}
	if path == "" {
		return out, nil
	}
	origin := Origin{Source: SourceFile, Name: path}
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Problem: "the configuration file cannot be read", Origin: origin, Err: cause(err)}
	}
	defer func() { _ = f.Close() }() // it was only read
	decoder := yaml.NewDecoder(f)
	var doc yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return out, nil
	} else if err != nil {
		return nil, &Error{Problem: "the configuration file is not valid YAML", Origin: origin, Err: yamlCause(err)}
	}
	var more yaml.Node
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, &Error{Problem: "the configuration file holds more than one document", Origin: origin}
	}
	if len(doc.Content) == 0 {
		return out, nil
	}
	r := reader{path: path, out: out}
	if err := r.section("", doc.Content[0]); err != nil {
		return nil, err
	}
	return out, nil
}

func yamlCause(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
}

type reader struct {
	path string
	out  map[string]written
}

func (r reader) fail(n *yaml.Node, key, format string, args ...any) *Error {
	return &Error{
		Key: key, Problem: fmt.Sprintf(format, args...),
		Origin: Origin{Source: SourceFile, Name: r.path, Line: n.Line},
	}
}

// section reads a mapping whose keys begin with prefix.
func (r reader) section(prefix string, n *yaml.Node) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		if prefix == "" {
			return r.fail(n, "", "the configuration file does not hold keys and values")
		}
		return r.fail(n, prefix, "%s is a section and holds keys of its own", strings.TrimSuffix(prefix, "."))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		keyNode, value := n.Content[i], n.Content[i+1]
		name := prefix + keyNode.Value
		if seen[name] {
			return r.fail(keyNode, name, "%s is given twice", name)
		}
		seen[name] = true
		if err := r.entry(name, keyNode, value); err != nil {
			return err
		}
	}
	return nil
}

func (r reader) entry(name string, keyNode, value *yaml.Node) error {
	k, known := find(name)
	if !known {
		for _, other := range names() {
			if strings.HasPrefix(other, name+".") {
				return r.section(name+".", value)
			}
		}
		err := r.fail(keyNode, name, "unknown configuration key")
		err.Unknown, err.Known = name, names()
		return err
	}
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	switch {
	case isNull(value): // a key without a value is not set
		return nil
	case k.Kind == KindList && value.Kind == yaml.SequenceNode:
		items := make([]string, 0, len(value.Content))
		for _, item := range value.Content {
			if item.Kind != yaml.ScalarNode || strings.Contains(item.Value, ",") {
				return r.fail(item, name, "%s holds something that is not a word", name)
			}
			items = append(items, item.Value)
		}
		r.out[name] = written{strings.Join(items, ","), keyNode.Line}
	case value.Kind == yaml.ScalarNode:
		r.out[name] = written{value.Value, keyNode.Line}
	default:
		err := r.fail(value, name, "%s holds a structure where a value belongs", name)
		err.Hint = "give " + k.Range()
		return err
	}
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
