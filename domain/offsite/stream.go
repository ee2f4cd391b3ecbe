package offsite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/atocore/atocore/domain"
)

// download reads an object of the remote. Where the connection breaks it is taken
// up again at the byte at which it broke, as long as bytes come.
type download struct {
	s       *Service
	ctx     context.Context //nolint:containedctx // of the one call that it serves
	name    string
	body    io.ReadCloser
	at      int64
	failed  int // in a row, without a byte gained
	resumed int
	err     error // final
}

func (s *Service) download(ctx context.Context, name string) *download {
	return &download{s: s, ctx: ctx, name: name}
}

func (d *download) Read(p []byte) (int, error) {
	for d.err == nil {
		if d.body == nil {
			body, err := d.s.cfg.Remote.Get(d.ctx, d.name, d.at)
			if err != nil {
				d.broke(err)
				continue
			}
			d.body = body
		}
		n, err := d.body.Read(p)
		d.at += int64(n)
		if n > 0 {
			d.failed = 0
		}
		if errors.Is(err, io.EOF) {
			d.err = io.EOF
			_ = d.body.Close() // all of it was read
			d.body = nil
		} else if err != nil {
			d.broke(err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, d.err
}

// broke decides whether it is worth another try.
func (d *download) broke(err error) {
	if d.body != nil {
		_ = d.body.Close() // it is broken already
		d.body = nil
	}
	d.failed++
	switch k := domain.KindOf(err); {
	case d.ctx.Err() != nil:
		d.err = fmt.Errorf("read %s: %w", d.name, d.ctx.Err())
	case k == domain.KindNotFound, k == domain.KindInvalid, k == domain.KindRefused, k == domain.KindConflict, d.failed >= patience:
		d.err = fmt.Errorf("read %s: %w", d.name, err)
	default:
		if werr := d.s.cfg.Wait(d.ctx, d.failed); werr != nil {
			d.err = fmt.Errorf("read %s: %w", d.name, werr)
			return
		}
		d.resumed++
	}
}

// Close ends the download early.
func (d *download) Close() error {
	if d.err == nil {
		d.err = io.ErrClosedPipe
	}
	if d.body == nil {
		return nil
	}
	body := d.body
	d.body = nil
	return body.Close()
}

// meter hashes and counts what passes, and stops what grows beyond a bound.
type meter struct {
	r     io.Reader
	hash  hash.Hash
	count int64
	most  int64 // 0 for no bound
}

func newMeter(r io.Reader, most int64) *meter { return &meter{r: r, hash: sha256.New(), most: most} }

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.hash.Write(p[:n])
	m.count += int64(n)
	if m.most > 0 && m.count > m.most {
		return n, domain.Corrupt("the archive is refused: it has more than the %d bytes that were sent", m.most)
	}
	return n, err
}

func (m *meter) sum() string { return hex.EncodeToString(m.hash.Sum(nil)) }
