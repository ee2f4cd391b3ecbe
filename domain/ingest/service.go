// Package ingest is the use case of keeping the documents of a project fresh: it
// walks the ingest roots, reads what changed since it was last here, cuts it into
// chunks, has them embedded and stores them, a batch of whole files a transaction,
// and removes what vanished. A refresh that ends early, however it ends, leaves
// whole documents only, and the next one carries on.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// DefaultMaxFileSize is the size in bytes above which files are skipped.
const DefaultMaxFileSize = 2 << 20

// Config is what the service works with. Every port is needed.
type Config struct {
	Registry  ports.ProjectRegistry
	Source    ports.SourceTree
	Parser    ports.Parser
	Embedder  ports.Embedder
	Documents ports.DocumentStore
	Gate      ports.Gate
	Clock     ports.Clock

	MaxFileSize int64    // bytes; larger files are skipped; 0 means DefaultMaxFileSize
	Chunking    Chunking // how documents are cut
	Workers     int      // files that are read and embedded at the same time; 0 means one a processor
}

// Service ingests. It is safe for concurrent use; the gate lets one refresh at a
// time through, of all processes.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service {
	if c.MaxFileSize <= 0 {
		c.MaxFileSize = DefaultMaxFileSize
	}
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	return &Service{c}
}

// Refresh brings the documents of a project, given by name or alias, up to date.
// report is told what is looked at, one call at a time, and may be nil. An unknown
// project is KindNotFound, with the nearest names; an ingestion or cold copy that
// is under way is KindConflict. A root that cannot be read is no error: it is
// reported as skipped, and its documents are kept. With an error, the result tells
// what was done before it.
func (s *Service) Refresh(ctx context.Context, project string, report func(domain.RefreshProgress)) (result domain.RefreshResult, err error) {
	if _, err := s.find(ctx, project); err != nil {
		return domain.RefreshResult{}, err
	}
	err = s.alone(ctx, func() error {
		p, err := s.find(ctx, project) // as it is now that nobody else ingests
		if err != nil {
			return err
		}
		result, err = s.refresh(ctx, p, report)
		return err
	})
	return result, err
}

// RefreshAll refreshes every project, in order of name. What fails in one does not
// keep the others from being refreshed; the errors are joined.
func (s *Service) RefreshAll(ctx context.Context, report func(project string, p domain.RefreshProgress)) (results []domain.RefreshResult, err error) {
	err = s.alone(ctx, func() error {
		projects, err := s.Registry.List(ctx)
		if err != nil {
			return fmt.Errorf("list projects: %w", err)
		}
		var failed []error
		for _, p := range projects {
			result, err := s.refresh(ctx, p, func(progress domain.RefreshProgress) {
				if report != nil {
					report(p.Name, progress)
				}
			})
			if err != nil {
				failed = append(failed, err)
			} else {
				results = append(results, result)
			}
			if ctx.Err() != nil {
				break
			}
		}
		return errors.Join(failed...)
	})
	return results, err
}

func (s *Service) find(ctx context.Context, name string) (domain.Project, error) {
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return domain.Project{}, fmt.Errorf("list projects: %w", err)
	}
	return domain.FindProject(projects, name)
}

// alone runs what while nobody else ingests.
func (s *Service) alone(ctx context.Context, what func() error) (err error) {
	release, err := s.Gate.Ingestion(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if failed := release(); failed != nil {
			err = errors.Join(err, fmt.Errorf("leave the ingestion gate: %w", failed))
		}
	}()
	return what()
}

func (s *Service) refresh(ctx context.Context, p domain.Project, report func(domain.RefreshProgress)) (domain.RefreshResult, error) {
	result := domain.RefreshResult{Project: p.Name}
	for _, root := range p.IngestRoots {
		one, err := s.refreshRoot(ctx, p.Name, root, report)
		result.Roots = append(result.Roots, one)
		if err != nil {
			result.SumUp()
			return result, fmt.Errorf("refresh %s of %s: %w", root.Label, p.Name, err)
		}
	}
	dropped, err := s.dropRoots(ctx, p)
	result.Dropped = dropped
	result.SumUp()
	if err != nil {
		return result, fmt.Errorf("refresh %s: %w", p.Name, err)
	}
	return result, nil
}

// dropRoots removes the documents of roots that the project no longer has.
func (s *Service) dropRoots(ctx context.Context, p domain.Project) (int, error) {
	labels, err := s.Documents.Roots(ctx, p.Name)
	if err != nil {
		return 0, err
	}
	configured := map[string]bool{}
	for _, root := range p.IngestRoots {
		configured[root.Label] = true
	}
	dropped := 0
	for _, label := range labels {
		if configured[label] {
			continue
		}
		files, err := s.Documents.Files(ctx, p.Name, label)
		if err != nil {
			return dropped, err
		}
		n, err := s.remove(ctx, p.Name, label, files)
		dropped += n
		if err != nil {
			return dropped, err
		}
	}
	return dropped, nil
}
