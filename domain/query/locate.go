package query

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/atocore/atocore/domain"
)

// Place is what a name of something expected stands for.
type Place struct {
	Passages []domain.Passage // all that go by the name; none when nothing does
	Inactive string           // of a memory that exists and takes no part in answers: why
	Problem  string           // why there is no passage, when something near was found
	Nearest  []string         // when nothing was found: names that may have been meant
}

// Locate finds what name stands for: the id of a chunk or a memory (the word
// "memory" may stand before it), the path of a document or the end of one from a
// slash on, or such a path with a line or a range of lines (path:3, path:3-9).
// Where documents have exactly that path, those that only end in it are left out.
func (s *Service) Locate(ctx context.Context, name string) (Place, error) {
	name = strings.TrimSpace(name)
	if s.Catalog == nil || s.Memories == nil {
		return Place{}, domain.Unavailable("this store cannot look up passages by their place")
	}
	id := strings.TrimLeft(strings.TrimPrefix(name, "memory"), " :")
	for _, id := range []string{name, id} {
		found, err := s.Passages.Passages(ctx, []string{id})
		if err != nil {
			return Place{}, fmt.Errorf("locate %q: %w", name, err)
		}
		if p, ok := found[id]; ok {
			return Place{Passages: []domain.Passage{p}}, nil
		}
	}
	place, err := s.locatePath(ctx, name)
	if err != nil || len(place.Passages) > 0 || place.Problem != "" {
		return place, err
	}
	return s.locateMemory(ctx, id, place)
}

func (s *Service) locatePath(ctx context.Context, name string) (Place, error) {
	path, from, to, lined := cutLines(name)
	for _, candidate := range []struct {
		path  string
		lined bool
	}{{name, false}, {path, lined}, {strings.ReplaceAll(path, `\`, "/"), lined}} {
		clean := strings.TrimPrefix(strings.TrimPrefix(candidate.path, "./"), "/")
		found, err := s.Catalog.At(ctx, clean)
		if err != nil {
			return Place{}, fmt.Errorf("locate %q: %w", name, err)
		}
		if exact := slices.DeleteFunc(slices.Clone(found), func(p domain.Passage) bool { return p.Path != clean }); len(exact) > 0 {
			found = exact
		}
		if len(found) == 0 {
			continue
		}
		if !candidate.lined {
			return Place{Passages: found}, nil
		}
		last := 0
		for _, p := range found {
			last = max(last, p.EndLine)
		}
		found = slices.DeleteFunc(found, func(p domain.Passage) bool { return p.EndLine < from || p.StartLine > to })
		if len(found) == 0 {
			return Place{Problem: fmt.Sprintf("no passage of %s covers line %d; its last one ends at line %d", clean, from, last)}, nil
		}
		return Place{Passages: found}, nil
	}
	paths, err := s.Catalog.Paths(ctx)
	if err != nil {
		return Place{}, fmt.Errorf("locate %q: %w", name, err)
	}
	return Place{Nearest: nearestPaths(path, paths)}, nil
}

// nearestPaths looks at whole paths first and then at file names: who remembers the
// name of a file has often forgotten its folder.
func nearestPaths(path string, paths []string) []string {
	near := domain.Nearest(path, paths)
	base := path[strings.LastIndexByte(path, '/')+1:]
	byName := map[string][]string{}
	var names []string
	for _, p := range paths {
		n := p[strings.LastIndexByte(p, '/')+1:]
		if byName[n] == nil {
			names = append(names, n)
		}
		byName[n] = append(byName[n], p)
	}
	for _, n := range domain.Nearest(base, names) {
		for _, p := range byName[n] {
			if len(near) < 3 && !slices.Contains(near, p) {
				near = append(near, p)
			}
		}
	}
	return near
}

// locateMemory finds out whether there is, or was, a memory with the id.
func (s *Service) locateMemory(ctx context.Context, id string, none Place) (Place, error) {
	m, err := s.Memories.Get(ctx, id)
	if err == nil {
		return Place{Inactive: fmt.Sprintf("memory %s is %s; only active memories take part in answers", id, m.Status)}, nil
	}
	if domain.KindOf(err) != domain.KindNotFound {
		return Place{}, fmt.Errorf("locate memory %q: %w", id, err)
	}
	if _, err = s.Memories.History(ctx, id); err == nil {
		return Place{Inactive: fmt.Sprintf("memory %s was deleted", id)}, nil
	}
	if domain.KindOf(err) != domain.KindNotFound {
		return Place{}, fmt.Errorf("locate memory %q: %w", id, err)
	}
	return none, nil
}

// cutLines parts path:3 and path:3-9.
func cutLines(name string) (path string, from, to int, ok bool) {
	i := strings.LastIndexByte(name, ':')
	if i <= 0 {
		return name, 0, 0, false
	}
	first, second, ranged := strings.Cut(name[i+1:], "-")
	from, err := strconv.Atoi(first)
	to = from
	if err == nil && ranged {
		to, err = strconv.Atoi(second)
	}
	if err != nil || from < 1 || to < from {
		return name, 0, 0, false
	}
	return name[:i], from, to, true
}
