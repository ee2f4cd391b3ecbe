package eval

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/atocore/atocore/domain"
)

// ReadWeights reads a set of ranking weights in YAML, as it would stand in the
// configuration: a section rank, or its keys alone. It is checked against the
// ranges. Errors are KindInvalid and name file and line.
func ReadWeights(from io.Reader, name string) (domain.RankingChange, error) {
	root, err := yamlRoot(from, name)
	if err != nil {
		return domain.RankingChange{}, err
	}
	if root == nil {
		return domain.RankingChange{}, domain.Invalid("%s holds no weight", name).
			WithHint("write for example: rank: {query_token_cap: 1.5}")
	}
	c := domain.RankingChange{Numbers: map[string]float64{}, Lists: map[string][]string{}}
	if err := weightsIn(root, name, &c); err != nil {
		return domain.RankingChange{}, err
	}
	return c, nil
}

func weightsIn(section *yaml.Node, name string, c *domain.RankingChange) error {
	if section.Kind != yaml.MappingNode {
		return atLine(name, section.Line, errors.New("this is not a section of keys and values"))
	}
	for i := 0; i+1 < len(section.Content); i += 2 {
		key, value := section.Content[i], section.Content[i+1]
		if key.Value == "rank" && value.Kind == yaml.MappingNode {
			if err := weightsIn(value, name, c); err != nil {
				return err
			}
			continue
		}
		if err := weightIn(strings.TrimPrefix(key.Value, "rank."), value, c); err != nil {
			return atLine(name, key.Line, err)
		}
	}
	return nil
}

func weightIn(key string, value *yaml.Node, c *domain.RankingChange) error {
	_, number := c.Numbers[key]
	_, list := c.Lists[key]
	one := domain.RankingChange{Numbers: map[string]float64{}, Lists: map[string][]string{}}
	switch {
	case number || list:
		return fmt.Errorf("rank.%s is given twice", key)
	case !slices.Contains(domain.RankingKeys(), key):
		return domain.UnknownRankingKey(key)
	case slices.Contains(domain.RankingLists(), key):
		words := []string{}
		for _, n := range value.Content {
			words = append(words, n.Value)
		}
		if value.Kind == yaml.ScalarNode && value.Value != "" {
			words = strings.Split(value.Value, ",")
		}
		for i := range words {
			words[i] = strings.TrimSpace(words[i])
		}
		one.Lists[key], c.Lists[key] = words, words
	default:
		v, err := strconv.ParseFloat(value.Value, 64)
		if value.Kind != yaml.ScalarNode || err != nil {
			return fmt.Errorf("rank.%s = %q is not a number", key, value.Value)
		}
		one.Numbers[key], c.Numbers[key] = v, v
	}
	_, err := one.Apply(domain.DefaultRankingWeights())
	return err
}

// WriteWeights renders a change as the YAML to paste into the configuration.
func WriteWeights(c domain.RankingChange) string {
	var b strings.Builder
	b.WriteString("rank:\n")
	for _, key := range domain.RankingKeys() {
		if v, ok := c.Numbers[key]; ok {
			fmt.Fprintf(&b, "  %s: %s\n", key, strconv.FormatFloat(v, 'f', -1, 64))
		}
		if list, ok := c.Lists[key]; ok {
			fmt.Fprintf(&b, "  %s: [%s]\n", key, strings.Join(list, ", "))
		}
	}
	return b.String()
}
