package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// The headers of a delivery.
const (
	HeaderID        = "Atocore-Delivery"  // the same for every attempt
	HeaderEvent     = "Atocore-Event"     // backup.failed
	HeaderSignature = "Atocore-Signature" // t=UNIX SECONDS,v1=HEXADECIMAL
)

// Config says where a Webhook sends what.
type Config struct {
	URL    string // http or https
	Secret string // signs the deliveries; "" leaves them unsigned
	// FailuresOnly leaves out jobs that went well.
	FailuresOnly bool
	Version      string // of the program
	Host         string // name of this machine; "" leaves it out
	Clock        ports.Clock
}

// Webhook posts notices as JSON.
type Webhook struct {
	cfg    Config
	url    *url.URL
	client *http.Client
}

var _ ports.Messenger = (*Webhook)(nil)

// New returns the webhook; KindInvalid for a URL that cannot be used.
func New(c Config) (*Webhook, error) {
	u, err := parse("notify.webhook", c.URL)
	if err != nil {
		return nil, err
	}
	return &Webhook{cfg: c, url: u, client: newClient()}, nil
}

// Name shows the host of the URL and no more.
func (w *Webhook) Name() string { return "webhook " + shown(w.url) }

// Wants takes all, or all but jobs that went well.
func (w *Webhook) Wants(n domain.Notice) bool {
	return !w.cfg.FailuresOnly || n.Verdict != nil || !n.OK()
}

// Latest is false: every notice is news.
func (w *Webhook) Latest() bool { return false }

type noticeJSON struct {
	ID        string         `json:"id"`
	Event     string         `json:"event"`
	Time      time.Time      `json:"time"`
	OK        bool           `json:"ok"`
	Text      string         `json:"text"`
	Job       *jobJSON       `json:"job,omitempty"`
	Objective *objectiveJSON `json:"objective,omitempty"`
	Host      string         `json:"host,omitempty"`
	Version   string         `json:"version"`
}

type jobJSON struct {
	Name            string    `json:"name"`
	Stamp           string    `json:"stamp,omitempty"`
	StartedAt       time.Time `json:"started_at"`
	DurationSeconds float64   `json:"duration_seconds"`
	Bytes           int64     `json:"bytes"`
	Scheduled       bool      `json:"scheduled"`
	Summary         string    `json:"summary,omitempty"`
	Problem         string    `json:"problem,omitempty"`
	Remedy          string    `json:"remedy,omitempty"`
}

type objectiveJSON struct {
	Name         string   `json:"name"`
	Light        string   `json:"light"`
	LimitSeconds float64  `json:"limit_seconds"`
	SeenSeconds  *float64 `json:"seen_seconds"` // null: never
	Reason       string   `json:"reason"`
	Remedy       string   `json:"remedy,omitempty"`
}

func (w *Webhook) body(n domain.Notice) ([]byte, error) {
	j := noticeJSON{
		ID: n.ID, Event: n.Event(), Time: n.At, OK: n.OK(), Text: n.Text(), Host: w.cfg.Host, Version: w.cfg.Version,
	}
	if r := n.Report; r != nil {
		j.Job = &jobJSON{
			Name: string(r.Job), Stamp: string(r.Stamp), StartedAt: r.Started, DurationSeconds: r.Took.Seconds(),
			Bytes: r.Bytes, Scheduled: r.Schedule, Summary: r.Summary, Problem: r.Problem, Remedy: r.Remedy,
		}
	}
	if v := n.Verdict; v != nil {
		j.Objective = &objectiveJSON{
			Name: v.Key, Light: string(v.Light), LimitSeconds: v.Limit.Seconds(), Reason: v.Reason, Remedy: v.Remedy,
		}
		if !v.Never {
			seen := v.Seen.Seconds()
			j.Objective.SeenSeconds = &seen
		}
	}
	return json.Marshal(j)
}

// Deliver posts the notice once.
func (w *Webhook) Deliver(ctx context.Context, n domain.Notice) error {
	body, err := w.body(n)
	if err != nil {
		return fmt.Errorf("render the notice: %w", err)
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "atocore/"+w.cfg.Version)
	h.Set(HeaderID, n.ID)
	h.Set(HeaderEvent, n.Event())
	if w.cfg.Secret != "" {
		// The time is of the attempt, and signed with the body: a receiver can
		// refuse what somebody recorded and sends again.
		at := strconv.FormatInt(w.cfg.Clock.Now().Unix(), 10)
		h.Set(HeaderSignature, "t="+at+",v1="+Sign(w.cfg.Secret, at, body))
	}
	return post(ctx, w.client, w.url, h, body)
}

// Sign returns the hexadecimal HMAC-SHA256 of the time, a dot and the body.
func Sign(secret, at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
