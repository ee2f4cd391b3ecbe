package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/atocore/atocore/domain"
)

// This file reads the rows of a captured database from its pages, by SQLite's file
// format (https://www.sqlite.org/fileformat2.html), as SQLite's own machine does and
// at a fraction of its cost: validation sums up every row. What it does not know how
// to read it leaves to SQLite (errUnusual).

// errUnusual says that a row is not one that can be read from its record alone.
var errUnusual = errors.New("a row that only SQLite reads")

const (
	tableInterior, tableLeaf = 5, 13
	deepest                  = 20 // levels of a tree; SQLite allows no more
	blockSize                = 64 << 10
	blocksHeld               = 32
)

// pageFile reads the pages of a captured database. It is for one reader.
type pageFile struct {
	file     *os.File // shared by the readers
	pageSize int
	usable   int // bytes of a page that SQLite uses
	pages    uint32

	blocks [blocksHeld]struct {
		number int64 // plus one; 0 for none
		data   []byte
	}
	leaf    []byte // the page being read
	payload []byte
	row     []byte
}

// newPageFile reads the header.
func newPageFile(f *os.File) (*pageFile, error) {
	head := make([]byte, 100)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	p := &pageFile{file: f, pageSize: int(binary.BigEndian.Uint16(head[16:]))}
	if p.pageSize == 1 {
		p.pageSize = 65536
	}
	p.usable = p.pageSize - int(head[20])
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if p.pageSize < 512 || p.pageSize&(p.pageSize-1) != 0 || p.usable < 480 || info.Size()%int64(p.pageSize) != 0 {
		return nil, fmt.Errorf("pages of %d bytes in a file of %d", p.pageSize, info.Size())
	}
	p.pages = uint32(info.Size() / int64(p.pageSize))
	p.leaf = make([]byte, p.pageSize)
	return p, nil
}

// another returns a reader of the same file for another goroutine.
func (p *pageFile) another() *pageFile {
	return &pageFile{file: p.file, pageSize: p.pageSize, usable: p.usable, pages: p.pages, leaf: make([]byte, p.pageSize)}
}

// page returns a page, valid until the next call.
func (p *pageFile) page(n uint32) ([]byte, error) {
	if n < 1 || n > p.pages {
		return nil, fmt.Errorf("there is no page %d of %d", n, p.pages)
	}
	at := int64(n-1) * int64(p.pageSize)
	number := at/blockSize + 1
	b := &p.blocks[number%blocksHeld]
	if b.number != number {
		if b.data == nil {
			b.data = make([]byte, blockSize)
		}
		b.number = 0
		if _, err := p.file.ReadAt(b.data, (number-1)*blockSize); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		b.number = number
	}
	return b.data[at%blockSize:][:p.pageSize], nil
}

// leaves returns the pages that hold the rows of the table with that root, in order.
func (p *pageFile) leaves(root uint32) ([]uint32, error) {
	level, budget := []uint32{root}, p.pages
	for range deepest {
		var next []uint32
		for i, n := range level {
			if budget == 0 {
				return nil, errors.New("a tree with a circle")
			}
			budget--
			page, err := p.page(n)
			if err != nil {
				return nil, err
			}
			head := page
			if n == 1 {
				head = page[100:]
			}
			if head[0] == tableLeaf && len(next) == 0 {
				// The leaves of a tree are all on one level, and this one's first.
				return level, nil
			}
			if head[0] != tableInterior {
				return nil, fmt.Errorf("page %d, number %d of its level, is of kind %d", n, i, head[0])
			}
			cells := int(binary.BigEndian.Uint16(head[3:]))
			if 12+2*cells > len(head) {
				return nil, fmt.Errorf("page %d holds %d cells", n, cells)
			}
			for c := range cells {
				at := int(binary.BigEndian.Uint16(head[12+2*c:]))
				if at+4 > len(page) {
					return nil, fmt.Errorf("a cell beyond the end of page %d", n)
				}
				next = append(next, binary.BigEndian.Uint32(page[at:]))
			}
			next = append(next, binary.BigEndian.Uint32(head[8:]))
		}
		level = next
	}
	return nil, errors.New("a tree without leaves")
}

// sumLeaf adds up the rows of one leaf.
func (p *pageFile) sumLeaf(n uint32, columns []recordColumn, sum *domain.RowSum) error {
	page, err := p.page(n)
	if err != nil {
		return err
	}
	copy(p.leaf, page) // its place is needed for the pages that it goes on in
	head := p.leaf
	if n == 1 {
		head = head[100:]
	}
	if head[0] != tableLeaf {
		return fmt.Errorf("page %d is of kind %d, not a leaf", n, head[0])
	}
	cells := int(binary.BigEndian.Uint16(head[3:]))
	if 8+2*cells > len(head) {
		return fmt.Errorf("page %d holds %d cells", n, cells)
	}
	for c := range cells {
		at := int(binary.BigEndian.Uint16(head[8+2*c:]))
		if at >= p.usable {
			return fmt.Errorf("a cell beyond the end of page %d", n)
		}
		record, rowid, err := p.cell(p.leaf[at:p.usable])
		if err == nil {
			p.row, err = appendRecord(p.row[:0], record, rowid, columns)
		}
		if err != nil {
			return fmt.Errorf("row %d of page %d: %w", c, n, err)
		}
		sum.Add(p.row)
	}
	return nil
}

// cell returns the record of a row, put together from all its pages, and its number.
func (p *pageFile) cell(cell []byte) (record []byte, rowid int64, err error) {
	size, n := varint(cell)
	id, m := varint(cell[n:])
	if n == 0 || m == 0 {
		return nil, 0, errShort
	}
	cell = cell[n+m:]
	local := p.local(size)
	if size <= uint64(local) {
		if uint64(len(cell)) < size {
			return nil, 0, errShort
		}
		return cell[:size], int64(id), nil
	}
	if len(cell) < local+4 {
		return nil, 0, errShort
	}
	if size > uint64(p.pages)*uint64(p.pageSize) {
		return nil, 0, fmt.Errorf("a row of %d bytes", size)
	}
	p.payload = append(p.payload[:0], cell[:local]...)
	next := binary.BigEndian.Uint32(cell[local:])
	for uint64(len(p.payload)) < size {
		page, err := p.page(next)
		if err != nil {
			return nil, 0, err
		}
		take := min(uint64(p.usable-4), size-uint64(len(p.payload)))
		p.payload = append(p.payload, page[4:4+take]...)
		next = binary.BigEndian.Uint32(page)
	}
	return p.payload, int64(id), nil
}

// local returns how much of a payload of that size lies on the leaf itself.
func (p *pageFile) local(size uint64) int {
	most := p.usable - 35
	if size <= uint64(most) {
		return most
	}
	least := (p.usable-12)*32/255 - 23
	if k := least + int((size-uint64(least))%uint64(p.usable-4)); k <= most {
		return k
	}
	return least
}

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
