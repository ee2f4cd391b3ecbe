package mcp

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is for a loaded machine; what is awaited takes milliseconds.
const patience = 20 * time.Second

func serve(t *testing.T, c Config, in io.Reader, out io.Writer, gone <-chan struct{}) <-chan error {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- New(c).Stdio(t.Context(), in, out, gone) }()
	return ended
}

func requireEnd(t *testing.T, ended <-chan error) {
	t.Helper()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(patience):
		require.Fail(t, "still serving")
	}
}

func TestStdioServesAndLeavesWithItsClient(t *testing.T) {
	in, write := io.Pipe()
	read, out := io.Pipe()
	ended := serve(t, newWorld().config(), in, out, nil)
	s, err := sdk.NewClient(&sdk.Implementation{Name: "x", Version: "1"}, nil).Connect(t.Context(), &sdk.IOTransport{Reader: read, Writer: write}, nil)
	require.NoError(t, err)
	ask(t, s, "recall", args{"prompt": "x"}, nil)
	require.NoError(t, s.Close())
	requireEnd(t, ended)
}

const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
`

const call2 = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"project","arguments":{}}}
`

// A client that writes everything at once and closes its side still gets answers.
func TestStdioAnswersWhatWasAskedBeforeTheEnd(t *testing.T) {
	var out lockedBuffer
	in := strings.NewReader(hello + call2)
	requireEnd(t, serve(t, newWorld().config(), in, &out, nil))
	assert.Contains(t, out.String(), `"id":2`)
	assert.Contains(t, out.String(), "Far Away")
}

// stuck is a configuration whose services never open before their context ends.
func stuck() (c Config, asked, cut chan struct{}) {
	asked, cut = make(chan struct{}), make(chan struct{})
	return Config{Open: func(ctx context.Context) (*Services, error) {
		close(asked)
		<-ctx.Done()
		close(cut)
		return nil, ctx.Err()
	}}, asked, cut
}

func TestStdioLeavesWithRequestsUnderWay(t *testing.T) {
	t.Run("when the parent is gone", func(t *testing.T) {
		c, asked, cut := stuck()
		in, write := io.Pipe()
		gone := make(chan struct{})
		ended := serve(t, c, in, io.Discard, gone)
		_, err := io.WriteString(write, hello+call2)
		require.NoError(t, err)
		<-asked
		close(gone)
		requireEnd(t, ended)
		<-cut
	})
	t.Run("when nobody reads", func(t *testing.T) {
		c, _, _ := stuck()
		in, write := io.Pipe()
		ended := serve(t, c, in, failing{}, nil)
		go func() { _, _ = io.WriteString(write, hello) }()
		requireEnd(t, ended)
	})
	t.Run("when its context ends", func(t *testing.T) {
		c, asked, cut := stuck()
		in, write := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- New(c).Stdio(ctx, in, io.Discard, nil) }()
		_, err := io.WriteString(write, hello+call2)
		require.NoError(t, err)
		<-asked
		cancel()
		requireEnd(t, ended)
		<-cut
	})
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
