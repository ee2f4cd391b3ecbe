package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// lastWait is how long Shutdown waits for requests whose context it has ended.
const lastWait = 5 * time.Second

// Serve serves on ln, which it closes, until Shutdown, and then returns nil.
func (s *Server) Serve(ln net.Listener) error {
	if !s.running.listen(ln) {
		return nil
	}
	if tcp, ok := ln.Addr().(*net.TCPAddr); ok && !tcp.IP.IsUnspecified() {
		s.guard.hosts[tcp.IP.String()] = true // whoever listens on one address is known by it
	}
	if err := s.app.Listener(ln); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Shutdown stops accepting and waits for running requests to end. When ctx ends
// first, the contexts of those requests end too, and Shutdown gives them five more
// seconds to return, so that the stores under them can be closed; it then returns
// ctx's error. A server that was shut down never serves again.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.cancel()
	err := s.app.ShutdownWithContext(ctx)
	idle := s.running.stop()
	if err != nil {
		s.cancel()
		timer := time.NewTimer(lastWait)
		defer timer.Stop()
		select {
		case <-idle:
		case <-timer.C:
		}
		return fmt.Errorf("shut down: %w", err)
	}
	<-idle
	return nil
}

// running counts the requests in handlers, and lets none in after stop.
type running struct {
	mu       sync.Mutex
	requests int
	stopped  bool
	idle     chan struct{} // closed when stopped and without requests
	ln       net.Listener
}

// listen notes the listener, or closes it and returns false after stop.
func (r *running) listen(ln net.Listener) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		_ = ln.Close() // nothing was accepted on it
		return false
	}
	r.ln = ln
	return true
}

func (r *running) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return false
	}
	r.requests++
	return true
}

func (r *running) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.requests--; r.stopped && r.requests == 0 {
		close(r.idle)
	}
}

// stop lets nothing in any more. The channel closes when the last request left.
func (r *running) stop() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return r.idle
	}
	r.stopped, r.idle = true, make(chan struct{})
	if r.requests == 0 {
		close(r.idle)
	}
	if r.ln != nil {
		// Shutdown may have come before the listener got as far as to the server
		// below, which then knows nothing of it.
		_ = r.ln.Close()
	}
	return r.idle
}
