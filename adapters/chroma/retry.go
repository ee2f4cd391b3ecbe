package chroma

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// policy says how often a call is tried, and how long one try may take. Every
// call can be repeated: storing and removing the same rows twice is the same as
// once.
type policy struct {
	tries   int
	timeout time.Duration
}

const (
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// try calls f until it succeeds, fails for good, or the tries are used up, and
// then says what an operator can do about it.
func (s *Server) try(ctx context.Context, p policy, f func(ctx context.Context) error) error {
	pause := firstPause
	for n := 1; ; n++ {
		err := bounded(ctx, p.timeout, f)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if n >= p.tries || !passing(err) {
			return s.explain(err)
		}
		// Between half and all of the pause, so that two who were turned away
		// together do not come back together.
		wait := time.NewTimer(pause/2 + rand.N(pause/2)) //nolint:gosec // no secret hangs on it
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		}
		pause = min(2*pause, longestPause)
	}
}

func bounded(ctx context.Context, timeout time.Duration, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := f(ctx)
	if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// passing tells whether the same call may succeed later.
func passing(err error) bool {
	var said *statusError
	if errors.As(err, &said) {
		switch said.status {
		case http.StatusTooManyRequests, http.StatusInternalServerError,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return said.name != "not Chroma"
		}
		return false
	}
	return true
}

// damaged tells whether the server stumbles over the files of a graph. It rewrites
// them in place: killed at the wrong moment it leaves some that it can neither
// read nor mend, and from then on answers no call about the collection.
func damaged(said *statusError) bool {
	m := strings.ToLower(said.message)
	return said.status == http.StatusInternalServerError && (strings.Contains(m, "hnsw") || strings.Contains(m, "segment reader") ||
		strings.Contains(m, "segment writer"))
}

// explain turns the last error into one that says what to do.
func (s *Server) explain(err error) error {
	var said *statusError
	if errors.As(err, &said) {
		switch {
		case said.status == http.StatusUnauthorized, said.status == http.StatusForbidden:
			return domain.Refused("the Chroma server at %s does not accept the token", s.place).
				WithHint("set chroma.token, or the file named by chroma.token_file").Because(err)
		case said.status == http.StatusTooManyRequests:
			return domain.Unavailable("the Chroma server at %s turns calls away: its quota is used up", s.place).
				WithHint("try again later").Because(err)
		case said.status == http.StatusNotFound:
			return domain.NotFound("the Chroma server at %s does not have that", s.place).
				WithHint("check chroma.tenant and chroma.database; rebuild the index with: atocore index rebuild").Because(err)
		case said.status >= 300 && said.status < 400, said.name == "not Chroma":
			return domain.Unavailable("what answers at %s is not a Chroma server of API v2", s.place).
				WithHint("check chroma.url").Because(err)
		case said.status < 500:
			return domain.Invalid("the Chroma server at %s refused the call", s.place).Because(err)
		}
		if damaged(said) {
			return domain.Corrupt("the Chroma server at %s cannot read its own files of this collection", s.place).
				WithHint("make them anew from the text with: atocore index rebuild").Because(err)
		}
		return domain.Unavailable("the Chroma server at %s failed", s.place).
			WithHint("see its log; atocore goes on by itself once it works").Because(err)
	}
	// The address is in the message already.
	var call *url.Error
	if errors.As(err, &call) {
		err = call.Err
	}
	var late net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &late) && late.Timeout() {
		return domain.Unavailable("the Chroma server at %s did not answer in time", s.place).
			WithHint("see whether it is overloaded, or raise chroma.timeout").Because(err)
	}
	return domain.Unavailable("the Chroma server at %s cannot be reached", s.place).
		WithHint("start it, or correct chroma.url; atocore goes on by itself once it answers").Because(err)
}
