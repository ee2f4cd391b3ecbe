package s3server

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// Proxy stands between the client and the server, and breaks connections off.
type Proxy struct {
	Cuts atomic.Int64 // connections broken off so far

	listener net.Listener
	target   string
	up, down atomic.Int64 // bytes that may still pass; it begins to count when armed
	armed    atomic.Bool
}

// StartProxy starts one in front of the address target.
func StartProxy(t *testing.T, target string) *Proxy {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &Proxy{listener: l, target: target}
	go p.serve(t.Context())
	t.Cleanup(func() { _ = l.Close() })
	return p
}

// URL is where it answers.
func (p *Proxy) URL() string { return "http://" + p.listener.Addr().String() }

// Cut breaks the connections off once so many bytes have passed in a direction;
// a negative number is no bound.
func (p *Proxy) Cut(up, down int64) {
	p.up.Store(up)
	p.down.Store(down)
	p.armed.Store(true)
}

func (p *Proxy) serve(ctx context.Context) {
	var dialer net.Dialer
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		out, err := dialer.DialContext(ctx, "tcp", p.target)
		if err != nil {
			_ = in.Close()
			continue
		}
		closeBoth := func() { _ = in.Close(); _ = out.Close() }
		go func() { defer closeBoth(); p.pass(out, in, &p.up) }()
		go func() { defer closeBoth(); p.pass(in, out, &p.down) }()
	}
}

func (p *Proxy) pass(to, from net.Conn, left *atomic.Int64) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if p.armed.Load() && left.Load() >= 0 && left.Add(-int64(n)) < 0 {
			left.Store(-1) // once: what comes after gets through
			p.Cuts.Add(1)
			return
		}
		if n > 0 {
			if _, werr := to.Write(buffer[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
