package webhook

import (
	"context"
	"net/http"
	"net/url"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// longestBeat bounds the text of a heartbeat, in bytes.
const longestBeat = 10 << 10

// Heartbeat calls a URL whenever one job went well, and the same with /fail at the
// end of its path when it did not. A watchdog on the other side raises the alarm
// when the calls stay away: it notices what the machine itself cannot tell.
type Heartbeat struct {
	job     domain.Job
	ok      *url.URL
	fail    *url.URL
	version string
	client  *http.Client
}

var _ ports.Messenger = (*Heartbeat)(nil)

// NewHeartbeat returns the heartbeat of a job; KindInvalid for a URL that cannot
// be used.
func NewHeartbeat(job domain.Job, raw, version string) (*Heartbeat, error) {
	u, err := parse("notify.heartbeat_"+string(job), raw)
	if err != nil {
		return nil, err
	}
	return &Heartbeat{job: job, ok: u, fail: u.JoinPath("fail"), version: version, client: newClient()}, nil
}

// Name shows the job and the host of the URL, and no more.
func (h *Heartbeat) Name() string { return "heartbeat of " + string(h.job) + " " + shown(h.ok) }

// Latest is true: a beat says how the job stands, and an older one no more.
func (h *Heartbeat) Latest() bool { return true }

// Wants takes the reports of its job.
func (h *Heartbeat) Wants(n domain.Notice) bool { return n.Report != nil && n.Report.Job == h.job }

// Deliver makes one call. The body is a line for people.
func (h *Heartbeat) Deliver(ctx context.Context, n domain.Notice) error {
	u := h.ok
	if !n.OK() {
		u = h.fail
	}
	header := http.Header{}
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("User-Agent", "atocore/"+h.version)
	header.Set(HeaderID, n.ID)
	text := n.Text()
	if len(text) > longestBeat {
		text = text[:longestBeat]
	}
	return post(ctx, h.client, u, header, []byte(text))
}
