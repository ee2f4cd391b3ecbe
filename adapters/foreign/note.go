package foreign

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/atocore/atocore/domain"
)

const longestFrontMatter = 64 << 10

// The lines of a note that carry meaning, as basic-memory writes them
// (https://docs.basicmemory.com/concepts/knowledge-format).
var (
	// - [category] text #tag (context); a category is neither a box to tick nor a link.
	observation = regexp.MustCompile(`^\s*[-*+] \[([^\[\]()]+)\] +(.+)$`)
	// - relation_type [[Target]] (context)
	relation = regexp.MustCompile(`^\s*[-*+] +(?:([^\[\]]{1,100}?) +)?\[\[([^\[\]]+)\]\](?: *\((.*)\))?\s*$`)
	tag      = regexp.MustCompile(`(?:^|\s)#[\p{L}\p{N}_/-]+`)
	box      = regexp.MustCompile(`^[xX/ -]?$`)
)

// basicMemory reads one note or a folder of them, links to elsewhere left out.
func (s sink) basicMemory(root string, info fs.FileInfo) error {
	if !info.IsDir() {
		return s.noteFile(root, filepath.Base(root))
	}
	notes := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(root, name)
		if relErr != nil {
			rel = name
		}
		rel = filepath.ToSlash(rel)
		switch {
		case err != nil:
			s.skip(rel, "it cannot be read: %v", err)
			return nil
		case d.IsDir() && rel != "." && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case d.IsDir():
			return s.ctx.Err()
		case !strings.EqualFold(path.Ext(rel), ".md"):
			return nil
		case !d.Type().IsRegular():
			s.skip(rel, "it is no regular file")
			return nil
		}
		notes++
		return s.noteFile(name, rel)
	})
	if err == nil && notes == 0 {
		return domain.Invalid("there is no Markdown note in %s", root).WithField("file")
	}
	return err
}

func (s sink) noteFile(name, rel string) error {
	f, err := os.Open(name)
	if err != nil {
		s.skip(rel, "it cannot be read: %v", err)
		return nil
	}
	defer func() { _ = f.Close() }() // it was read only
	content, err := io.ReadAll(io.LimitReader(f, longestNote+1))
	switch {
	case err != nil:
		s.skip(rel, "it cannot be read: %v", err)
		return nil
	case len(content) > longestNote:
		s.skip(rel, "it has more than %d bytes", longestNote)
		return nil
	}
	return s.note(rel, content)
}

// note takes the observations and relations of a note, wherever they stand in it.
func (s sink) note(rel string, content []byte) error {
	title, permalink, body := frontMatter(content)
	if title == "" {
		title = strings.TrimSuffix(path.Base(rel), path.Ext(rel))
	}
	key := permalink
	if key == "" {
		key = strings.TrimSuffix(rel, path.Ext(rel))
	}
	found := 0
	fence := ""
	n := bytes.Count(content[:len(content)-len(body)], []byte("\n"))
	for line := range strings.Lines(string(body)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		bare := strings.TrimSpace(line)
		if fence != "" {
			if strings.HasPrefix(bare, fence) && strings.Trim(bare, fence[:1]) == "" {
				fence = ""
			}
			continue
		}
		if strings.HasPrefix(bare, "```") || strings.HasPrefix(bare, "~~~") {
			fence = bare[:len(bare)-len(strings.TrimLeft(bare, bare[:1]))]
			continue
		}
		item, ok := noteLine(title, line)
		if !ok {
			continue
		}
		found++
		item.Key, item.Where, item.Source = key+"\x1f"+item.Key, fmt.Sprintf("%s:%d", rel, n), "basic-memory: "+title
		if err := s.each(item); err != nil {
			return err
		}
	}
	if found == 0 {
		s.skip(rel, "it has no observations and no relations; to have its text found, register its folder as a project")
	}
	return nil
}

// noteLine reads an observation or a relation.
func noteLine(title, line string) (item domain.ForeignItem, ok bool) {
	if m := observation.FindStringSubmatch(line); m != nil && !box.MatchString(strings.TrimSpace(m[1])) {
		text := strings.TrimSpace(tag.ReplaceAllString(m[2], ""))
		if text == "" {
			return item, false
		}
		return domain.ForeignItem{
			Key: "observation\x1f" + strings.TrimSpace(m[1]) + "\x1f" + m[2], Type: typeOf(m[1]), Content: about(title, text),
		}, true
	}
	if m := relation.FindStringSubmatch(line); m != nil {
		kind, target := strings.TrimSpace(m[1]), strings.TrimSpace(m[2])
		if before, alias, ok := strings.Cut(target, "|"); ok && strings.TrimSpace(alias) != "" {
			target = strings.TrimSpace(before)
		}
		if target == "" {
			return item, false
		}
		if kind == "" {
			kind = "relates to"
		}
		text := sentence(title, kind, target)
		if context := strings.TrimSpace(m[3]); context != "" {
			text += " (" + context + ")"
		}
		return domain.ForeignItem{Key: "relation\x1f" + kind + "\x1f" + target, Type: domain.MemoryKnowledge, Content: text}, true
	}
	return item, false
}

// frontMatter returns title and permalink from the YAML at the top, and what follows
// it. What is no YAML is text.
func frontMatter(content []byte) (title, permalink string, body []byte) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	first, rest, ok := bytes.Cut(content, []byte("\n"))
	if !ok || string(bytes.TrimRight(first, " \t\r")) != "---" {
		return "", "", content
	}
	at := 0
	for line := range bytes.Lines(rest) {
		if string(bytes.TrimRight(line, " \t\r\n")) == "---" {
			var fields struct {
				Title     any `yaml:"title"`
				Permalink any `yaml:"permalink"`
			}
			if at > longestFrontMatter || yaml.Unmarshal(rest[:at], &fields) != nil {
				return "", "", content
			}
			return said(fields.Title), said(fields.Permalink), rest[at+len(line):]
		}
		at += len(line)
	}
	return "", "", content
}

// said returns a scalar as text.
func said(v any) string {
	switch v.(type) {
	case string, int, float64, bool:
		return strings.TrimSpace(fmt.Sprint(v))
	}
	return ""
}
