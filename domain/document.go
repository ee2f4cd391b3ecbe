package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// DocumentKey names a document: a file of a project. Its path is relative to the
// ingest root that carries the label, with forward slashes.
type DocumentKey struct {
	Project string
	Root    string // label of the ingest root
	Path    string
}

// FileState is what is remembered about a file in order to see, at the cost of a
// stat, that it has not changed.
type FileState struct {
	Size    int64
	ModTime time.Time
	Hash    string // SHA-256 of the content, hexadecimal
}

// Document is an ingested file.
type Document struct {
	DocumentKey
	FileState
	Title      string // from its first heading or its file name
	IngestedAt time.Time
}

// With returns the document with what it is cut into.
func (d Document) With(chunks []Chunk) ChunkedDocument { return ChunkedDocument{d, chunks} }

// ChunkedDocument is a document with its chunks, as it is stored.
type ChunkedDocument struct {
	Document
	Chunks []Chunk
}

// Chunk is a run of whole lines of a document: what is indexed, found and cited.
// Only a line longer than the largest chunk is cut within, and then its pieces
// carry the same line number.
type Chunk struct {
	ID        string // stable while the document's path and the chunk's text are: see ChunkID
	Seq       int    // position in the document, from 0
	Heading   string // path of headings above it, joined by " > "
	StartLine int    // from 1, inclusive
	EndLine   int    // inclusive
	Content   string // the text of those lines, verbatim
	Text      string // what is searched when it differs from Content (markup removed), otherwise ""
	Vector    []float32
}

// Searchable returns the text that is indexed for the chunk.
func (c Chunk) Searchable() string {
	if c.Text != "" {
		return c.Text
	}
	return c.Content
}

// ChunkID returns the id of a chunk: the same for the same text at the same
// occurrence (from 0, counted among equal texts) in the same document, wherever
// and whenever it is computed. 32 hexadecimal digits.
func ChunkID(key DocumentKey, content string, occurrence int) string {
	h := sha256.New()
	for _, part := range []string{key.Project, key.Root, key.Path, content, strconv.Itoa(occurrence)} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Block is a run of whole lines of a document that belong together: a heading, a
// paragraph, a list item, a table, a fenced block of code.
type Block struct {
	StartLine int    // from 1
	EndLine   int    // inclusive
	Heading   string // path of headings above it, its own included, joined by " > "
	Level     int    // 1 to 6 for a heading, otherwise 0
	Atomic    bool   // not to be split where it fits into one chunk (code, tables)
	Text      string // what is searched instead of the lines (markup removed), or ""
}

// StoreCounts is how much a store holds of one project.
type StoreCounts struct {
	Documents int
	Chunks    int
	Memories  int
}
