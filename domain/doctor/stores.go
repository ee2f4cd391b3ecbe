package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// stores returns when something in the database was last changed; zero when that
// is not known.
func (s *Service) stores(ctx context.Context, e *examination, projects []domain.Project, readable bool) (newest time.Time) {
	const subject = "database"
	on, err := s.Open(ctx)
	if err != nil {
		if domain.KindOf(err) == domain.KindNotFound {
			e.add(domain.SeverityWarning, subject, "there is none yet", "begin with: atocore project add NAME FOLDER")
			return newest
		}
		e.failed(domain.SeverityFault, subject, err, restoreIt)
		return newest
	}
	defer func() {
		if err := on.Close(); err != nil {
			e.failed(domain.SeverityFault, subject, err, "look at the disk")
		}
	}()
	damage, err := on.Inspect(ctx)
	if err != nil {
		e.failed(domain.SeverityFault, subject, err, restoreIt)
		return newest
	}
	for _, d := range damage {
		e.add(domain.SeverityFault, subject, d, restoreIt)
	}
	if !s.version(ctx, e, on) {
		if len(damage) == 0 {
			e.ok(subject, "whole")
		}
		return newest // what the schema lacks cannot be asked for
	}
	counts, err := on.Documents.Counts(ctx)
	if err != nil {
		e.failed(domain.SeverityFault, subject, err, restoreIt)
		return newest
	}
	var all domain.StoreCounts
	for _, c := range counts {
		all.Documents += c.Documents
		all.Chunks += c.Chunks
		all.Memories += c.Memories
	}
	if len(damage) == 0 {
		e.ok(subject, "whole: %d documents, %d chunks, %d memories", all.Documents, all.Chunks, all.Memories)
	}
	if readable {
		strays(e, projects, counts)
	}
	s.index(ctx, e, on)
	if on.Newest != nil {
		if newest, err = on.Newest(ctx); err != nil {
			e.failed(domain.SeverityFault, subject, err, restoreIt)
		}
	}
	return newest
}

// version tells whether the database has the schema that the program asks.
func (s *Service) version(ctx context.Context, e *examination, on Stores) bool {
	const subject = "version"
	if s.Schema == 0 || on.Schema == nil {
		return true
	}
	v, err := on.Schema(ctx)
	if err != nil {
		e.failed(domain.SeverityFault, subject, err, restoreIt)
		return false
	}
	if v < s.Schema {
		e.add(domain.SeverityWarning, subject,
			fmt.Sprintf("the database has schema %d, and atocore %s brings it to %d when it opens it: an older atocore then cannot go back", v, s.Version, s.Schema),
			"make a backup first: atocore backup create; then run any command, such as: atocore project list")
		return false
	}
	e.ok(subject, "atocore %s, schema %d", s.Version, v)
	return true
}

func (s *Service) index(ctx context.Context, e *examination, on Stores) {
	const subject = "vector index"
	const rebuild = "make them: atocore index rebuild"
	if on.Index == nil {
		return
	}
	i, err := on.Index(ctx)
	switch {
	case err != nil:
		e.failed(domain.SeverityFault, subject, err, rebuild)
	case i.Elsewhere:
		s.indexElsewhere(e, i)
	case !i.Usable:
		e.add(domain.SeverityFault, subject, fmt.Sprintf(
			"its vectors are those of the model %q (%d wide), and %q (%d wide) is configured: questions are answered by words alone or not at all",
			i.Stored.Name, i.Stored.Dimension, i.Configured.Name, i.Configured.Dimension),
			rebuild+", or configure the model that made them")
	case i.Missing > 0:
		e.add(domain.SeverityWarning, subject,
			fmt.Sprintf("%d texts have no vector and are found by their words alone", i.Missing), rebuild)
	default:
		e.ok(subject, "every text has its vector (%s)", i.Configured.Name)
	}
}

func (s *Service) indexElsewhere(e *examination, i Index) {
	const subject = "vector index"
	differs := i.Missing + i.Orphaned + i.Stale
	switch {
	case i.Problem != "":
		e.add(domain.SeverityWarning, subject, "questions are answered by words alone: "+i.Problem,
			"start the server, or correct the settings of chroma; the service goes on by itself once it answers")
	case differs > 0:
		e.add(domain.SeverityWarning, subject,
			fmt.Sprintf("it differs from the text: %d missing, %d orphaned, %d stale", i.Missing, i.Orphaned, i.Stale),
			"put it right: atocore index verify --repair")
	case i.Waiting > 0:
		e.add(domain.SeverityWarning, subject, fmt.Sprintf("indexing is behind by %d texts", i.Waiting),
			"run the service, or: atocore index status")
	default:
		e.ok(subject, "every text has its vector (%s) at %s", i.Configured.Name, i.Place)
	}
}
