package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// ForeignReader reads what other memory systems keep or export.
type ForeignReader interface {
	// Read hands over everything in the file or folder at path, in an order that is
	// the same for the same content. What it cannot make sense of, it tells skip, and
	// goes on. A path that is not there is KindNotFound; what is not in the format at
	// all is KindInvalid. Keys, contents and sources are valid UTF-8 without NUL
	// characters. Memory is bounded by the largest conversation or note, not by the
	// source. An error of each is returned.
	Read(ctx context.Context, format domain.ForeignFormat, path string, each func(domain.ForeignItem) error, skip func(domain.Skip)) error
}
