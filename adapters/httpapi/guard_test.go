package httpapi

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestCheckExposure(t *testing.T) {
	for listen, want := range map[string]domain.Kind{
		"127.0.0.1:8100":   "",
		"127.9.9.9:1":      "",
		"[::1]:8100":       "",
		"localhost:8100":   "",
		"LOCALHOST:8100":   "",
		"0.0.0.0:8100":     domain.KindRefused,
		":8100":            domain.KindRefused,
		"[::]:8100":        domain.KindRefused,
		"192.168.1.4:8100": domain.KindRefused,
		"example.org:8100": domain.KindRefused,
		"127.0.0.1":        domain.KindInvalid,
		"":                 domain.KindInvalid,
		"[::1":             domain.KindInvalid,
	} {
		assert.Equal(t, want, domain.KindOf(CheckExposure(listen, "")), "%q without a token", listen)
		if want == domain.KindRefused {
			want = ""
		}
		assert.Equal(t, want, domain.KindOf(CheckExposure(listen, "secret")), "%q with a token", listen)
	}
}

func TestHostOnly(t *testing.T) {
	for in, want := range map[string]string{
		"localhost": "localhost", "localhost:8100": "localhost", "LocalHost.:1": "localhost",
		"[::1]:8100": "::1", "[::1]": "::1", "127.0.0.1:80": "127.0.0.1", "": "", "evil.example:8100": "evil.example",
		"[::1]:8100:9": "::1]:8100:9",
	} {
		assert.Equal(t, want, hostOnly(in), "%q", in)
	}
	for host, want := range map[string]bool{
		"localhost": true, "a.localhost": true, "127.1.2.3": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "notlocalhost": false, "10.0.0.1": false,
		"2130706433": false, "0.0.0.0": false, "::": false,
	} {
		assert.Equal(t, want, isLoopback(host), "%q", host)
	}
}

// An address that the server listens on is a name of its own.
func TestListenAddressIsKnown(t *testing.T) {
	s, err := New(Config{APIToken: "t"})
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(endedListener{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 8100}}) }()
	require.NoError(t, <-ended)
	assert.True(t, s.guard.known("192.0.2.7"))
	assert.False(t, s.guard.known("192.0.2.8"))
}

// endedListener has an address and accepts nothing.
type endedListener struct{ addr net.Addr }

func (l endedListener) Accept() (net.Conn, error) { return nil, io.EOF }
func (l endedListener) Close() error              { return nil }
func (l endedListener) Addr() net.Addr            { return l.addr }
