package portfake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"sort"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// SourceTree is a file system in memory with the ignore rules that a name alone
// can carry: a line of .gitignore or .atocoreignore in the top folder of a root
// excludes the file, folder or extension ("*.log") that it names, in any folder.
// Its zero value has no roots.
type SourceTree struct {
	// Fail, when set, is asked at the start of every call ("source.walk", "source.read") and, as
	// "source.file", before each file that a walk hands out.
	Fail func(op string) error

	mu    sync.Mutex
	roots map[string]map[string]fakeFile
	reads int
	ticks int
}

type fakeFile struct {
	content []byte
	mtime   time.Time
	skip    domain.SkipReason // set: passed over for this reason
}

var _ ports.SourceTree = (*SourceTree)(nil)

// AddRoot makes an empty folder of that path.
func (s *SourceTree) AddRoot(root string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(root)
}

// Write creates or replaces a file, with a time of change that no file had before.
func (s *SourceTree) Write(root, name, content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(root)[name] = fakeFile{content: []byte(content), mtime: s.tick()}
}

// Touch gives a file another time of change and the same content.
func (s *SourceTree) Touch(root, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.roots[root][name]
	f.mtime = s.tick()
	s.roots[root][name] = f
}

// Block makes a walk pass the path over, with all below it, for the reason.
func (s *SourceTree) Block(root, name string, reason domain.SkipReason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(root)[name] = fakeFile{skip: reason}
}

// Delete removes a file, and all below it.
func (s *SourceTree) Delete(root, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.roots[root] {
		if p == name || strings.HasPrefix(p, name+"/") {
			delete(s.roots[root], p)
		}
	}
}

// DeleteRoot removes a root, as an unmounted disk does.
func (s *SourceTree) DeleteRoot(root string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.roots, root)
}

// Reads returns how many files were read so far.
func (s *SourceTree) Reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// Walk calls file and skip in path order.
func (s *SourceTree) Walk(ctx context.Context, root string, file func(ports.SourceFile) error, skip func(domain.SkippedFile) error) error {
	if err := begin(ctx, s.Fail, "source.walk"); err != nil {
		return err
	}
	s.mu.Lock()
	files, there := s.roots[root]
	seen := make(map[string]fakeFile, len(files))
	var names []string
	for name, f := range files {
		seen[name] = f
		names = append(names, name)
	}
	s.mu.Unlock()
	if !there {
		return domain.Unavailable("%s does not exist", root)
	}
	sort.Strings(names)
	rules := fakeRules(seen)
	reported := map[string]bool{}
	for _, name := range names {
		if err := begin(ctx, s.Fail, "source.file"); err != nil {
			return err
		}
		over := passedOver(name, seen, rules)
		switch {
		case over == nil:
			state := domain.FileState{Size: int64(len(seen[name].content)), ModTime: seen[name].mtime}
			if err := file(ports.SourceFile{Path: name, State: state}); err != nil {
				return err
			}
		case !reported[over.Path]:
			reported[over.Path] = true
			if err := skip(*over); err != nil {
				return err
			}
		}
	}
	return nil
}

// Read returns a file's content and state.
func (s *SourceTree) Read(ctx context.Context, root, name string, limit int64) ([]byte, domain.FileState, *domain.SkippedFile, error) {
	if err := begin(ctx, s.Fail, "source.read"); err != nil {
		return nil, domain.FileState{}, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, there := s.roots[root][name]
	over := func(reason domain.SkipReason, detail string) ([]byte, domain.FileState, *domain.SkippedFile, error) {
		return nil, domain.FileState{}, &domain.SkippedFile{Path: name, Reason: reason, Detail: detail}, nil
	}
	switch {
	case !there:
		return over(domain.SkipUnreadable, "vanished")
	case f.skip != "":
		return over(f.skip, "")
	case int64(len(f.content)) > limit:
		return over(domain.SkipTooLarge, fmt.Sprintf("%d bytes", len(f.content)))
	case strings.ContainsRune(string(f.content), 0):
		return over(domain.SkipBinary, "")
	case !utf8.Valid(f.content):
		return over(domain.SkipInvalidUTF8, "")
	}
	s.reads++
	sum := sha256.Sum256(f.content)
	state := domain.FileState{Size: int64(len(f.content)), ModTime: f.mtime, Hash: hex.EncodeToString(sum[:])}
	return append([]byte(nil), f.content...), state, nil, nil
}

func (s *SourceTree) add(root string) map[string]fakeFile {
	if s.roots == nil {
		s.roots = map[string]map[string]fakeFile{}
	}
	if s.roots[root] == nil {
		s.roots[root] = map[string]fakeFile{}
	}
	return s.roots[root]
}

func (s *SourceTree) tick() time.Time {
	s.ticks++
	return time.Date(2025, 1, 1, 0, 0, s.ticks, 0, time.UTC)
}

func fakeRules(files map[string]fakeFile) []string {
	var rules []string
	for _, name := range []string{".gitignore", ".atocoreignore"} {
		for _, line := range strings.Fields(string(files[name].content)) {
			rules = append(rules, strings.Trim(line, "/"))
		}
	}
	return rules
}

// passedOver returns why name is not handed out: for itself or for a folder above.
func passedOver(name string, files map[string]fakeFile, rules []string) *domain.SkippedFile {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		sub := path.Join(parts[:i+1]...)
		if part == ".git" || sub == ".gitignore" || sub == ".atocoreignore" {
			return &domain.SkippedFile{Path: sub, Reason: domain.SkipIgnored}
		}
		if f, there := files[sub]; there && f.skip != "" {
			return &domain.SkippedFile{Path: sub, Reason: f.skip}
		}
		for _, rule := range rules {
			if ok, _ := path.Match(rule, part); ok {
				return &domain.SkippedFile{Path: sub, Reason: domain.SkipIgnored, Detail: rule}
			}
		}
	}
	return nil
}
