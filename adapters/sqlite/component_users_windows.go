package sqlite

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/windows"

	"github.com/atocore/atocore/domain"
)

// Users tells whether any process has the database open: Windows then refuses to
// open it without sharing. It does not say which. It must not be called while
// this process has the database open.
func (c *Component) Users(context.Context) ([]domain.Holder, error) {
	for _, p := range c.Places() {
		name, err := windows.UTF16PtrFromString(p.Live)
		if err != nil {
			return nil, fmt.Errorf("look for users of %s: %w", p.Live, err)
		}
		h, err := windows.CreateFile(name, windows.GENERIC_READ, 0, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
		switch {
		case err == nil:
			if err := windows.CloseHandle(h); err != nil {
				return nil, fmt.Errorf("look for users of %s: %w", p.Live, err)
			}
		case errors.Is(err, windows.ERROR_FILE_NOT_FOUND), errors.Is(err, windows.ERROR_PATH_NOT_FOUND):
		case errors.Is(err, windows.ERROR_SHARING_VIOLATION):
			return []domain.Holder{{What: p.Live}}, nil
		default:
			return nil, fmt.Errorf("look for users of %s: %w", p.Live, err)
		}
	}
	return nil, nil
}
