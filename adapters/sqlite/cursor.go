package sqlite

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/atocore/atocore/domain"
)

// cursor is the place in a list after which the next page begins: the last memory
// of the page before. It stays right whatever is added or removed meanwhile.
type cursor struct {
	createdAt int64
	id        string
}

const (
	cursorVersion = 1
	cursorSum     = 4 // bytes of checksum, against typing errors and invention
)

// String returns the opaque form: version, creation time, id and checksum.
func (c cursor) String() string {
	b := append([]byte{cursorVersion}, binary.BigEndian.AppendUint64(nil, uint64(c.createdAt))...)
	b = append(b, c.id...)
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(append(b, sum[:cursorSum]...))
}

func parseCursor(s string) (cursor, error) {
	bad := domain.Invalid("the cursor is not one that a list returned").WithField("cursor").
		WithHint("pass next_cursor of the page before as it is, or leave it out for the first page")
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) <= 1+8+cursorSum || b[0] != cursorVersion {
		return cursor{}, bad
	}
	body, sum := b[:len(b)-cursorSum], b[len(b)-cursorSum:]
	if want := sha256.Sum256(body); string(want[:cursorSum]) != string(sum) {
		return cursor{}, bad
	}
	return cursor{createdAt: int64(binary.BigEndian.Uint64(body[1:9])), id: string(body[9:])}, nil
}
