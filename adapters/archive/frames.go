package archive

import (
	"io"
	"runtime"

	"github.com/klauspost/compress/zstd"
)

const (
	// frameSize is how much goes into one zstd frame, in bytes. Frames are made beside
	// each other: what one of them could have found in the one before is lost, which
	// is next to nothing at this size.
	frameSize = 2 << 20
	// mostCompressors bounds the memory, about four frames for each.
	mostCompressors = 4
)

// frames compresses what is written to it as a row of zstd frames, which is a zstd
// stream like any other, on as many cores as there are. The frames reach the writer
// below in order, from a goroutine of its own. Equal content makes equal frames.
type frames struct {
	encoder *zstd.Encoder
	piece   []byte
	spare   chan []byte
	queue   chan chan []byte // of frames in order, each when it is done
	done    chan struct{}    // closed when every frame was written, or failed to be
	failed  chan struct{}    // closed with err set
	err     error
}

func newFrames(w io.Writer) (*frames, error) {
	n := max(1, min(runtime.GOMAXPROCS(0), mostCompressors))
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(n), zstd.WithWindowSize(frameSize), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	f := &frames{
		encoder: encoder, piece: make([]byte, 0, frameSize), spare: make(chan []byte, n+2),
		queue: make(chan chan []byte, n), done: make(chan struct{}), failed: make(chan struct{}),
	}
	go f.deliver(w)
	return f, nil
}

// deliver writes the frames in order.
func (f *frames) deliver(w io.Writer) {
	defer close(f.done)
	for frame := range f.queue {
		data := <-frame
		if f.err != nil {
			continue // who waits for room in the queue must get it
		}
		if _, err := w.Write(data); err != nil {
			f.err = err
			close(f.failed)
		}
		f.keep(data)
	}
}

func (f *frames) keep(buffer []byte) {
	select {
	case f.spare <- buffer:
	default:
	}
}

func (f *frames) buffer() []byte {
	select {
	case b := <-f.spare:
		return b[:0]
	default:
		return make([]byte, 0, frameSize)
	}
}

// Write implements io.Writer. It fails once a frame could not be written.
func (f *frames) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 {
		take := min(len(p), frameSize-len(f.piece))
		f.piece = append(f.piece, p[:take]...)
		p, n = p[take:], n+take
		if len(f.piece) == frameSize {
			if err := f.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// flush hands the piece to a goroutine, once there is room in the queue.
func (f *frames) flush() error {
	select {
	case <-f.failed:
		return f.err
	default:
	}
	piece, frame := f.piece, make(chan []byte, 1)
	f.queue <- frame
	f.piece = f.buffer()
	into := f.buffer()
	go func() {
		out := f.encoder.EncodeAll(piece, into)
		f.keep(piece)
		frame <- out
	}()
	return nil
}

// Close writes what is left, and waits until everything is written. It must be
// called once, also after a failure.
func (f *frames) Close() error {
	var err error
	if len(f.piece) > 0 {
		err = f.flush()
	}
	close(f.queue)
	<-f.done
	if f.err != nil {
		err = f.err
	}
	if cerr := f.encoder.Close(); err == nil {
		err = cerr
	}
	return err
}
