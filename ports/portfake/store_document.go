package portfake

import (
	"context"
	"slices"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Documents is ports.DocumentStore over a Store.
type Documents struct{ s *Store }

var _ ports.DocumentStore = (*Documents)(nil)

// Files implements ports.DocumentStore.
func (d *Documents) Files(ctx context.Context, project, root string) (map[string]domain.FileState, error) {
	files := map[string]domain.FileState{}
	return files, d.s.do(ctx, "document.files", func() error {
		for key, doc := range d.s.documents {
			if key.Project == project && key.Root == root {
				files[key.Path] = doc.FileState
			}
		}
		return nil
	})
}

// Replace implements ports.DocumentStore.
func (d *Documents) Replace(ctx context.Context, docs ...domain.ChunkedDocument) error {
	return d.s.do(ctx, "document.replace", func() error {
		seen := map[string]bool{}
		for _, doc := range docs {
			for _, c := range doc.Chunks {
				if err := d.s.checkVector(c.Vector); err != nil {
					return err
				}
				if seen[c.ID] {
					return domain.Invalid("chunk %q of %s is given twice", c.ID, doc.Path)
				}
				seen[c.ID] = true
			}
		}
		for _, doc := range docs {
			d.replace(doc)
		}
		return nil
	})
}

func (d *Documents) replace(doc domain.ChunkedDocument) {
	d.remove(doc.DocumentKey)
	stored := storedDocument{Document: doc.Document, chunks: slices.Clone(doc.Chunks)}
	for i, c := range stored.chunks {
		if len(c.Vector) > 0 {
			d.s.vectors[c.ID] = domain.VectorRecord{
				ID: c.ID, Project: doc.Project, Kind: domain.PassageChunk, Vector: slices.Clone(c.Vector),
			}
		}
		stored.chunks[i].Vector = nil
	}
	d.s.documents[doc.DocumentKey] = stored
}

func (d *Documents) remove(key domain.DocumentKey) {
	for _, c := range d.s.documents[key].chunks {
		delete(d.s.vectors, c.ID)
	}
	delete(d.s.documents, key)
}

// Chunks returns the chunks of a document in order, without their vectors: for
// tests to look at.
func (d *Documents) Chunks(key domain.DocumentKey) []domain.Chunk {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	return slices.Clone(d.s.documents[key].chunks)
}

// Touch implements ports.DocumentStore.
func (d *Documents) Touch(ctx context.Context, key domain.DocumentKey, state domain.FileState) error {
	return d.s.do(ctx, "document.touch", func() error {
		doc, ok := d.s.documents[key]
		if !ok {
			return domain.NotFound("there is no document %s in root %q of project %q", key.Path, key.Root, key.Project)
		}
		doc.FileState = state
		d.s.documents[key] = doc
		return nil
	})
}

// Remove implements ports.DocumentStore.
func (d *Documents) Remove(ctx context.Context, keys []domain.DocumentKey) error {
	return d.s.do(ctx, "document.remove", func() error {
		for _, key := range keys {
			d.remove(key)
		}
		return nil
	})
}

// Roots implements ports.DocumentStore.
func (d *Documents) Roots(ctx context.Context, project string) ([]string, error) {
	roots := []string{}
	err := d.s.do(ctx, "document.roots", func() error {
		for key := range d.s.documents {
			if key.Project == project {
				roots = append(roots, key.Root)
			}
		}
		return nil
	})
	slices.Sort(roots)
	return slices.Compact(roots), err
}

// Counts implements ports.DocumentStore.
func (d *Documents) Counts(ctx context.Context) (map[string]domain.StoreCounts, error) {
	counts := map[string]domain.StoreCounts{}
	return counts, d.s.do(ctx, "document.counts", func() error {
		for key, doc := range d.s.documents {
			c := counts[key.Project]
			c.Documents++
			c.Chunks += len(doc.chunks)
			counts[key.Project] = c
		}
		for _, m := range d.s.memories {
			c := counts[m.Project]
			c.Memories++
			counts[m.Project] = c
		}
		return nil
	})
}
