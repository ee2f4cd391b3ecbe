package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"

	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/adapters/httpapi"
	"github.com/atocore/atocore/adapters/mcp"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/index"
)

// serve runs the HTTP service until ctx ends. What would keep it from listening is
// found out before anything is opened or made.
func (p Program) serve(ctx context.Context, f cli.Flags, ready func(url string)) (err error) {
	i, err := p.installation(f)
	if err != nil {
		return err
	}
	s := i.settings
	exposed := httpapi.CheckExposure(s.Listen, s.APIToken)
	if exposed != nil && !i.mayHaveKeys(exposed) {
		return located(exposed, s)
	}
	if err := i.allowed(ctx, selfWriting(s.Automation)...); err != nil {
		return located(err, s)
	}
	listener, err := listen(ctx, s)
	if err != nil {
		return err
	}
	log := logger(p.Err, s.Log)
	w, err := i.watch(log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer w.end(s.HTTP.ShutdownTimeout)
	i.tell = w.job
	on, store, search, err := i.openStores(ctx, cli.NeedNewStores)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, on.Close()) }()
	if exposed != nil {
		open, err := on.Keys.Open(ctx)
		if err == nil && open {
			err = located(exposed, s)
		}
		if err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	w.store = store
	filled := make(chan struct{})
	defer inBackground(ctx, func(ctx context.Context) {
		select {
		case <-filled: // the first question waits for that, and for nothing else
			keepIndex(ctx, on.Index, log)
		case <-ctx.Done():
		}
	})()
	defer inBackground(ctx, func(ctx context.Context) { keepSearch(ctx, search.Engine, filled, log) })()
	defer inBackground(ctx, func(ctx context.Context) { capturing(ctx, on.Interaction, log) })()
	agents := mcp.Config{
		Version: i.version, Logger: log,
		Open: func(context.Context) (*mcp.Services, error) { return agentServices(on), nil },
	}
	defer i.joinable(ctx, agents, on.Keys, log)()
	jobs := i.scheduleOf(on, w.tell)
	server, err := httpapi.New(httpapi.Config{
		Memories: on.Memory, Projects: on.Project, Ingest: on.Ingest, Query: on.Query, Pack: on.Pack, Backups: on.Backup, State: on.State, Proofs: on.Prove, Ledger: on.Ledger,
		Index: on.Index, Interactions: on.Interaction,
		Drill: on.Drill, Retention: on.Retention, Schedule: jobs,
		Keys: on.Keys, Audit: on.Audit, AllowedHosts: s.AllowedHosts, Version: i.version,
		Ready: func(ctx context.Context) []httpapi.Component {
			return append(append(i.ready(ctx, store, on.Index), i.scheduleComponent(ctx)), w.ready(ctx)...)
		},
		MCP:     mcp.New(agents).HTTP(),
		Metrics: w.text(s.Metrics.Enabled), Observe: w.metrics.Request,
		Logger: log, BodyLimit: int(s.HTTP.BodyLimit), RequestTimeout: s.HTTP.RequestTimeout,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	watching, unwatch := context.WithCancel(ctx)
	defer unwatch()
	go w.run(watching, log)
	working, rest := context.WithCancel(ctx)
	defer i.unattendedWork(working, on, jobs, log)()
	defer rest()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	log.InfoContext(ctx, "listening", slog.String("address", listener.Addr().String()), slog.String("data_dir", s.DataDir))
	ready("http://" + listener.Addr().String())
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	log.InfoContext(ctx, "stopping", slog.Duration("at_most", s.HTTP.ShutdownTimeout))
	patience, cancel := context.WithTimeout(context.Background(), s.HTTP.ShutdownTimeout)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		log.WarnContext(ctx, "requests under way were cut off", slog.Any("error", err))
	}
	return <-ended
}

// mayHaveKeys tells whether what exposes the service is that it has no token, and
// there may be keys that protect it: in a data directory that somebody used.
func (i installation) mayHaveKeys(exposed error) bool {
	dir, err := look(i.settings)
	return domain.KindOf(exposed) == domain.KindRefused && err == nil && !dir.fresh()
}

// ready looks at each component as a request would use it.
func (i installation) ready(ctx context.Context, store *sqlite.Store, keeper *index.Service) []httpapi.Component {
	schema, err := store.SchemaVersion(ctx)
	database := httpapi.Component{Name: "sqlite", Err: err, Detail: fmt.Sprintf("schema %d", schema)}
	projects, err := i.registry.List(ctx)
	registry := httpapi.Component{Name: "registry", Err: err, Detail: fmt.Sprintf("%d projects", len(projects))}
	return []httpapi.Component{database, registry, indexComponent(ctx, keeper)}
}

// inBackground runs f until ctx ends or the returned function is called, which
// waits for it.
func inBackground(ctx context.Context, f func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

func listen(ctx context.Context, s *configs.Settings) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", s.Listen)
	if err == nil {
		return listener, nil
	}
	var cause *net.OpError
	reason := err
	if errors.As(err, &cause) {
		reason = cause.Err
	}
	e := domain.Unavailable("cannot listen on %s", s.Listen).WithField("listen").Because(reason)
	switch {
	case inUse(err):
		e.Message, e.Err = fmt.Sprintf("cannot listen on %s: the address is in use", s.Listen), nil
		e.Hint = "another atocore may be running there; choose another port with --listen, or port 0 for a free one"
	case errors.Is(err, syscall.EACCES):
		e.Hint = "ports below 1024 need rights that this user lacks; choose another with --listen"
	default:
		e.Hint = "listen takes HOST:PORT, such as 127.0.0.1:8100"
	}
	return nil, located(e, s)
}

// inUse tells whether another socket has the address. 10048 is what Windows says.
func inUse(err error) bool {
	var number syscall.Errno
	return errors.Is(err, syscall.EADDRINUSE) || errors.As(err, &number) && number == 10048
}
