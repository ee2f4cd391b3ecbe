package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/atocore/atocore/domain"
)

// recordColumn is what must be known of a column to read its value from a record.
type recordColumn struct {
	rowid bool // it is the row's number, which the record does not hold
	real  bool // whole numbers in it are kept as integers
}

var errShort = errors.New("it is cut short")

// appendRecord appends the encoding of a row's values.
func appendRecord(b, record []byte, rowid int64, columns []recordColumn) ([]byte, error) {
	size, n := varint(record)
	if n == 0 || size > uint64(len(record)) || size < uint64(n) {
		return b, errShort
	}
	types, body := record[n:size], record[size:]
	for _, c := range columns {
		if len(types) == 0 {
			return b, errUnusual // the column was added later: its default is not here
		}
		kind, n := varint(types)
		if n == 0 {
			return b, errShort
		}
		types = types[n:]
		length := lengthOf(kind)
		if length > uint64(len(body)) {
			return b, errShort
		}
		value := body[:length]
		body = body[length:]
		switch {
		case c.rowid:
			b = domain.AppendInteger(b, rowid)
		case kind == 0:
			b = domain.AppendNull(b)
		case kind == 7:
			b = domain.AppendReal(b, math.Float64frombits(binary.BigEndian.Uint64(value)))
		case kind < 10 && c.real:
			b = domain.AppendReal(b, float64(integerOf(kind, value)))
		case kind < 10:
			b = domain.AppendInteger(b, integerOf(kind, value))
		case kind < 12:
			return b, fmt.Errorf("a value of kind %d", kind)
		case kind%2 == 0:
			b = domain.AppendBlob(b, value)
		default:
			b = domain.AppendText(b, value)
		}
	}
	if len(types) > 0 {
		return b, errUnusual // a column that the schema does not tell of
	}
	return b, nil
}

// lengthOf returns how many bytes a value of that kind takes.
func lengthOf(kind uint64) uint64 {
	if kind >= 12 {
		return (kind - 12) / 2
	}
	return [...]uint64{0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0}[kind]
}

func integerOf(kind uint64, value []byte) int64 {
	if kind == 9 {
		return 1
	}
	var v int64
	for i, c := range value {
		if i == 0 {
			v = int64(int8(c)) // the sign
			continue
		}
		v = v<<8 | int64(c)
	}
	return v
}

// varint reads SQLite's number of variable length; n is 0 when it is cut short.
func varint(b []byte) (v uint64, n int) {
	for i, c := range b[:min(len(b), 9)] {
		if i == 8 {
			return v<<8 | uint64(c), 9
		}
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
