package mcp

import (
	"net/http"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// HTTP returns the handler of the protocol's streamable HTTP. It keeps no session:
// a service that was restarted goes on answering the agents that it had before.
// Whoever mounts it says in the request's context for whom the call is made, and
// guards host, origin and token.
func (s *Server) HTTP() http.Handler {
	return sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s.mcp }, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, DisableLocalhostProtection: true, PropagateRequestCancellation: true,
	})
}
