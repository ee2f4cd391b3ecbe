package portfake

import (
	"context"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Foreign is ports.ForeignReader that reads the same from every path. The zero value
// reads nothing.
type Foreign struct {
	Items []domain.ForeignItem
	Skips []domain.Skip
	// Missing makes every path one that is not there.
	Missing bool
}

var _ ports.ForeignReader = (*Foreign)(nil)

// Read implements ports.ForeignReader.
func (f *Foreign) Read(ctx context.Context, format domain.ForeignFormat, path string, each func(domain.ForeignItem) error, skip func(domain.Skip)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := domain.ParseForeignFormat(string(format)); err != nil {
		return err
	}
	if f.Missing {
		return domain.NotFound("there is no file or folder %s", path).WithField("file")
	}
	for _, s := range f.Skips {
		skip(s)
	}
	for _, i := range f.Items {
		if err := each(i); err != nil {
			return err
		}
	}
	return nil
}
