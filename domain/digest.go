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
func (s *RowSum) Add(row []byte) { s.AddHash(sha256.Sum256(row)) }

// AddHash adds a row whose SHA-256 is known.
func (s *RowSum) AddHash(h [sha256.Size]byte) {
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
		return AppendNull(b), nil
	case int64:
		return AppendInteger(b, v), nil
	case float64:
		return AppendReal(b, v), nil
	case string:
		return appendSized(b, 't', v), nil
	case []byte:
		return AppendBlob(b, v), nil
	}
	return nil, fmt.Errorf("a value of type %T has no encoding", v)
}

// AppendNull appends no value.
func AppendNull(b []byte) []byte { return append(b, 'n') }

// AppendInteger appends an integer.
func AppendInteger(b []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v))
}

// AppendReal appends a floating-point number.
func AppendReal(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, 'r'), math.Float64bits(v))
}

// AppendText appends a text, given as its bytes.
func AppendText(b, v []byte) []byte { return appendSized(b, 't', v) }

// AppendBlob appends bytes.
func AppendBlob(b, v []byte) []byte { return appendSized(b, 'b', v) }

func appendSized[T string | []byte](b []byte, kind byte, v T) []byte {
	return append(binary.BigEndian.AppendUint64(append(b, kind), uint64(len(v))), v...)
}
