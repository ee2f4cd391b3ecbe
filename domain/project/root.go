package project

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

// errSeen ends a walk that has shown enough.
var errSeen = errors.New("the root can be read")

const (
	maxLabel     = 60 // bytes; leaves room for a number
	defaultLabel = "root"
)

// giveLabels labels the roots that have no label with the name of their folder, and
// a number where that is taken.
func giveLabels(roots []domain.IngestRoot) {
	taken := map[string]bool{}
	for _, r := range roots {
		taken[domain.FoldName(r.Label)] = true
	}
	for i := range roots {
		if roots[i].Label != "" {
			continue
		}
		base := labelOf(roots[i].Path)
		label := base
		for n := 2; taken[domain.FoldName(label)]; n++ {
			label = fmt.Sprintf("%s-%d", base, n)
		}
		taken[domain.FoldName(label)] = true
		roots[i].Label = label
	}
}

func labelOf(path string) string {
	label := strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r < ' ' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(filepath.Base(path), ""))
	for len(label) > maxLabel {
		_, size := utf8.DecodeLastRuneInString(label)
		label = label[:len(label)-size]
	}
	if label = strings.TrimSpace(label); label == "" || label == "." || label == ".." {
		return defaultLabel
	}
	return label
}

// isOwn tells whether the folder is or lies in the data directory. One that holds
// it is fine: a walk passes the data directory over.
func (s *Service) isOwn(root string) bool {
	if s.DataDir == "" {
		return false
	}
	for _, a := range s.forms(root) {
		for _, b := range s.forms(s.DataDir) {
			if within(a, b) {
				return true
			}
		}
	}
	return false
}

// forms returns the path as written and as resolved.
func (s *Service) forms(path string) []string {
	forms := []string{filepath.Clean(path)}
	if s.Resolve != nil {
		if resolved, err := s.Resolve(path); err == nil {
			forms = append(forms, resolved)
		}
	}
	return forms
}

// within tells whether path is folder or lies in it.
func within(path, folder string) bool {
	below, err := filepath.Rel(folder, path)
	return err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator))
}
