package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"github.com/atocore/atocore/domain"
)

// An image is the engine's content on disk: a cache that spares the next process
// the work of building it. It is one checked run of bytes; whatever is odd about it
// — another version, another history, a wrong sum, a missing byte — means that it
// is not used. Numbers are little endian, as is every machine that is promised.
const (
	imageMagic   = "atocore engine image\n"
	imageVersion = 5
)

var errImage = errors.New("not a usable image")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Save writes the image for the state that the engine is in. Searches go on
// meanwhile; changes wait.
func (e *Engine) Save() error {
	if e.config.Image == "" {
		return nil
	}
	e.follow.Lock() // who changes the index holds it
	defer e.follow.Unlock()
	unsaved := e.pending()
	if err := e.save(); err != nil {
		return fmt.Errorf("engine: write the image: %w", err)
	}
	e.mu.Lock()
	e.unsaved -= unsaved
	e.mu.Unlock()
	return nil
}

// save writes a file beside the image and puts it in its place, so that the image
// is always a whole one. The caller holds follow.
func (e *Engine) save() error {
	dir, name := filepath.Dir(e.config.Image), filepath.Base(e.config.Image)
	sweep(dir, name)
	f, err := os.CreateTemp(dir, name+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // gone after the rename; a leftover is only a file
	err = e.writeImage(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	// Not synced: what a power cut leaves does not pass its checksum.
	return os.Rename(f.Name(), e.config.Image)
}

// abandoned is how old a file beside the image is that nobody is writing any more.
const abandoned = 10 * time.Minute

// sweep removes what processes left that were killed while they wrote.
func sweep(dir, name string) {
	left, _ := os.ReadDir(dir)
	for _, f := range left {
		if !strings.HasPrefix(f.Name(), name+".") {
			continue
		}
		if info, err := f.Info(); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(dir, f.Name()))
		}
	}
}

// Load fills an empty engine from the image, if there is a usable one, and tells
// whether it did. What has changed since is left to the next search.
func (e *Engine) Load(ctx context.Context) bool {
	if e.config.Image == "" {
		return false
	}
	f, err := os.Open(e.config.Image)
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // only read
	size, whole := checked(f)
	if !whole {
		return false
	}
	e.follow.Lock()
	defer e.follow.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.readImage(f, size); err != nil {
		e.clear()
		return false
	}
	return ctx.Err() == nil
}

// sections writes runs of numbers and bytes one after another, each with its
// length before it and padded to eight bytes.
type sections struct {
	w      io.Writer
	buffer []byte
	sum    uint32
	err    error
}

// flushAt is how much is written at once.
const flushAt = 1 << 20

func (s *sections) raw(b []byte) {
	if len(s.buffer)+len(b) >= flushAt {
		s.flush()
	}
	if len(b) >= flushAt {
		s.write(b)
		return
	}
	s.buffer = append(s.buffer, b...)
}

func (s *sections) flush() {
	s.write(s.buffer)
	s.buffer = s.buffer[:0]
}

func (s *sections) write(b []byte) {
	if s.err == nil {
		s.sum = crc32.Update(s.sum, castagnoli, b)
		_, s.err = s.w.Write(b)
	}
}

func (s *sections) size(n int) { s.buffer = binary.LittleEndian.AppendUint64(s.buffer, uint64(n)) }

func (s *sections) pad(n int) { s.raw(make([]byte, -n&7)) }

func (s *sections) bytes(b []byte) {
	s.size(len(b))
	s.raw(b)
	s.pad(len(b))
}

type number interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int8 | ~int32 | ~int64 | ~float32 | wordSketch
}

// inMemory returns the bytes of v as they lie in memory.
func inMemory[T number](v []T) []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*int(unsafe.Sizeof(v[0])))
}

func put[T number](s *sections, v []T) { s.bytes(inMemory(v)) }

// putRuns writes n runs of numbers as their lengths and their join.
func putRuns[T number](s *sections, n int, at func(int) []T) {
	lengths := make([]uint32, n)
	total := 0
	for i := range n {
		lengths[i] = uint32(len(at(i)))
		total += len(inMemory(at(i)))
	}
	put(s, lengths)
	s.size(total)
	for i := range n {
		s.raw(inMemory(at(i)))
	}
	s.pad(total)
}

// strings writes n strings as their joined bytes and where each ends.
func (s *sections) strings(n int, at func(int) string) {
	ends := make([]uint64, n)
	var total uint64
	for i := range n {
		total += uint64(len(at(i)))
		ends[i] = total
	}
	put(s, ends)
	s.size(int(total))
	for i := range n {
		s.buffer = append(s.buffer, at(i)...)
		if len(s.buffer) >= flushAt {
			s.flush()
		}
	}
	s.pad(int(total))
}

// reader is the counterpart of sections. Each run that it returns is memory of its
// own, so that what is needed while reading alone is garbage afterwards.
type reader struct {
	in   io.Reader
	left int64 // bytes before the sum at the end
	err  error
}

// checked tells whether the file is what was written, and how many bytes it has
// before its sum. It is left at its beginning.
func checked(f *os.File) (size int64, whole bool) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() < 8 {
		return 0, false
	}
	size = info.Size() - 8
	sum := crc32.New(castagnoli)
	if n, err := io.CopyBuffer(sum, io.LimitReader(f, size), make([]byte, 256<<10)); err != nil || n != size {
		return 0, false
	}
	var end [8]byte
	if _, err := io.ReadFull(f, end[:]); err != nil || binary.LittleEndian.Uint64(end[:]) != uint64(sum.Sum32()) {
		return 0, false
	}
	_, err = f.Seek(0, io.SeekStart)
	return size, err == nil
}

// next returns the next n bytes.
func (r *reader) next(n uint64) []byte {
	if r.err == nil && n > uint64(r.left) {
		r.err = errImage
	}
	if r.err != nil {
		return nil
	}
	b := make([]byte, n)
	_, r.err = io.ReadFull(r.in, b)
	r.left -= int64(n)
	return b
}

func (r *reader) bytes() []byte {
	size := r.next(8)
	if r.err != nil {
		return nil
	}
	n := binary.LittleEndian.Uint64(size)
	b := r.next(n)
	r.next(-n & 7)
	if r.err != nil {
		return nil
	}
	return b
}

func get[T number](r *reader) []T {
	b := r.bytes()
	var one T
	size := int(unsafe.Sizeof(one))
	if len(b)%size != 0 {
		r.err = errImage
	}
	if r.err != nil || len(b) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), len(b)/size)
}

// getRuns is the counterpart of putRuns.
func getRuns[T number](r *reader) [][]T {
	lengths := get[uint32](r)
	joined := get[T](r)
	out := make([][]T, len(lengths))
	start := 0
	for i, n := range lengths {
		end := start + int(n)
		if end > len(joined) {
			r.err = errImage
			return nil
		}
		out[i] = joined[start:end:end]
		start = end
	}
	return out
}

func (r *reader) strings() []string {
	ends := get[uint64](r)
	joined := r.bytes()
	if r.err != nil {
		return nil
	}
	out := make([]string, len(ends))
	var start uint64
	for i, end := range ends {
		if end < start || end > uint64(len(joined)) {
			r.err = errImage
			return nil
		}
		if end > start {
			out[i] = unsafe.String(&joined[start], end-start)
		}
		start = end
	}
	return out
}

func (e *Engine) writeImage(w io.Writer) error {
	s := &sections{w: w}
	s.raw([]byte(imageMagic))
	s.raw(make([]byte, -len(imageMagic)&7))
	put(s, []int64{imageVersion, e.mark.Seq, e.mark.Check, int64(e.config.Model.Dimension)})
	s.bytes([]byte(e.config.Model.Name))
	writePassages(s, e.passages)
	e.text.write(s)
	put(s, e.vectors.data)
	put(s, e.vectors.scale)
	s.flush()
	s.size(int(s.sum))
	s.flush()
	return s.err
}

// readImage fills the engine from an image of that many bytes, its sum aside.
func (e *Engine) readImage(in io.Reader, size int64) error {
	r := &reader{in: in, left: size}
	if string(r.next(uint64(len(imageMagic)))) != imageMagic {
		return errImage
	}
	r.next(uint64(-len(imageMagic) & 7))
	numbers := get[int64](r)
	model := string(r.bytes())
	if r.err != nil || len(numbers) != 4 || numbers[0] != imageVersion ||
		numbers[3] != int64(e.config.Model.Dimension) || model != e.config.Model.Name {
		return errImage
	}
	e.passages = readPassages(r)
	e.text = readText(r, e.passages)
	e.vectors.data = get[int8](r)
	e.vectors.scale = get[float32](r)
	if r.err != nil || r.left != 0 || len(e.passages) != len(e.text.entries) ||
		len(e.vectors.data) != len(e.vectors.scale)*e.vectors.width || len(e.vectors.scale) > len(e.passages) {
		return errImage
	}
	e.mark = domain.FeedMark{Seq: numbers[1], Check: numbers[2]}
	return nil
}
