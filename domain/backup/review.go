package backup

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// review is one validation under way.
type review struct {
	service *Service
	in      ports.Inspection

	mu     sync.Mutex
	v      Validation
	spoilt map[string]bool // components with faulty bytes, whose meaning is not asked for
	done   int64
}

func (r *review) fault(f domain.Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.v.Faults = append(r.v.Faults, f)
}

// structure compares what is there with what is listed, all but the content, and
// returns what is to be hashed.
func (r *review) structure() []job {
	if r.in.Dir == "" || !r.in.Readable {
		return nil // there is nothing to compare anything with
	}
	there, err := r.service.walk(r.in.Dir, "")
	if err != nil {
		r.fault(domain.Fault{Kind: domain.FaultIO, Expected: "a readable folder", Found: err.Error()})
		return nil
	}
	r.spoilt = map[string]bool{}
	return r.compare(there)
}

// run compares the files with the manifest, then asks the components. A component
// is asked while its files are still being hashed, for the sake of the second
// core; if the bytes prove faulty, what it said is dropped, because it only
// describes the same damage in other words.
func (r *review) run(ctx context.Context, report func(domain.CopyProgress)) error {
	jobs := r.structure()
	if r.spoilt == nil {
		return nil
	}
	var total int64
	for _, j := range jobs {
		total += j.file.Size
	}
	r.v.Files, r.v.Bytes = len(jobs), total

	verdicts := make(chan verdict, len(r.service.components))
	asked := 0
	for _, c := range r.service.components {
		e, ok := r.in.Manifest.Component(c.Describe().Name)
		if !ok || !e.Included || r.spoilt[e.Name] {
			continue
		}
		asked++
		go func() {
			faults, err := c.Verify(ctx, filepath.Join(r.in.Dir, e.Dir), e)
			verdicts <- verdict{e, faults, err}
		}()
	}
	hashErr := r.service.parallel(len(jobs), func(i int) error { return r.hash(ctx, jobs[i], total, report) })
	var err error
	for range asked {
		err = errors.Join(err, r.weigh(<-verdicts))
	}
	return errors.Join(hashErr, err, ctx.Err())
}

// verdict is what a component says of its copy.
type verdict struct {
	entry  domain.ComponentEntry
	faults []domain.Fault
	err    error
}

func (r *review) weigh(v verdict) error {
	r.mu.Lock()
	spoilt := r.spoilt[v.entry.Name]
	r.mu.Unlock()
	if spoilt {
		return nil
	}
	if v.err != nil {
		return v.err
	}
	for _, f := range v.faults {
		f.File = path.Join(v.entry.Dir, f.File)
		r.fault(f)
	}
	return nil
}

// job is a file to hash.
type job struct {
	component string
	file      domain.FileEntry
}

// compare holds what is there against what is listed, all but the hashes.
func (r *review) compare(there []entry) []job {
	found := map[string]fs.FileInfo{}
	for _, e := range there {
		found[e.path] = e.info
	}
	known := map[string]bool{}   // files
	folders := map[string]bool{} // and the folders that they need
	for _, c := range r.in.Companions {
		known[c] = true
	}
	var jobs []job
	for _, c := range r.in.Manifest.Components {
		if c.Included {
			folders[c.Dir] = true
		}
		places := r.places(c.Name)
		for _, f := range c.Files {
			known[f.Path] = true
			for d := path.Dir(f.Path); d != "."; d = path.Dir(d) {
				folders[d] = true
			}
			ok := r.look(f, found)
			if !placed(strings.TrimPrefix(f.Path, c.Dir+"/"), places) {
				r.fault(domain.Fault{Kind: domain.FaultExtra, File: f.Path, Expected: "only files that component " + c.Name + " knows", Found: "another"})
				ok = false
			}
			if !ok {
				r.spoilt[c.Name] = true
				continue
			}
			jobs = append(jobs, job{c.Name, f})
		}
	}
	r.strangers(there, known, folders)
	// The largest first, so that no core is left with it at the end.
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(b.file.Size, a.file.Size) })
	return jobs
}

// places returns where a component's files may be; nil when it is not known here.
func (r *review) places(name string) []ports.Place {
	for _, c := range r.service.components {
		if c.Describe().Name == name {
			return c.Places()
		}
	}
	return nil
}

func placed(file string, places []ports.Place) bool {
	return places == nil || slices.ContainsFunc(places, func(p ports.Place) bool {
		return p.Captured != "" && (p.Captured == file || p.Folder && strings.HasPrefix(file, p.Captured+"/"))
	})
}

// look tells whether a listed file is there as a file of the right size.
func (r *review) look(f domain.FileEntry, found map[string]fs.FileInfo) bool {
	info, ok := found[f.Path]
	switch {
	case !ok:
		r.fault(domain.Fault{Kind: domain.FaultMissing, File: f.Path, Expected: "a file of " + bytesText(f.Size), Found: "nothing"})
	case !info.Mode().IsRegular():
		r.fault(domain.Fault{Kind: domain.FaultType, File: f.Path, Expected: "a file", Found: typeText(info.Mode())})
	case info.Size() != f.Size:
		r.fault(domain.Fault{Kind: domain.FaultSize, File: f.Path, Expected: bytesText(f.Size), Found: bytesText(info.Size())})
	default:
		return true
	}
	return false
}

// strangers reports what is there and not listed. Of a folder that does not belong
// only the folder is named.
func (r *review) strangers(there []entry, known, folders map[string]bool) {
	skip := ""
	for _, e := range there {
		if skip != "" && strings.HasPrefix(e.path, skip) {
			continue
		}
		switch {
		case known[e.path]:
			continue // its type has been looked at
		case folders[e.path] && e.info.IsDir():
			continue
		case folders[e.path]:
			r.fault(domain.Fault{Kind: domain.FaultType, File: e.path, Expected: "a folder", Found: typeText(e.info.Mode())})
		default:
			r.fault(domain.Fault{Kind: domain.FaultExtra, File: e.path, Expected: "nothing", Found: typeText(e.info.Mode())})
			if e.info.IsDir() {
				skip = e.path + "/"
			}
		}
	}
}

func (r *review) hash(ctx context.Context, j job, total int64, report func(domain.CopyProgress)) error {
	size, sum, err := r.service.disk.Hash(ctx, filepath.Join(r.in.Dir, filepath.FromSlash(j.file.Path)), func(n int64) {
		if report == nil {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.done += n
		report(domain.CopyProgress{Stage: "validate", Done: r.done, Total: total})
	})
	f := domain.Fault{File: j.file.Path}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		f.Kind, f.Expected, f.Found = domain.FaultIO, "a readable file", err.Error()
	case size != j.file.Size:
		f.Kind, f.Expected, f.Found = domain.FaultSize, bytesText(j.file.Size), bytesText(size)
	case sum != j.file.SHA256:
		f.Kind, f.Expected, f.Found = domain.FaultHash, "SHA-256 "+j.file.SHA256, sum
	default:
		return nil
	}
	r.fault(f)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spoilt[j.component] = true
	return nil
}

func bytesText(n int64) string { return strconv.FormatInt(n, 10) + " bytes" }

func typeText(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "a file"
	case m.IsDir():
		return "a folder"
	case m&fs.ModeSymlink != 0:
		return "a link"
	}
	return "a device, pipe or socket"
}
