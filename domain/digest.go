package domain

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
)

// RowSum identifies a set of rows whatever their order: the SHA-256 of the rows'
// encodings, taken as big-endian numbers and added up modulo 2^256. A row that
// occurs twice counts twice. The zero value is the sum of no rows.
//
// Manifests of every age hold such sums, so neither this nor AppendValue may ever
// give another result; docs/backup-format.md describes both for other readers.
type RowSum struct {
	sum  [4]uint64 // most significant first
	rows int64
}

// Add adds one encoded row.
func (s *RowSum) Add(row []byte) {
	h := sha256.Sum256(row)
	s.Plus(RowSum{sum: [4]uint64{
		binary.BigEndian.Uint64(h[0:]), binary.BigEndian.Uint64(h[8:]),
		binary.BigEndian.Uint64(h[16:]), binary.BigEndian.Uint64(h[24:]),
	}, rows: 1})
}

// Plus adds the rows of another sum.
func (s *RowSum) Plus(o RowSum) {
	var carry uint64
	for i := 3; i >= 0; i-- {
		s.sum[i], carry = bits.Add64(s.sum[i], o.sum[i], carry)
	}
	s.rows += o.rows
}

// Rows returns how many rows were added.
func (s RowSum) Rows() int64 { return s.rows }

// String returns the sum as 64 hexadecimal digits.
func (s RowSum) String() string {
	var b [32]byte
	for i, w := range s.sum {
		binary.BigEndian.PutUint64(b[8*i:], w)
	}
	return hex.EncodeToString(b[:])
}

// AppendValue appends the encoding of one value of a row: a letter for its kind,
// then its content. Values are nil, int64, float64, string or []byte; any other
// is an error.
func AppendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, 'n'), nil
	case int64:
		return binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v)), nil
	case float64:
		return binary.BigEndian.AppendUint64(append(b, 'r'), math.Float64bits(v)), nil
	case string:
		return append(binary.BigEndian.AppendUint64(append(b, 't'), uint64(len(v))), v...), nil
	case []byte:
		return append(binary.BigEndian.AppendUint64(append(b, 'b'), uint64(len(v))), v...), nil
	}
	return nil, fmt.Errorf("a value of type %T has no encoding", v)
}
