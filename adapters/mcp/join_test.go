package mcp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// serving is a service that can be joined, until it is closed.
func serving(t *testing.T, c Config) (dial func(context.Context) (net.Conn, error), end func()) {
	t.Helper()
	trusted := c
	trusted.Trusted = true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: JoinHandler(New(c), New(trusted), authenticate)}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	end = func() {
		_ = server.Close()
		assert.ErrorIs(t, <-ended, http.ErrServerClosed)
	}
	t.Cleanup(func() { _ = server.Close() })
	return func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
	}, end
}

// authenticate knows one key, which may read.
func authenticate(_ context.Context, secret string) (domain.Principal, error) {
	if secret != "reader" {
		return domain.Principal{}, domain.Unauthorized("no such key")
	}
	return domain.Principal{Key: "k", Name: "kim", Scopes: []domain.KeyScope{domain.KeyRead}}, nil
}

func TestAKeyHoldsAlsoWhereAServiceIsJoined(t *testing.T) {
	far, near := newWorld(), newWorld()
	dial, _ := serving(t, far.config())
	c := near.config()
	c.Join, c.Key, c.Trusted = dial, "reader", true
	s := joining(t, c)
	ask(t, s, "project", nil, nil)
	assert.Contains(t, refused(t, s, "remember", args{"content": "x", "memory_type": "project"}), "it needs the scope write")
	assert.Zero(t, near.opened)

	// What the service does not accept is not done for it.
	c.Key = "revoked"
	near.services.Identify = func(context.Context) (domain.Principal, error) {
		return domain.Principal{}, domain.Unauthorized("the key was revoked")
	}
	assert.Contains(t, refused(t, joining(t, c), "project", nil), "the key was revoked")
}

// joining is an agent of a process that joins, over pipes.
func joining(t *testing.T, c Config) *sdk.ClientSession {
	t.Helper()
	in, write := io.Pipe()
	read, out := io.Pipe()
	ended := serve(t, c, in, out, nil)
	s, err := sdk.NewClient(&sdk.Implementation{Name: "Some Agent", Version: "1"}, nil).Connect(t.Context(), &sdk.IOTransport{Reader: read, Writer: write}, nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = s.Close()
		requireEnd(t, ended)
	})
	return s
}

func TestAProcessJoinsTheServiceAndOutlivesIt(t *testing.T) {
	for _, trusted := range []bool{false, true} {
		far, near := newWorld(), newWorld()
		dial, end := serving(t, far.config())
		c := near.config()
		c.Join, c.Trusted = dial, trusted
		s := joining(t, c)
		var stored rememberOut
		ask(t, s, "remember", args{"content": "The port is 8100", "memory_type": "project"}, &stored)
		assert.Zero(t, near.opened, "the service did it")
		assert.Equal(t, map[bool]string{false: "candidate", true: "active"}[trusted], stored.Status)
		m, err := far.services.Memory.Get(t.Context(), stored.ID)
		require.NoError(t, err)
		assert.Equal(t, "mcp:Some Agent", m.Last.By, "the service knows who speaks")
		r, err := s.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "atocore://memory/" + stored.ID})
		require.NoError(t, err)
		assert.Contains(t, r.Contents[0].Text, "8100")
		assert.Contains(t, refused(t, s, "recall", args{"prompt": "x", "project": "Apolo"}), `did you mean "Apollo"?`)
		_, err = s.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "atocore://memory/none"})
		require.ErrorContains(t, err, `there is no memory "none"`)
		_, err = s.CallTool(t.Context(), &sdk.CallToolParams{Name: "none"})
		require.Error(t, err)
		assert.Zero(t, near.opened)

		end()
		ask(t, s, "remember", args{"content": "The port is 9000", "memory_type": "project"}, &stored)
		assert.Equal(t, 1, near.opened, "now it does it itself")
		_, err = near.services.Memory.Get(t.Context(), stored.ID)
		require.NoError(t, err)
	}
}

func TestAnotherVersionIsNotJoined(t *testing.T) {
	far, near := newWorld(), newWorld()
	other := far.config()
	other.Version = "2.0.0"
	dial, _ := serving(t, other)
	c := near.config()
	c.Join = dial
	ask(t, joining(t, c), "project", nil, nil)
	assert.Zero(t, far.opened)
	assert.Equal(t, 1, near.opened)
}

func TestWhereNobodyListensNothingIsJoined(t *testing.T) {
	w := newWorld()
	c := w.config()
	c.Join = func(context.Context) (net.Conn, error) { return nil, errors.New("nobody") }
	s := joining(t, c)
	ask(t, s, "project", nil, nil)
	assert.Equal(t, 1, w.opened)
}
