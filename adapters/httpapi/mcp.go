package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
)

const mcpPath = "/mcp"

// addMCP serves agents by the Model Context Protocol, behind the same guard as
// everything else. The call is not in the OpenAPI document: the protocol describes
// itself.
func (s *Server) addMCP() {
	if s.cfg.MCP == nil {
		return
	}
	s.app.All(mcpPath, func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), s.cfg.RequestTimeout)
		defer cancel()
		// Built from copies: who serves it may hold on to it longer than Fiber does.
		r, err := http.NewRequestWithContext(ctx, c.Method(), mcpPath, bytes.NewReader(bytes.Clone(c.Body())))
		if err != nil {
			return err
		}
		r.Host = c.Hostname()
		for name, value := range c.Request().Header.All() {
			r.Header.Add(string(name), string(value))
		}
		w := &captured{header: http.Header{}, status: http.StatusOK}
		s.cfg.MCP.ServeHTTP(w, r)
		for name, values := range w.header {
			for _, value := range values {
				c.Response().Header.Add(name, value)
			}
		}
		if w.status >= http.StatusBadRequest && !strings.HasPrefix(w.header.Get(fiber.HeaderContentType), "application/json") {
			// What never became a message of the protocol is answered like any other call.
			return protocol(w.status, strings.TrimSpace(w.body.String()), "see docs/agents.md for how an agent connects")
		}
		c.Status(w.status)
		return c.Send(w.body.Bytes())
	})
}

// captured is what a net/http handler answers.
type captured struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *captured) Header() http.Header         { return a.header }
func (a *captured) WriteHeader(status int)      { a.status = status }
func (a *captured) Write(p []byte) (int, error) { return a.body.Write(p) }
