package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// SourceFile is a file seen by SourceTree.Walk.
type SourceFile struct {
	Path  string           // relative to the root, with forward slashes
	State domain.FileState // without Hash
}

// SourceTree reads the folders of projects. It never writes to them.
type SourceTree interface {
	// Walk calls file for every regular file below root that no rule excludes, in
	// path order, and skip for what it passes over. Links are followed as far as
	// they stay inside the root, each target once. Ignore rules are those of
	// .gitignore and .atocoreignore files, from the root downwards. An error of
	// either callback ends the walk and is returned. A root that is missing or
	// cannot be read is KindUnavailable.
	Walk(ctx context.Context, root string, file func(SourceFile) error, skip func(domain.SkippedFile) error) error
	// Read returns the content of a file of at most limit bytes and its state at
	// that moment, Hash included. skip is set instead when the file must be passed
	// over: larger than limit, binary, not UTF-8, not readable, vanished.
	Read(ctx context.Context, root, path string, limit int64) (content []byte, state domain.FileState, skip *domain.SkippedFile, err error)
}

// Parser cuts a document's text into blocks.
type Parser interface {
	// Parse returns the document's title ("" when it has none) and its blocks in
	// order. Blocks cover every line that holds anything but white space, do not
	// overlap, and begin and end at line ends. Any valid UTF-8 is accepted.
	Parse(path string, content []byte) (title string, blocks []domain.Block)
}
