package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/atocore/atocore/domain"
)

// This file reads tables and indexes from their pages, by SQLite's file format
// (https://www.sqlite.org/fileformat2.html), as SQLite's own machine does and at a
// fraction of its cost: a backup and its validation pass over every row. What it does
// not know how to read it leaves to SQLite (errUnusual).

// errUnusual says that a row is not one that can be read from its record alone.
var errUnusual = errors.New("a row that only SQLite reads")

const (
	indexInterior, tableInterior, indexLeaf, tableLeaf = 2, 5, 10, 13

	deepest    = 20       // levels of a tree; SQLite allows no more
	blockSize  = 64 << 10 // what a reader of a whole table reads at a time
	blocksHeld = 32
)

// pageReader reads the pages of a database. It is for one goroutine.
type pageReader struct {
	source   io.ReaderAt // of the database as one file; other readers may use it, too, unless it is a connection
	pageSize int
	usable   int // bytes of a page that SQLite uses
	pages    uint32
	perBlock int // pages that are read at a time

	blocks [blocksHeld]struct {
		number uint32 // plus one; 0 for none
		data   []byte
	}
	leaf    []byte // the page being read
	payload []byte
	row     []byte
}

// newPageReader reads the header of a database of that many bytes.
func newPageReader(source io.ReaderAt, size int64) (*pageReader, error) {
	head := make([]byte, 100)
	if _, err := source.ReadAt(head, 0); err != nil {
		return nil, err
	}
	p := &pageReader{source: source, pageSize: int(binary.BigEndian.Uint16(head[16:]))}
	if p.pageSize == 1 {
		p.pageSize = 65536
	}
	p.usable = p.pageSize - int(head[20])
	if p.pageSize < 512 || p.pageSize&(p.pageSize-1) != 0 || p.usable < 480 || size%int64(p.pageSize) != 0 {
		return nil, fmt.Errorf("pages of %d bytes in a database of %d", p.pageSize, size)
	}
	p.pages = uint32(size / int64(p.pageSize))
	p.perBlock = max(1, blockSize/p.pageSize)
	p.leaf = make([]byte, p.pageSize)
	return p, nil
}

// another returns a reader of the same file for another goroutine.
func (p *pageReader) another() *pageReader {
	return &pageReader{
		source: p.source, pageSize: p.pageSize, usable: p.usable, pages: p.pages, perBlock: p.perBlock,
		leaf: make([]byte, p.pageSize),
	}
}

// scattered returns a reader of the same database that reads page by page: for pages
// that lie far apart.
func (p *pageReader) scattered() *pageReader {
	q := p.another()
	q.perBlock = 1
	return q
}

// page returns a page, valid until the next call.
func (p *pageReader) page(n uint32) ([]byte, error) {
	if n < 1 || n > p.pages {
		return nil, fmt.Errorf("there is no page %d of %d", n, p.pages)
	}
	number := (n-1)/uint32(p.perBlock) + 1
	b := &p.blocks[number%blocksHeld]
	if b.number != number {
		if b.data == nil {
			b.data = make([]byte, p.perBlock*p.pageSize)
		}
		b.number = 0
		if _, err := p.source.ReadAt(b.data, int64(number-1)*int64(len(b.data))); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		b.number = number
	}
	at := int((n-1)%uint32(p.perBlock)) * p.pageSize
	return b.data[at:][:p.pageSize], nil
}

// leaves returns the pages that hold the rows of the table with that root, in order.
func (p *pageReader) leaves(root uint32) ([]uint32, error) {
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
			if kind := head(page, n)[0]; kind == tableLeaf && len(next) == 0 {
				// The leaves of a tree are all on one level, and this one's first.
				return level, nil
			}
			cells, err := cellsOf(page, n, tableInterior)
			if err != nil {
				return nil, fmt.Errorf("number %d of its level: %w", i, err)
			}
			for ; len(cells) > 0; cells = cells[2:] {
				at := int(binary.BigEndian.Uint16(cells))
				if at+4 > len(page) {
					return nil, fmt.Errorf("a cell beyond the end of page %d", n)
				}
				next = append(next, binary.BigEndian.Uint32(page[at:]))
			}
			next = append(next, binary.BigEndian.Uint32(head(page, n)[8:]))
		}
		level = next
	}
	return nil, errors.New("a tree without leaves")
}

// sumLeaf adds up the rows of one leaf.
func (p *pageReader) sumLeaf(n uint32, columns []recordColumn, sum *domain.RowSum) error {
	page, err := p.page(n)
	if err != nil {
		return err
	}
	copy(p.leaf, page) // its place is needed for the pages that it goes on in
	cells, err := cellsOf(p.leaf, n, tableLeaf)
	if err != nil {
		return err
	}
	for c := 0; len(cells) > 0; c, cells = c+1, cells[2:] {
		at := int(binary.BigEndian.Uint16(cells))
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
func (p *pageReader) cell(cell []byte) (record []byte, rowid int64, err error) {
	size, n := varint(cell)
	id, m := varint(cell[n:])
	if n == 0 || m == 0 {
		return nil, 0, errShort
	}
	record, err = p.whole(cell[n+m:], size, p.usable-35)
	return record, int64(id), err
}

// whole puts a payload of that size together: what of it lies on the page itself, of
// which there is so much at most, and what it goes on with in others.
func (p *pageReader) whole(cell []byte, size uint64, most int) ([]byte, error) {
	local := p.local(size, most)
	if size <= uint64(local) {
		if uint64(len(cell)) < size {
			return nil, errShort
		}
		return cell[:size], nil
	}
	if len(cell) < local+4 {
		return nil, errShort
	}
	if size > uint64(p.pages)*uint64(p.pageSize) {
		return nil, fmt.Errorf("a row of %d bytes", size)
	}
	p.payload = append(p.payload[:0], cell[:local]...)
	next := binary.BigEndian.Uint32(cell[local:])
	for uint64(len(p.payload)) < size {
		page, err := p.page(next)
		if err != nil {
			return nil, err
		}
		take := min(uint64(p.usable-4), size-uint64(len(p.payload)))
		p.payload = append(p.payload, page[4:4+take]...)
		next = binary.BigEndian.Uint32(page)
	}
	return p.payload, nil
}

// local returns how much of a payload of that size lies on the page itself.
func (p *pageReader) local(size uint64, most int) int {
	if size <= uint64(most) {
		return most
	}
	least := (p.usable-12)*32/255 - 23
	if k := least + int((size-uint64(least))%uint64(p.usable-4)); k <= most {
		return k
	}
	return least
}

// eachRowid calls each with the numbers of the rows of the table with that root, in
// order. Of a leaf nothing else is read.
func (p *pageReader) eachRowid(ctx context.Context, root uint32, each func(rowid int64)) error {
	leaves, err := p.leaves(root)
	if err != nil {
		return err
	}
	for _, n := range leaves {
		if err := ctx.Err(); err != nil {
			return err
		}
		page, err := p.page(n)
		if err != nil {
			return err
		}
		cells, err := cellsOf(page, n, tableLeaf)
		if err != nil {
			return err
		}
		for ; len(cells) > 0; cells = cells[2:] {
			cell := page[min(int(binary.BigEndian.Uint16(cells)), p.usable):p.usable]
			_, n := varint(cell)
			id, m := varint(cell[n:])
			if n == 0 || m == 0 {
				return errShort
			}
			each(int64(id))
		}
	}
	return nil
}

// eachEntry calls each with the records of the index with that root, in its order. A
// record is valid until each returns.
func (p *pageReader) eachEntry(ctx context.Context, root uint32, each func(record []byte) error) error {
	budget := p.pages
	var walk func(n uint32, depth int) error
	walk = func(n uint32, depth int) error {
		if budget == 0 || depth == deepest {
			return errors.New("a tree with a circle")
		}
		budget--
		if err := ctx.Err(); err != nil {
			return err
		}
		read, err := p.page(n)
		if err != nil {
			return err
		}
		page := slices.Clone(read) // its place is needed for the pages below it
		kind := byte(indexLeaf)
		if head(page, n)[0] == indexInterior {
			kind = indexInterior
		}
		cells, err := cellsOf(page, n, kind)
		if err != nil {
			return err
		}
		for ; len(cells) > 0; cells = cells[2:] {
			cell := page[min(int(binary.BigEndian.Uint16(cells)), p.usable):p.usable]
			if kind == indexInterior {
				if len(cell) < 4 {
					return errShort
				}
				if err := walk(binary.BigEndian.Uint32(cell), depth+1); err != nil {
					return err
				}
				cell = cell[4:]
			}
			size, m := varint(cell)
			if m == 0 {
				return errShort
			}
			record, err := p.whole(cell[m:], size, (p.usable-12)*64/255-23)
			if err != nil {
				return err
			}
			if err := each(record); err != nil {
				return err
			}
		}
		if kind == indexInterior {
			return walk(binary.BigEndian.Uint32(head(page, n)[8:]), depth+1)
		}
		return nil
	}
	return walk(root, 0)
}

// head returns the page from its header on: the first page begins with that of the
// file.
func head(page []byte, n uint32) []byte {
	if n == 1 {
		return page[100:]
	}
	return page
}

// cellsOf returns where the cells of a page of that kind lie, two bytes each.
func cellsOf(page []byte, n uint32, kind byte) ([]byte, error) {
	h := head(page, n)
	if h[0] != kind {
		return nil, fmt.Errorf("page %d is of kind %d, not %d", n, h[0], kind)
	}
	from := 8
	if kind == tableInterior || kind == indexInterior {
		from = 12
	}
	cells := int(binary.BigEndian.Uint16(h[3:]))
	if from+2*cells > len(h) {
		return nil, fmt.Errorf("page %d holds %d cells", n, cells)
	}
	return h[from:][:2*cells], nil
}
