package mcp

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/atocore/atocore/domain"
)

// joint hands calls on to a running service of the same data directory, so that a
// process for one agent need not open the stores itself. Whatever goes wrong between
// the two, the call is then served here: joining saves memory and time, and nothing
// depends on it.
type joint struct {
	dial    func(context.Context) (net.Conn, error)
	path    string
	key     string
	version string
	log     *slog.Logger

	mu      sync.Mutex
	session *sdk.ClientSession
}

// The paths at which a service serves those that join it.
const (
	joinPath        = "/mcp"
	joinPathTrusted = "/mcp/trusted"
)

// JoinHandler serves processes that join: those whose agent is trusted, and others.
// It must be reachable for nobody who could not open the stores himself. Whoever works
// with a key is held to what authenticate says of it.
func JoinHandler(plain, trusted *Server, authenticate func(ctx context.Context, secret string) (domain.Principal, error)) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(joinPath, plain.HTTP())
	mux.Handle(joinPathTrusted, trusted.HTTP())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if secret := r.Header.Get(joinKey); secret != "" {
			p, err := authenticate(r.Context(), secret)
			if err != nil {
				// Who joined then serves himself, and says what is wrong with the key.
				http.Error(w, "the key is not accepted", http.StatusUnauthorized)
				return
			}
			r = r.WithContext(domain.WithPrincipal(r.Context(), p))
		}
		mux.ServeHTTP(w, r)
	})
}

// joinKey is the header in which the key travels.
const joinKey = "Atocore-Key"

// keyed adds a key to requests.
type keyed struct {
	http.RoundTripper
	secret string
}

func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(joinKey, k.secret)
	return k.RoundTripper.RoundTrip(r)
}

func newJoint(c Config) *joint {
	j := &joint{dial: c.Join, path: joinPath, key: c.Key, version: c.Version, log: c.Logger}
	if c.Trusted {
		j.path = joinPathTrusted
	}
	return j
}

// middleware hands on what needs the stores.
func (j *joint) middleware(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		var forward func(*sdk.ClientSession) (sdk.Result, error)
		var client *sdk.Implementation
		switch r := req.(type) {
		case *sdk.CallToolRequest:
			client = r.ClientInfo()
			forward = func(s *sdk.ClientSession) (sdk.Result, error) {
				return s.CallTool(ctx, &sdk.CallToolParams{Name: r.Params.Name, Arguments: r.Params.Arguments})
			}
		case *sdk.ReadResourceRequest:
			client = r.ClientInfo()
			forward = func(s *sdk.ClientSession) (sdk.Result, error) {
				return s.ReadResource(ctx, &sdk.ReadResourceParams{URI: r.Params.URI})
			}
		default:
			return next(ctx, method, req)
		}
		s := j.joined(ctx, client)
		if s == nil {
			return next(ctx, method, req)
		}
		result, err := forward(s)
		if err == nil || answered(err) || ctx.Err() != nil {
			return result, err
		}
		// The service went. If it stored something first, storing it again finds it.
		j.log.DebugContext(ctx, "the service that was joined went", slog.Any("error", err))
		j.leave(s)
		return next(ctx, method, req)
	}
}

// answered tells an error that the service answered with from one of the way to it.
// Both are of one type; the SDK marks the latter by codes above those of the protocol.
func answered(err error) bool {
	var e *jsonrpc.Error
	return errors.As(err, &e) && e.Code <= jsonrpc.CodeInvalidRequest
}

// joined returns a session with a running service; nil when there is none.
func (j *joint) joined(ctx context.Context, client *sdk.Implementation) *sdk.ClientSession {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.session != nil {
		return j.session
	}
	// Mostly nobody listens, and that is quickly known.
	probe, err := j.dial(ctx)
	if err != nil {
		return nil
	}
	_ = probe.Close()
	if client == nil {
		client = &sdk.Implementation{Name: "agent", Version: "0"}
	}
	var transport http.RoundTripper = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return j.dial(ctx) },
	}
	if j.key != "" {
		transport = keyed{transport, j.key}
	}
	s, err := sdk.NewClient(client, nil).Connect(ctx, &sdk.StreamableClientTransport{
		Endpoint: "http://atocore" + j.path, HTTPClient: &http.Client{Transport: transport},
		MaxRetries: -1, DisableStandaloneSSE: true,
	}, nil)
	if err != nil {
		j.log.DebugContext(ctx, "a service listens, and could not be joined", slog.Any("error", err))
		return nil
	}
	// Another version may have other tools, and keep other state.
	if r := s.InitializeResult(); r == nil || r.ServerInfo == nil || r.ServerInfo.Version != j.version {
		_ = s.Close()
		return nil
	}
	j.session = s
	return s
}

func (j *joint) leave(s *sdk.ClientSession) {
	j.mu.Lock()
	if j.session == s {
		j.session = nil
	}
	j.mu.Unlock()
	_ = s.Close()
}

func (j *joint) close() {
	j.mu.Lock()
	s := j.session
	j.session = nil
	j.mu.Unlock()
	if s != nil {
		_ = s.Close()
	}
}
