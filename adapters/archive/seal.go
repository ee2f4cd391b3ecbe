package archive

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// What the format of age says of the payload (C2SP, age-encryption.org/v1): a nonce
// of 16 bytes, and chunks of 64 KiB, each sealed with ChaCha20-Poly1305 under a
// counter whose last byte marks the last one.
const (
	payloadNonce = 16
	payloadChunk = 64 << 10
	payloadLabel = "payload"
)

var _ ports.Sealer = (*Archiver)(nil)

// Seal makes a file key, wraps it for the recipients, and returns both. All of that
// is age's own work: it is only listened to.
func (a *Archiver) Seal() (domain.Seal, error) {
	recipients, err := a.recipients()
	if err != nil {
		return domain.Seal{}, err
	}
	var seal domain.Seal
	for i, r := range recipients {
		recipients[i] = listener{r, &seal.Key}
	}
	var head bytes.Buffer
	// It writes header and nonce at once, and the payload is never begun.
	if _, err := age.Encrypt(&head, recipients...); err != nil {
		return domain.Seal{}, fmt.Errorf("encrypt: %w", err)
	}
	seal.Head = head.Bytes()
	return seal, nil
}

// Recipients returns the public keys.
func (a *Archiver) Recipients() (string, error) {
	recipients, err := a.recipients()
	if err != nil {
		return "", err
	}
	var out []string
	for _, r := range recipients {
		public, ok := r.(fmt.Stringer)
		if !ok {
			return "", nil // a passphrase, or what has no name
		}
		out = append(out, public.String())
	}
	slices.Sort(out)
	return strings.Join(out, " "), nil
}

// listener hands a recipient the file key, and keeps it.
type listener struct {
	age.Recipient
	key *[]byte
}

func (l listener) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	*l.key = bytes.Clone(fileKey)
	return l.Recipient.Wrap(fileKey)
}

// WrapWithLabels says of the recipient what it says of itself.
func (l listener) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	*l.key = bytes.Clone(fileKey)
	if with, ok := l.Recipient.(age.RecipientWithLabels); ok {
		return with.WrapWithLabels(fileKey)
	}
	stanzas, err := l.Recipient.Wrap(fileKey)
	return stanzas, nil, err
}

// sealed writes the payload of an age file. age itself has no way to write the same
// one twice, which is what going on with an upload takes.
type sealed struct {
	to    io.Writer
	aead  cipher.AEAD
	nonce [chacha20poly1305.NonceSize]byte
	chunk []byte // what is not written yet; a full one waits until it is known whether it is the last
	out   []byte
	err   error
}

// newSealed writes what the stream begins with.
func newSealed(w io.Writer, seal domain.Seal) (*sealed, error) {
	if len(seal.Head) <= payloadNonce || len(seal.Key) == 0 {
		return nil, errors.New("this is no seal")
	}
	key, err := hkdf.Key(sha256.New, seal.Key, seal.Head[len(seal.Head)-payloadNonce:], payloadLabel, chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(seal.Head); err != nil {
		return nil, err
	}
	return &sealed{to: w, aead: aead, chunk: make([]byte, 0, payloadChunk), out: make([]byte, 0, payloadChunk+chacha20poly1305.Overhead)}, nil
}

// Write encrypts.
func (s *sealed) Write(p []byte) (n int, err error) {
	for len(p) > 0 && s.err == nil {
		if len(s.chunk) == payloadChunk {
			s.flush(false)
			continue
		}
		k := copy(s.chunk[len(s.chunk):payloadChunk], p)
		s.chunk, p, n = s.chunk[:len(s.chunk)+k], p[k:], n+k
	}
	return n, s.err
}

// Close writes the last chunk; a stream without it is truncated.
func (s *sealed) Close() error {
	if s.err != nil {
		return s.err
	}
	s.flush(true)
	err := s.err
	s.err = errors.Join(s.err, errors.New("it is closed"))
	return err
}

func (s *sealed) flush(last bool) {
	if last {
		s.nonce[len(s.nonce)-1] = 1
	}
	s.out = s.aead.Seal(s.out[:0], s.nonce[:], s.chunk, nil)
	s.chunk = s.chunk[:0]
	if _, err := s.to.Write(s.out); err != nil {
		s.err = err
		return
	}
	for i := len(s.nonce) - 2; i >= 0; i-- { // the last byte is no part of the counter
		if s.nonce[i]++; s.nonce[i] != 0 {
			return
		}
	}
	s.err = fmt.Errorf("more than %d chunks", uint64(math.MaxUint64))
}
