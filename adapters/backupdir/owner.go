package backupdir

import (
	"errors"
	"io/fs"

	"github.com/atocore/atocore/ports"
)

// inherit gives what was made at path the owner of like, so that a backup made by
// root stays readable to the service whose data it is. Where only root could do
// so, and this is not root, it stays with who made it.
func (s *Store) inherit(path, like string) error {
	owner, ok := s.disk.(ports.Owner)
	if !ok {
		return nil
	}
	if err := owner.Match(path, like); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
