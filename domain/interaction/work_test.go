package interaction_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// What fails is tried again after a pause that grows, not at once, and is given up in
// the end.
func TestWorkPausesAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.Chat = b.chat
		b.chat.Reply = func(string, string) (string, error) { return "nonsense", nil }
		for range 2 {
			b.record(t, "Good morning to all of you.", "And to you.")
		}
		failures := 0
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			b.Work(ctx, func(_ domain.Interaction, err error) {
				if err != nil {
					failures++
				}
			})
		}()
		for _, c := range []struct {
			pause time.Duration
			asked int
		}{{0, 2}, {29 * time.Second, 2}, {2 * time.Second, 4}, {58 * time.Second, 4}, {3 * time.Second, 6}, {time.Hour, 6}} {
			time.Sleep(c.pause)
			synctest.Wait()
			assert.Len(t, b.chat.Asked(), c.asked, "after %s", c.pause)
		}
		assert.Equal(t, 4, failures, "giving up is no failure")
		page, err := b.List(t.Context(), domain.InteractionFilter{Extraction: domain.ExtractionFailed})
		require.NoError(t, err)
		assert.Len(t, page.Interactions, 2)
		cancel()
		<-ended
	})
}
