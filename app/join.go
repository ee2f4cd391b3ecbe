package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/atocore/atocore/adapters/mcp"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/key"
)

// socketFile is where a running service can be joined by the other processes of its
// data directory. Who may reach it is decided by the folder, which is its owner's.
const socketFile = "service.sock"

func (i installation) socketPath() string { return filepath.Join(i.settings.DataDir, socketFile) }

// joinPatience bounds how long is waited for a service that may not be there.
const joinPatience = time.Second

// joinService connects to the running service of the data directory.
func (i installation) joinService(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: joinPatience}
	return dialer.DialContext(ctx, "unix", i.socketPath())
}

// joinable lets other processes of the data directory join the service, until stop is
// called. Where that cannot be had (a path too long for a socket, another service
// that has it), they serve themselves.
func (i installation) joinable(ctx context.Context, agents mcp.Config, keys *key.Service, log *slog.Logger) (stop func()) {
	listener, err := i.listenForJoins(ctx)
	if err != nil {
		log.DebugContext(ctx, "agents' processes open the stores themselves", slog.Any("reason", err))
		return func() {}
	}
	trusted := agents
	trusted.Trusted = true
	authenticate := func(ctx context.Context, secret string) (domain.Principal, error) {
		return keys.Authenticate(ctx, secret, "")
	}
	server := &http.Server{Handler: mcp.JoinHandler(mcp.New(agents), mcp.New(trusted), authenticate), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // until it is shut down
	}()
	return func() {
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), i.settings.HTTP.ShutdownTimeout)
		defer cancel()
		if server.Shutdown(patience) != nil {
			_ = server.Close()
		}
		<-ended
	}
}

func (i installation) listenForJoins(ctx context.Context) (net.Listener, error) {
	if other, err := i.joinService(ctx); err == nil {
		_ = other.Close()
		return nil, errors.New("another service of this data directory has it")
	}
	// What a killed service left.
	if err := os.Remove(i.socketPath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "unix", i.socketPath())
	if err != nil {
		return nil, fmt.Errorf("listen for joins: %w", err)
	}
	if err := os.Chmod(i.socketPath(), 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}
