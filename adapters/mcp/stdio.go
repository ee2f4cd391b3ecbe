package mcp

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	// lastAnswers is how long requests under way may go on after the client closed
	// its side: one that writes all its requests at once still reads the answers.
	lastAnswers = 10 * time.Second
	// lastStep is how long they may take to notice that their time is over.
	lastStep = 2 * time.Second
)

// Stdio serves one client over in and out until it goes (the end of in, a write that
// fails, or gone, which may be nil) or ctx ends. Requests under way are given a
// moment to end; what they acknowledged is durable in any case. A client that goes
// is no error.
func (s *Server) Stdio(ctx context.Context, in io.Reader, out io.Writer, gone <-chan struct{}) error {
	life, end := context.WithCancel(ctx)
	defer end()
	if s.cfg.Join != nil {
		j := newJoint(s.cfg)
		defer j.close()
		s.mcp.AddReceivingMiddleware(j.middleware)
	}
	// The SDK gives requests a context of their own; the end of life ends theirs, too.
	s.mcp.AddReceivingMiddleware(func(next sdk.MethodHandler) sdk.MethodHandler {
		return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(life, cancel)()
			return next(ctx, method, req)
		}
	})
	p := &pipe{
		IOTransport: sdk.IOTransport{Reader: io.NopCloser(in), Writer: keepOpen{out}},
		left:        make(chan struct{}), settled: make(chan struct{}, 1),
	}
	ended := make(chan error, 1)
	go func() { ended <- s.mcp.Run(context.WithoutCancel(ctx), p) }()
	select {
	case err := <-ended:
		return p.farewell(err)
	case <-ctx.Done():
	case <-gone:
	}
	end()
	select {
	case err := <-ended:
		return p.farewell(err)
	case <-p.idle(lastStep):
		return nil
	}
}

// keepOpen leaves closing to whoever owns the stream.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

// pipe is a transport that holds the end of its input back until every request
// read before it is answered.
type pipe struct {
	sdk.IOTransport
	mu      sync.Mutex
	open    int           // requests without an answer
	gone    bool          // nobody reads or writes on the other side
	left    chan struct{} // closed with the connection
	once    sync.Once
	settled chan struct{} // tells that open became 0
}

// Connect implements sdk.Transport.
func (p *pipe) Connect(ctx context.Context) (sdk.Connection, error) {
	c, err := p.IOTransport.Connect(ctx)
	return pipeEnd{c, p}, err
}

type pipeEnd struct {
	sdk.Connection
	pipe *pipe
}

// Read implements sdk.Connection.
func (c pipeEnd) Read(ctx context.Context) (jsonrpc.Message, error) {
	m, err := c.Connection.Read(ctx)
	if err != nil {
		select {
		case <-c.pipe.idle(lastAnswers):
		case <-ctx.Done():
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, os.ErrClosed) {
			c.pipe.leave()
		}
		return m, err
	}
	if r, ok := m.(*jsonrpc.Request); ok && r.IsCall() {
		c.pipe.count(1)
	}
	return m, nil
}

// Write implements sdk.Connection.
func (c pipeEnd) Write(ctx context.Context, m jsonrpc.Message) error {
	err := c.Connection.Write(ctx, m)
	if _, ok := m.(*jsonrpc.Response); ok {
		c.pipe.count(-1)
	}
	if err != nil {
		c.pipe.leave()
	}
	return err
}

// Close implements sdk.Connection.
func (c pipeEnd) Close() error {
	c.pipe.once.Do(func() { close(c.pipe.left) })
	return c.Connection.Close()
}

func (p *pipe) count(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open += n
	if p.open == 0 {
		select {
		case p.settled <- struct{}{}:
		default:
		}
	}
}

func (p *pipe) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
}

// idle returns a channel that closes when no request waits for its answer, the
// connection is closed, or the time is over.
func (p *pipe) idle(most time.Duration) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		timer := time.NewTimer(most)
		defer timer.Stop()
		for {
			p.mu.Lock()
			open := p.open
			p.mu.Unlock()
			if open == 0 {
				return
			}
			select {
			case <-p.settled:
			case <-p.left:
				return
			case <-timer.C:
				return
			}
		}
	}()
	return done
}

// farewell tells a client that went from a failure.
func (p *pipe) farewell(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return nil
	}
	return err
}
