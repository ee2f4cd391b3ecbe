package alert_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/alert"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestFake(t *testing.T) {
	porttest.TestMessenger(t, func(*testing.T) ports.Messenger { return &portfake.Messenger{} })
}

// desk is a service over fakes, with what it reported.
type desk struct {
	to     *portfake.Messenger
	clock  portfake.Clock
	pauses []time.Duration

	mu         sync.Mutex
	deliveries []domain.Delivery
}

func (d *desk) service(c alert.Config) *alert.Service {
	if d.to == nil {
		d.to = &portfake.Messenger{}
	}
	c.Messengers = append(c.Messengers, d.to)
	if c.IDs == nil {
		c.IDs = &portfake.IDs{}
	}
	c.Clock = &d.clock
	c.Report = func(x domain.Delivery) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.deliveries = append(d.deliveries, x)
	}
	if c.Wait == nil {
		c.Wait = func(ctx context.Context, p time.Duration) error { d.pauses = append(d.pauses, p); return ctx.Err() }
	}
	return alert.New(c)
}

// failing returns a hook that fails the first n calls with err.
func failing(n int, err error) func(string) error {
	return func(string) error {
		if n--; n >= 0 {
			return err
		}
		return nil
	}
}

var ok = domain.JobReport{Job: domain.JobBackup, Stamp: "20260409T060000Z"}

func TestTells(t *testing.T) {
	var d desk
	s := d.service(alert.Config{})
	s.Job(ok)
	s.Job(domain.JobReport{Job: domain.JobProve}.Failed(errors.New("other ids")))
	s.Objective(domain.Verdict{Key: "rpo", Light: domain.Red})
	require.NoError(t, s.Close(t.Context()))
	got := d.to.Got()
	require.Len(t, got, 3)
	assert.Equal(t, []string{"backup.succeeded", "prove.failed", "objective.missed"}, []string{got[0].Event(), got[1].Event(), got[2].Event()})
	assert.NotEqual(t, got[0].ID, got[1].ID)
	assert.Equal(t, d.clock.Now(), got[0].At)
	assert.Contains(t, got[1].Text(), "prove failed: other ids")
	for _, x := range d.deliveries {
		assert.Equal(t, domain.Delivered, x.Outcome)
		assert.Equal(t, 1, x.Attempts)
	}
}

func TestTriesAgain(t *testing.T) {
	for name, c := range map[string]struct {
		fail     func(string) error
		outcome  domain.DeliveryOutcome
		attempts int
	}{
		"until it works":        {failing(3, domain.Unavailable("busy")), domain.Delivered, 4},
		"not for ever":          {failing(99, domain.Unavailable("busy")), domain.DeliveryFailed, 5},
		"not what is for good":  {failing(99, domain.Refused("gone")), domain.DeliveryFailed, 1},
		"not what nobody knows": {failing(99, errors.New("odd")), domain.DeliveryFailed, 1},
		"and survives a panic":  {func(string) error { panic("boom") }, domain.DeliveryFailed, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := desk{to: &portfake.Messenger{Fail: c.fail}}
			s := d.service(alert.Config{Backoff: time.Second})
			s.Job(ok)
			require.NoError(t, s.Close(t.Context()))
			require.Len(t, d.deliveries, 1)
			assert.Equal(t, c.outcome, d.deliveries[0].Outcome)
			assert.Equal(t, c.attempts, d.deliveries[0].Attempts)
			assert.Equal(t, c.outcome == domain.Delivered, d.deliveries[0].Err == nil)
			for i, p := range d.pauses {
				assert.Equal(t, time.Second<<i, p, "it waits longer each time")
			}
			assert.Len(t, d.pauses, c.attempts-1)
		})
	}
}

// A messenger that hangs neither blocks who tells nor the other messengers; what
// does not fit is dropped, and said.
func TestNeverBlocks(t *testing.T) {
	hold, entered := make(chan struct{}), make(chan struct{}, 9)
	slow := &portfake.Messenger{Fail: func(string) error { entered <- struct{}{}; <-hold; return nil }}
	var d desk
	s := d.service(alert.Config{Messengers: []ports.Messenger{slow}, Queue: 2})
	s.Job(ok)
	<-entered // one is under way, so that two more fit
	for range 4 {
		s.Job(ok)
	}
	close(hold)
	require.NoError(t, s.Close(t.Context()))
	assert.Len(t, slow.Got(), 3)
	dropped := 0
	for _, x := range d.deliveries {
		if x.Outcome == domain.Dropped {
			dropped++
			require.Error(t, x.Err)
		}
	}
	assert.GreaterOrEqual(t, dropped, 2)
	assert.Len(t, d.deliveries, 10, "each of five notices was accounted for on both ways")
}

// Who does not want to wait any longer gets away, and knows what was given up.
func TestCloseGivesUp(t *testing.T) {
	entered := make(chan struct{}, 9)
	d := desk{to: &portfake.Messenger{Fail: func(string) error { entered <- struct{}{}; return domain.Unavailable("down") }}}
	s := d.service(alert.Config{Wait: func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }})
	s.Job(ok)
	s.Job(ok)
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Close(ctx), context.Canceled)
	require.Len(t, d.deliveries, 2)
	for _, x := range d.deliveries {
		assert.Equal(t, domain.DeliveryFailed, x.Outcome)
	}
	s.Job(ok) // too late: said, and no panic
	require.Len(t, d.deliveries, 3)
	assert.Equal(t, domain.Dropped, d.deliveries[2].Outcome)
	require.NoError(t, s.Close(t.Context()))
}

func TestUnwantedIsNotQueued(t *testing.T) {
	d := desk{to: &portfake.Messenger{Refuse: func(n domain.Notice) bool { return n.OK() }}}
	s := d.service(alert.Config{})
	s.Job(ok)
	s.Job(ok.Failed(errors.New("x")))
	require.NoError(t, s.Close(t.Context()))
	require.Len(t, d.to.Got(), 1)
	assert.False(t, d.to.Got()[0].OK())
}

func TestNobodyToTell(t *testing.T) {
	var none *alert.Service
	none.Job(ok)
	none.Objective(domain.Verdict{})
	require.NoError(t, none.Close(t.Context()))
	s := alert.New(alert.Config{})
	s.Job(ok)
	require.NoError(t, s.Close(t.Context()))
}

// Who waits learns whether everybody was reached.
func TestTellWaits(t *testing.T) {
	deaf := &portfake.Messenger{Fail: func(string) error { return domain.Refused("gone") }}
	var d desk
	s := d.service(alert.Config{Messengers: []ports.Messenger{deaf}})
	require.ErrorContains(t, s.Tell(t.Context(), ok), "gone")
	require.Len(t, d.to.Got(), 1, "the others were")
	deaf.Fail = nil
	require.NoError(t, s.Tell(t.Context(), ok))
	require.Len(t, d.to.Got(), 2)
	assert.NotEqual(t, d.to.Got()[0].ID, d.to.Got()[1].ID)
	require.NoError(t, s.Close(t.Context()))
	require.Error(t, s.Tell(t.Context(), ok), "nobody is reached any more")
	require.NoError(t, (*alert.Service)(nil).Tell(t.Context(), ok))
}

func TestTellGivesUp(t *testing.T) {
	hold := make(chan struct{})
	d := desk{to: &portfake.Messenger{Fail: func(string) error { <-hold; return nil }}}
	s := d.service(alert.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Tell(ctx, ok), context.Canceled)
	close(hold)
	require.NoError(t, s.Close(t.Context()))
}

// waiting returns what is still in the outbox when the service has ended.
func waiting(t *testing.T, o *portfake.Outbox) []string {
	t.Helper()
	list, err := o.Waiting(t.Context())
	require.NoError(t, err)
	events := []string{}
	for _, p := range list {
		events = append(events, p.Notice.Event())
	}
	return events
}

func TestNoticesOutliveTheProcess(t *testing.T) {
	var box portfake.Outbox
	ids := &portfake.IDs{}
	failed := domain.JobReport{Job: domain.JobBackup}.Failed(errors.New("the disk is full"))

	// The receiver is away, and the process ends: it is killed, or gives up.
	d := desk{to: &portfake.Messenger{Fail: failing(99, domain.Unavailable("away"))}}
	s := d.service(alert.Config{Outbox: &box, IDs: ids})
	require.NoError(t, s.Tell(t.Context(), failed), "it is kept, and told in the end")
	require.NoError(t, s.Close(t.Context()))
	assert.True(t, d.deliveries[0].Kept)
	require.Equal(t, []string{"backup.failed"}, waiting(t, &box))

	// The next process is not sure that the first is gone, and leaves it alone.
	next := desk{}
	s = next.service(alert.Config{Outbox: &box, IDs: ids})
	s.Job(domain.JobReport{Job: domain.JobPrune})
	require.NoError(t, s.Close(t.Context()))
	assert.Len(t, next.to.Got(), 1)
	require.Equal(t, []string{"backup.failed"}, waiting(t, &box))

	// Later it is delivered, once, as the notice that it was.
	later := desk{}
	later.clock.Advance(time.Hour)
	s = later.service(alert.Config{Outbox: &box, IDs: ids})
	s.Job(domain.JobReport{Job: domain.JobPrune})
	require.NoError(t, s.Close(t.Context()))
	got := later.to.Got()
	require.Len(t, got, 2)
	assert.Equal(t, "backup.failed", got[1].Event())
	assert.Equal(t, "the disk is full", got[1].Report.Problem)
	assert.NotEqual(t, got[0].ID, got[1].ID)
	assert.Empty(t, waiting(t, &box))
}

// A service that runs looks by itself, also after the clock has jumped back.
func TestARunningServiceTriesAgain(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour} {
		var box portfake.Outbox
		_, err := box.Keep(t.Context(), domain.PendingNotice{To: "fake", Notice: porttest.Notices()[1]})
		require.NoError(t, err)
		told := make(chan domain.Delivery, 1)
		d := desk{to: &portfake.Messenger{}}
		d.clock.Set(porttest.Notices()[1].At.Add(jump))
		s := alert.New(alert.Config{
			Messengers: []ports.Messenger{d.to}, Clock: &d.clock, IDs: &portfake.IDs{}, Outbox: &box, Again: time.Hour,
			Report: func(x domain.Delivery) { told <- x },
		})
		assert.Equal(t, domain.Delivered, (<-told).Outcome)
		require.NoError(t, s.Close(t.Context()))
		assert.Empty(t, waiting(t, &box))
	}
}

func TestWhatLeavesTheOutbox(t *testing.T) {
	old := porttest.Notices()[1]
	for name, c := range map[string]struct {
		to   string
		fail func(string) error
		left []string
	}{
		"refused for good":                    {"fake", failing(99, domain.Refused("no such hook")), []string{}},
		"away":                                {"fake", failing(99, domain.Unavailable("away")), []string{"backup.failed", "prune.succeeded"}},
		"one that is not configured any more": {"webhook elsewhere", nil, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			var box portfake.Outbox
			_, err := box.Keep(t.Context(), domain.PendingNotice{To: c.to, Notice: old})
			require.NoError(t, err)
			d := desk{to: &portfake.Messenger{Fail: c.fail}}
			d.clock.Set(old.At.Add(time.Hour))
			s := d.service(alert.Config{Outbox: &box})
			s.Job(domain.JobReport{Job: domain.JobPrune})
			require.NoError(t, s.Close(t.Context()))
			assert.Equal(t, c.left, waiting(t, &box))
			assert.Len(t, d.deliveries, 2, "what became of both was said")
		})
	}
}

// A beat that failed is void once a newer one was delivered.
func TestOlderBeatsAreVoid(t *testing.T) {
	var box portfake.Outbox
	old := porttest.Notices()[1]
	_, err := box.Keep(t.Context(), domain.PendingNotice{To: "fake", Notice: old})
	require.NoError(t, err)
	d := desk{to: &portfake.Messenger{Newest: true}}
	d.clock.Set(old.At.Add(time.Minute)) // nobody knows whether the other process still tries
	s := d.service(alert.Config{Outbox: &box})
	s.Job(ok)
	require.NoError(t, s.Close(t.Context()))
	require.Len(t, d.to.Got(), 1)
	assert.Empty(t, waiting(t, &box))
}

// Where nothing can be kept, it is told as long as the process lives.
func TestAFullDiskIsTold(t *testing.T) {
	box := portfake.Outbox{Fail: func(string) error { return domain.Unavailable("the disk is full") }}
	var d desk
	s := d.service(alert.Config{Outbox: &box})
	require.NoError(t, s.Tell(t.Context(), ok))
	assert.Len(t, d.to.Got(), 1)
	require.NoError(t, s.Close(t.Context()))
	deaf := desk{to: &portfake.Messenger{Fail: failing(99, domain.Unavailable("away"))}}
	s = deaf.service(alert.Config{Outbox: &box})
	require.Error(t, s.Tell(t.Context(), ok), "then somebody has to tell again")
	require.NoError(t, s.Close(t.Context()))
	assert.False(t, deaf.deliveries[0].Kept)
}

func TestFakeOutbox(t *testing.T) {
	porttest.TestOutbox(t, func(*testing.T) porttest.OutboxFixture {
		o := &portfake.Outbox{Most: 5}
		return porttest.OutboxFixture{Open: func() ports.Outbox { return o }, Most: 5}
	})
}
