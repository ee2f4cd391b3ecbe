package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/atocore/atocore/domain"
)

// ReadQuestions reads a person's own questions: YAML, a list of
//
//   - question: how do we roll back
//     project: handbook                 # may be missing
//     expect: [decisions/0007.md, onboarding.md:12]
//
// or the same as JSON, one object a line, when name ends in .jsonl or .ndjson. What
// is expected is anything that query.Locate takes. Errors are KindInvalid and name
// file and line.
func ReadQuestions(from io.Reader, name string) ([]Question, error) {
	var out []Question
	var err error
	if strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson") {
		out, err = readLines(from, name)
	} else {
		out, err = readYAML(from, name)
	}
	if err == nil && len(out) == 0 {
		err = domain.Invalid("%s holds no question", name).
			WithHint("list questions, each with what it should find: - question: …, expect: [path]")
	}
	return out, err
}

// asked is one question as it is written.
type asked struct {
	ID       string `json:"id"`
	Question string `json:"question"`
	Project  string `json:"project"`
	Expect   names  `json:"expect"`
}

// names is one name or a list of them.
type names []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *names) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*n = names{one}
		return nil
	}
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return errors.New("expect is neither a text nor a list of texts")
	}
	*n = list
	return nil
}

// question checks what is written. number counts from 1.
func (a asked) question(number int) (Question, error) {
	if strings.TrimSpace(a.Question) == "" {
		return Question{}, errors.New("question is missing")
	}
	if err := (domain.Query{Prompt: a.Question}).Validate(); err != nil {
		return Question{}, err
	}
	q := Question{ID: a.ID, Text: a.Question, Project: a.Project}
	if q.ID == "" {
		q.ID = fmt.Sprint(number)
	}
	seen := map[string]bool{}
	for _, name := range a.Expect {
		name = strings.TrimSpace(name)
		if name == "" {
			return Question{}, errors.New("expect holds an empty name")
		}
		if seen[name] {
			return Question{}, fmt.Errorf("expect names %q twice", name)
		}
		seen[name] = true
		q.Expected = append(q.Expected, Expectation{name, 1})
	}
	if len(q.Expected) == 0 {
		return Question{}, domain.Invalid("expect is missing").
			WithHint("name at least one path, path:line or id that the question should find")
	}
	return q, nil
}

func readLines(from io.Reader, name string) ([]Question, error) {
	var out []Question
	err := eachLine(from, name, func(line []byte) error {
		var a asked
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&a); err != nil {
			if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
				return unknownField(strings.Trim(field, `"`))
			}
			return jsonFault(err)
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return errors.New("something follows the JSON object")
		}
		q, err := a.question(len(out) + 1)
		out = append(out, q)
		return err
	})
	return out, err
}

func readYAML(from io.Reader, name string) ([]Question, error) {
	root, err := yamlRoot(from, name)
	if err != nil || root == nil {
		return nil, err
	}
	if root.Kind != yaml.SequenceNode {
		return nil, atLine(name, root.Line, domain.Invalid("this is not a list of questions").
			WithHint("begin each with: - question: …"))
	}
	var out []Question
	for _, item := range root.Content {
		a, err := askedIn(item, name)
		if err != nil {
			return nil, err
		}
		q, err := a.question(len(out) + 1)
		if err != nil {
			return nil, atLine(name, item.Line, err)
		}
		out = append(out, q)
	}
	return out, nil
}

func askedIn(item *yaml.Node, name string) (asked, error) {
	var a asked
	if item.Kind != yaml.MappingNode {
		return a, atLine(name, item.Line, errors.New("this is no question with its keys question and expect"))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(item.Content); i += 2 {
		key, value := item.Content[i], item.Content[i+1]
		if seen[key.Value] {
			return a, atLine(name, key.Line, fmt.Errorf("%s is given twice", key.Value))
		}
		seen[key.Value] = true
		text := map[string]*string{"id": &a.ID, "question": &a.Question, "project": &a.Project}[key.Value]
		switch {
		case text != nil && value.Kind == yaml.ScalarNode:
			*text = value.Value
		case text != nil:
			return a, atLine(name, value.Line, fmt.Errorf("%s is not a text", key.Value))
		case key.Value == "expect" && value.Kind == yaml.ScalarNode:
			a.Expect = names{value.Value}
		case key.Value == "expect" && value.Kind == yaml.SequenceNode:
			for _, n := range value.Content {
				if n.Kind != yaml.ScalarNode {
					return a, atLine(name, n.Line, errors.New("expect holds something that is not a text"))
				}
				a.Expect = append(a.Expect, n.Value)
			}
		case key.Value == "expect":
			return a, atLine(name, value.Line, errors.New("expect is neither a text nor a list of texts"))
		default:
			return a, atLine(name, key.Line, unknownField(key.Value))
		}
	}
	return a, nil
}

func unknownField(field string) error {
	known := []string{"question", "expect", "project", "id"}
	err := domain.Invalid("unknown field %q", field)
	if err.Nearest = domain.Nearest(field, known); len(err.Nearest) > 0 {
		return err.WithHint("%s", domain.DidYouMean(err.Nearest))
	}
	return err.WithHint("known: %s", strings.Join(known, ", "))
}

// yamlRoot returns the value of the one document in from, nil when it is empty.
func yamlRoot(from io.Reader, name string) (*yaml.Node, error) {
	d := yaml.NewDecoder(from)
	var doc, more yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, yamlFault(name, err)
	}
	if err := d.Decode(&more); err == nil {
		return nil, atLine(name, more.Line, errors.New("a second YAML document begins here"))
	} else if !errors.Is(err, io.EOF) {
		return nil, yamlFault(name, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return nil, nil
	}
	return doc.Content[0], nil
}

// yamlFault puts the line, which the parser's message begins with, after the file.
func yamlFault(name string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, scanned := fmt.Sscanf(text, "line %d:", &line); n == 1 && scanned == nil {
		_, text, _ = strings.Cut(text, ": ")
		return atLine(name, line, fmt.Errorf("this is not valid YAML: %s", text))
	}
	return domain.Invalid("%s is not valid YAML: %s", name, text)
}
