package archive

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Frames are one stream, in order, the same for the same content.
func TestFrames(t *testing.T) {
	dice := rand.New(rand.NewSource(1))
	for _, size := range []int{0, 1, frameSize - 1, frameSize, frameSize + 1, 9*frameSize + 12345} {
		content := make([]byte, size)
		_, _ = dice.Read(content)
		for i := range size / 2 { // half of it can be compressed
			content[i] &= 3
		}
		var first []byte
		for range 3 {
			var out bytes.Buffer
			f, err := newFrames(&out)
			require.NoError(t, err)
			for rest := content; len(rest) > 0; {
				n := min(len(rest), 1+dice.Intn(frameSize))
				_, err := f.Write(rest[:n])
				require.NoError(t, err)
				rest = rest[n:]
			}
			require.NoError(t, f.Close())
			if first == nil {
				first = out.Bytes()
			}
			assert.True(t, bytes.Equal(first, out.Bytes()), "another stream for the same %d bytes", size)
			r, err := zstd.NewReader(&out)
			require.NoError(t, err)
			back, err := io.ReadAll(r)
			r.Close()
			require.NoError(t, err)
			assert.True(t, bytes.Equal(content, back), "%d bytes came back as %d", size, len(back))
		}
	}
}

// full is a disk that takes so much and no more.
type full struct{ left int }

var errFull = errors.New("no room")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// Whoever writes learns that it goes nowhere, at the latest when he closes.
func TestFramesTellOfAFailure(t *testing.T) {
	noise := make([]byte, 20*frameSize)
	_, _ = rand.New(rand.NewSource(2)).Read(noise)
	for _, room := range []int{0, frameSize, 5 * frameSize, 19 * frameSize} {
		f, err := newFrames(&full{room})
		require.NoError(t, err)
		_, werr := f.Write(noise)
		if werr != nil {
			require.ErrorIs(t, werr, errFull)
		}
		require.ErrorIs(t, f.Close(), errFull)
	}
}
