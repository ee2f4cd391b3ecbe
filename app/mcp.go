package app

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/adapters/mcp"
	"github.com/atocore/atocore/domain"
)

// mcp serves one agent over standard input and output. The stores are opened when
// the agent first asks for something.
func (p Program) mcp(ctx context.Context, f cli.Flags, o cli.MCPOptions) (err error) {
	i, err := p.installation(f)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	closeAll := func() error { return nil }
	defer func() {
		mu.Lock()
		defer mu.Unlock()
		err = errors.Join(err, closeAll())
	}()
	join := i.joinService
	if o.Alone {
		join = nil
	}
	server := mcp.New(mcp.Config{
		Version: i.version, Trusted: o.Trusted, Logger: logger(p.Err, i.settings.Log), Join: join, Key: i.settings.APIKey,
		// Not the context of the request that comes first: the stores outlive it.
		Open: func(context.Context) (*mcp.Services, error) {
			on, err := p.open(ctx, f, cli.NeedNewStores)
			if err != nil {
				return nil, err
			}
			mu.Lock()
			defer mu.Unlock()
			closeAll = on.Close
			services := agentServices(on)
			if key := i.settings.APIKey; key != "" {
				services.Identify = func(ctx context.Context) (domain.Principal, error) {
					return on.Keys.Authenticate(ctx, key, "")
				}
			}
			return services, nil
		},
	})
	return server.Stdio(ctx, p.In, p.Out, orphaned(ctx, os.Getppid))
}

func agentServices(on *cli.Services) *mcp.Services {
	return &mcp.Services{Memory: on.Memory, Project: on.Project, Query: on.Query, State: on.State, Index: on.Index, Pack: on.Pack}
}

// parentPoll is how often a process looks whether its parent is still there.
const parentPoll = 2 * time.Second

// orphaned returns a channel that closes when the process that started this one is
// gone: usually its end of the pipe is closed then, too, but not when another of its
// children inherited it. Windows keeps telling the former parent.
func orphaned(ctx context.Context, parent func() int) <-chan struct{} {
	gone := make(chan struct{})
	born := parent()
	go func() {
		ticker := time.NewTicker(parentPoll)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if parent() != born {
					close(gone)
					return
				}
			}
		}
	}()
	return gone
}
