// Package httpapi serves the use cases over HTTP: typed calls with an OpenAPI
// document, problem+json errors, and a guard that keeps foreign machines and web
// pages out.
package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/atocore/atocore/domain/audit"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/drill"
	"github.com/atocore/atocore/domain/index"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/domain/interaction"
	"github.com/atocore/atocore/domain/key"
	"github.com/atocore/atocore/domain/ledger"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/domain/pack"
	"github.com/atocore/atocore/domain/project"
	"github.com/atocore/atocore/domain/prove"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/domain/retention"
	"github.com/atocore/atocore/domain/schedule"
	"github.com/atocore/atocore/domain/state"
)

// Config is what the server works with. Zero values of everything below the
// services get documented defaults.
type Config struct {
	Memories *memory.Service
	Projects *project.Service
	Ingest   *ingest.Service
	Query    *query.Service
	Pack     *pack.Service
	Backups  *backup.Service
	State    *state.Service
	// Index says how far it has come with what was written; nil: it has everything.
	Index  *index.Service
	Proofs *prove.Service
	Ledger *ledger.Service
	Drill  *drill.Service

	Retention *retention.Service
	Schedule  *schedule.Service

	Interactions *interaction.Service

	// Keys tells who calls, for every call but GET /health; nil: whoever has
	// APIToken, and anybody where there is none.
	Keys     *key.Service
	APIToken string
	// Audit records what administrators do; nil: nothing is recorded.
	Audit *audit.Service
	// AllowedHosts lists, beside the loopback names, the hosts under which this
	// server is known and from whose pages requests may come. A port is ignored.
	AllowedHosts []string
	Version      string
	// Ready reports the state of each component; nil: always ready.
	Ready  func(context.Context) []Component
	Logger *slog.Logger // nil: logs nothing
	// Metrics returns what GET /metrics answers with, in Prometheus' text format;
	// nil: there is no such call.
	Metrics func(context.Context) ([]byte, error)
	// MCP serves agents at /mcp; nil: there is no such call. The context of what it is
	// given says for whom a call is made.
	MCP http.Handler
	// Observe is told of every answered request; route is the pattern that matched,
	// "" for none. May be nil.
	Observe func(method, route string, status int, took time.Duration)

	BodyLimit      int           // bytes; 0: 1 MiB
	ReadTimeout    time.Duration // to receive a request; 0: 15 s
	WriteTimeout   time.Duration // to send an answer; 0: 60 s
	IdleTimeout    time.Duration // between requests of a connection; 0: 120 s
	RequestTimeout time.Duration // for a use case, refresh and backup excepted; 0: 30 s
}

// Component is the state of one part of the service.
type Component struct {
	Name   string
	Err    error  // why it cannot serve, nil when it can
	Detail string // for people; may be empty
	// Degraded says that it serves, and that somebody should look.
	Degraded bool
}

// Server answers HTTP requests. Make it with New.
type Server struct {
	cfg   Config
	app   *fiber.App
	api   huma.API
	guard guard
	log   *slog.Logger
	spec  []byte

	base    context.Context // ends when running requests must
	cancel  context.CancelFunc
	running running
}

// New returns a server that is not listening yet.
func New(c Config) (*Server, error) {
	orDefault(&c.BodyLimit, 1<<20)
	orDefault(&c.ReadTimeout, 15*time.Second)
	orDefault(&c.WriteTimeout, 60*time.Second)
	orDefault(&c.IdleTimeout, 120*time.Second)
	orDefault(&c.RequestTimeout, 30*time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Keys == nil {
		c.Keys = key.New(key.Config{Token: c.APIToken, Clock: wallClock{}})
	}
	s := &Server{cfg: c, log: c.Logger, guard: newGuard(c.AllowedHosts)}
	s.base, s.cancel = context.WithCancel(context.Background())
	s.app = fiber.New(fiber.Config{
		AppName:               "atocore",
		DisableStartupMessage: true,
		CaseSensitive:         true,
		UnescapePath:          true,
		// Strings handed to the use cases outlive the request; without this they
		// would point into buffers that the next request overwrites.
		Immutable:                    true,
		BodyLimit:                    c.BodyLimit,
		ReadTimeout:                  c.ReadTimeout,
		WriteTimeout:                 c.WriteTimeout,
		IdleTimeout:                  c.IdleTimeout,
		ReadBufferSize:               16 << 10, // the most that request headers may take
		DisablePreParseMultipartForm: true,
		ErrorHandler:                 s.refuseUnparsed,
	})
	s.wrapUnknownMethods()
	s.app.Use(s.observe)
	s.api = newAPI(s)
	s.addHealth()
	s.addMetrics()
	s.addMCP()
	s.addReceipts()
	if c.Memories != nil {
		s.addMemories()
		s.addMemorySteps()
	}
	if c.Projects != nil {
		s.addProjects()
	}
	if c.State != nil {
		s.addState()
	}
	if c.Interactions != nil {
		s.addInteractions()
	}
	if c.Ingest != nil {
		s.addRefresh()
	}
	if c.Query != nil {
		s.addQuery()
	}
	if c.Pack != nil {
		s.addPack()
	}
	if c.Backups != nil {
		s.addBackups()
	}
	if c.Proofs != nil {
		s.addProofs()
	}
	if c.Ledger != nil {
		s.addLedger()
	}
	if c.Keys.Keys != nil {
		s.addKeys()
	}
	if c.Audit != nil {
		s.addAudit()
	}
	if c.Drill != nil {
		s.addDrill()
	}
	if c.Retention != nil {
		s.addRetention()
	}
	if c.Schedule != nil {
		s.addSchedule()
	}
	if err := s.addSpec(); err != nil {
		return nil, err
	}
	return s, nil
}

func orDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// addSpec serves the OpenAPI document of everything that was registered.
func (s *Server) addSpec() error {
	// huma documents its own error model with every call; ours replaces it.
	delete(s.api.OpenAPI().Components.Schemas.Map(), "ErrorModel")
	delete(s.api.OpenAPI().Components.Schemas.Map(), "ErrorDetail")
	spec, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return fmt.Errorf("openapi document: %w", err)
	}
	s.spec = spec
	s.getOrHead("/openapi.json", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, "application/openapi+json")
		return c.Send(s.spec)
	})
	return nil
}

func (s *Server) getOrHead(path string, h fiber.Handler) {
	s.app.Add(http.MethodGet, path, h)
	s.app.Add(http.MethodHead, path, h)
}
