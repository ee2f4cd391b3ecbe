package osdisk

import (
	"path/filepath"

	"github.com/atocore/atocore/domain"
)

// writeError turns the system's ways of saying that a disk is full into one error
// that an operator understands; other errors pass unchanged. need is how many
// bytes were still to be written, 0 when that is not known.
func (Disk) writeError(path string, need int64, err error) error {
	if err == nil || !isFull(err) {
		return err
	}
	full := domain.Unavailable("disk is full: could not write %s", path).Because(err).
		WithHint("make room on the disk that holds %s, or choose another one, and try again", filepath.Dir(path))
	if room, _, ferr := free(filepath.Dir(path)); ferr == nil && need > room {
		full = full.WithHint("%d bytes are missing on the disk that holds %s: make room, or choose another disk, and try again",
			need-room, filepath.Dir(path))
	}
	return full
}
