package project

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/atocore/atocore/domain"
)

// RemoveOptions says what goes with a project.
type RemoveOptions struct {
	DeleteMemories bool // delete its memories, too; their history stays
}

// Remove takes a project out of the registry with its ingested documents, and
// returns what was removed. The folders themselves are never touched. A project
// that has memories is KindConflict unless they are to be deleted. The registration
// goes last: a removal that is cut short leaves a project whose next refresh, or
// removal, puts things right, and no documents that belong to nobody.
func (s *Service) Remove(ctx context.Context, name string, o RemoveOptions) (removed domain.StoreCounts, err error) {
	p, err := s.Get(ctx, name)
	if err != nil {
		return domain.StoreCounts{}, err
	}
	release, err := s.Gate.Ingestion(ctx) // a refresh would store again what is removed here
	if err != nil {
		return domain.StoreCounts{}, err
	}
	defer func() {
		if failed := release(); failed != nil {
			err = errors.Join(err, fmt.Errorf("leave the ingestion gate: %w", failed))
		}
	}()
	before, err := s.counts(ctx, p.Name)
	if err != nil {
		return domain.StoreCounts{}, err
	}
	if before.Memories > 0 && !o.DeleteMemories {
		return domain.StoreCounts{}, domain.Conflict("project %q has %d memories", p.Name, before.Memories).
			WithHint("move them to another project, or have them deleted with the project")
	}
	if err := s.removeDocuments(ctx, p.Name); err != nil {
		return domain.StoreCounts{}, fmt.Errorf("remove the documents of %s: %w", p.Name, err)
	}
	if before.Memories > 0 {
		if removed.Memories, err = s.deleteMemories(ctx, p.Name); err != nil {
			return removed, fmt.Errorf("delete the memories of %s: %w", p.Name, err)
		}
	}
	err = s.Registry.Update(ctx, func(all []domain.Project) ([]domain.Project, error) {
		now, err := s.counts(ctx, p.Name)
		if err != nil {
			return nil, err
		}
		if now.Memories > 0 {
			return nil, domain.Conflict("project %q got %d memories while it was removed", p.Name, now.Memories).
				WithHint("remove it again")
		}
		return slices.DeleteFunc(all, func(q domain.Project) bool { return q.Name == p.Name }), nil
	})
	if err != nil {
		return removed, fmt.Errorf("remove project: %w", err)
	}
	removed.Documents, removed.Chunks = before.Documents, before.Chunks
	return removed, nil
}

func (s *Service) counts(ctx context.Context, project string) (domain.StoreCounts, error) {
	all, err := s.Documents.Counts(ctx)
	if err != nil {
		return domain.StoreCounts{}, fmt.Errorf("count: %w", err)
	}
	return all[project], nil
}

func (s *Service) removeDocuments(ctx context.Context, project string) error {
	labels, err := s.Documents.Roots(ctx, project)
	if err != nil {
		return err
	}
	for _, label := range labels {
		files, err := s.Documents.Files(ctx, project, label)
		if err != nil {
			return err
		}
		var keys []domain.DocumentKey
		for _, path := range slices.Sorted(maps.Keys(files)) {
			keys = append(keys, domain.DocumentKey{Project: project, Root: label, Path: path})
		}
		if err := s.Documents.Remove(ctx, keys); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) deleteMemories(ctx context.Context, project string) (int, error) {
	deleted := 0
	for {
		page, err := s.Memories.List(ctx, domain.MemoryFilter{Project: &project, Limit: domain.MaxPageSize})
		if err != nil {
			return deleted, err
		}
		for _, m := range page.Memories {
			err := s.Memories.Delete(ctx, m.ID, s.Clock.Now())
			if err != nil && domain.KindOf(err) != domain.KindNotFound {
				return deleted, err
			}
			if err == nil {
				deleted++
			}
		}
		if page.NextCursor == "" {
			return deleted, nil
		}
	}
}
