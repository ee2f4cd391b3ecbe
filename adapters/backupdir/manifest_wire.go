package backupdir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/atocore/atocore/domain"
)

// The manifest as it is written. Fields are only ever added, together with a new
// format version; docs/backup-format.md explains each.
type (
	manifestWire struct {
		Format        int             `json:"format"`
		Stamp         string          `json:"stamp"`
		Kind          string          `json:"kind"`
		CreatedAt     string          `json:"created_at"`
		AppVersion    string          `json:"app_version"`
		SchemaVersion int64           `json:"schema_version"`
		Embedding     *embeddingWire  `json:"embedding"`
		Components    []componentWire `json:"components"`
	}
	embeddingWire struct {
		Name      string `json:"name"`
		Dimension int    `json:"dimension"`
	}
	componentWire struct {
		Name      string     `json:"name"`
		Dir       string     `json:"dir"`
		Derived   bool       `json:"derived"`
		Included  bool       `json:"included"`
		Reason    string     `json:"reason,omitempty"`
		FileCount int        `json:"file_count"`
		Bytes     int64      `json:"bytes"`
		Files     []fileWire `json:"files"`
		Facts     factsWire  `json:"facts"`
	}
	fileWire struct {
		Path   string `json:"path"`
		Mode   string `json:"mode"`
		Size   int64  `json:"size"`
		SHA256 string `json:"sha256"`
	}
	factsWire struct {
		SchemaVersion int64          `json:"schema_version,omitempty"`
		Embedding     *embeddingWire `json:"embedding,omitempty"`
		Tables        []tableWire    `json:"tables,omitempty"`
		Vectors       *setWire       `json:"vectors,omitempty"`
	}
	tableWire struct {
		Name   string `json:"name"`
		Rows   int64  `json:"rows"`
		Digest string `json:"digest"`
	}
	setWire struct {
		Count  int64  `json:"count"`
		Digest string `json:"digest"`
	}
)

// encodeManifest returns the bytes of metadata.json.
func encodeManifest(m domain.Manifest) ([]byte, error) {
	w := manifestWire{
		Format: m.Format, Stamp: string(m.Stamp), Kind: string(m.Kind),
		CreatedAt: m.CreatedAt.UTC().Format(time.RFC3339Nano), AppVersion: m.AppVersion,
		SchemaVersion: m.SchemaVersion, Components: []componentWire{},
	}
	if m.Embedding != (domain.EmbeddingModel{}) {
		w.Embedding = &embeddingWire{m.Embedding.Name, m.Embedding.Dimension}
	}
	for _, c := range m.Components {
		cw := componentWire{
			Name: c.Name, Dir: c.Dir, Derived: c.Derived, Included: c.Included, Reason: c.Reason,
			FileCount: len(c.Files), Bytes: c.Bytes(), Files: []fileWire{},
			Facts: factsWire{SchemaVersion: c.Facts.Schema},
		}
		for _, f := range c.Files {
			cw.Files = append(cw.Files, fileWire{f.Path, fmt.Sprintf("%04o", f.Mode), f.Size, f.SHA256})
		}
		if e := c.Facts.Embedding; e != nil {
			cw.Facts.Embedding = &embeddingWire{e.Name, e.Dimension}
		}
		for _, t := range c.Facts.Tables {
			cw.Facts.Tables = append(cw.Facts.Tables, tableWire(t))
		}
		if v := c.Facts.Vectors; v != nil {
			cw.Facts.Vectors = &setWire{v.Count, v.Digest}
		}
		w.Components = append(w.Components, cw)
	}
	return marshal(w)
}

// marshal writes JSON for people: indented, and without HTML's escapes.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// manifest turns the wire form into the noun. What cannot be turned is a fault.
func (w manifestWire) manifest(fault func(kind domain.FaultKind, want, found string)) domain.Manifest {
	m := domain.Manifest{
		Format: w.Format, Stamp: domain.Stamp(w.Stamp), Kind: domain.BackupKind(w.Kind),
		AppVersion: w.AppVersion, SchemaVersion: w.SchemaVersion,
	}
	at, err := time.Parse(time.RFC3339Nano, w.CreatedAt)
	if err != nil {
		fault(domain.FaultManifest, "a moment in created_at", strconv.Quote(w.CreatedAt))
	}
	m.CreatedAt = at.UTC()
	if w.Embedding != nil {
		m.Embedding = domain.EmbeddingModel{Name: w.Embedding.Name, Dimension: w.Embedding.Dimension}
	}
	for _, cw := range w.Components {
		c := domain.ComponentEntry{
			Name: cw.Name, Dir: cw.Dir, Derived: cw.Derived, Included: cw.Included, Reason: cw.Reason,
			Facts: domain.ComponentFacts{Schema: cw.Facts.SchemaVersion},
		}
		for _, fw := range cw.Files {
			mode, err := strconv.ParseUint(fw.Mode, 8, 32)
			if err != nil || mode > 0o777 {
				fault(domain.FaultManifest, "octal permission bits as mode of "+strconv.Quote(fw.Path), strconv.Quote(fw.Mode))
			}
			c.Files = append(c.Files, domain.FileEntry{Path: fw.Path, Mode: uint32(mode), Size: fw.Size, SHA256: fw.SHA256})
		}
		if e := cw.Facts.Embedding; e != nil {
			c.Facts.Embedding = &domain.EmbeddingModel{Name: e.Name, Dimension: e.Dimension}
		}
		for _, t := range cw.Facts.Tables {
			c.Facts.Tables = append(c.Facts.Tables, domain.TableDigest(t))
		}
		if v := cw.Facts.Vectors; v != nil {
			c.Facts.Vectors = &domain.SetDigest{Count: v.Count, Digest: v.Digest}
		}
		if n := len(cw.Files); n != cw.FileCount {
			fault(domain.FaultManifest, fmt.Sprintf("%d files of component %s", cw.FileCount, cw.Name), fmt.Sprintf("%d listed", n))
		}
		if n := c.Bytes(); n != cw.Bytes {
			fault(domain.FaultManifest, fmt.Sprintf("%d bytes in component %s", cw.Bytes, cw.Name), fmt.Sprintf("%d listed", n))
		}
		m.Components = append(m.Components, c)
	}
	return m
}
