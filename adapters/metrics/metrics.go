// Package metrics keeps what a monitoring system asks for, in Prometheus' text
// format, with a registry of its own. Labels take few values that the program
// chooses: no name of a project, path, stamp or host ever becomes one.
package metrics

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"github.com/atocore/atocore/domain"
)

// Config is where the values come from. Every function may be nil: what it would
// tell is left out.
type Config struct {
	Version    string
	Objectives domain.Objectives
	// Judge returns how safe the state is, and how the objectives stand.
	Judge func(ctx context.Context) (domain.Vitals, []domain.Verdict, error)
	// Stores returns how much is stored, and how many texts wait for their vector.
	Stores func(ctx context.Context) (counts domain.StoreCounts, backlog int, err error)
	// Files returns the bytes of the database and of its write-ahead log.
	Files func() (database, wal int64, err error)
	// Free returns the free bytes by place: data, backups.
	Free func() (map[string]int64, error)
	// Keep is for how long what Stores said is said again; 0: 15 s.
	Keep time.Duration
	Now  func() time.Time // for Keep, in tests; nil: time.Now
}

// Metrics is one set of values. It is safe for concurrent use.
type Metrics struct {
	cfg      Config
	registry *prometheus.Registry

	requests   *prometheus.HistogramVec
	runs       *prometheus.CounterVec
	took       *prometheus.GaugeVec
	bytes      *prometheus.GaugeVec
	deliveries *prometheus.CounterVec

	mu    sync.Mutex // one scrape at a time
	facts facts
}

// New returns metrics that have counted nothing yet.
func New(c Config) *Metrics {
	if c.Keep == 0 {
		c.Keep = 15 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	m := &Metrics{cfg: c, registry: prometheus.NewRegistry()}
	m.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "atocore_http_request_duration_seconds", Help: "Time to answer HTTP requests, by route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"method", "route", "status"})
	m.runs = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "atocore_job_runs_total", Help: "Runs of a job in this process, by outcome.",
	}, []string{"task", "outcome"})
	m.took = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "atocore_job_duration_seconds", Help: "How long the last run of a job in this process took.",
	}, []string{"task"})
	m.bytes = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "atocore_job_bytes", Help: "Bytes that the last successful run of a job in this process wrote, read or sent.",
	}, []string{"task"})
	m.deliveries = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "atocore_notices_total", Help: "Notices to webhook and heartbeats, by what became of them.",
	}, []string{"channel", "outcome"})
	for _, j := range domain.Jobs() {
		// A counter that is there before the first failure lets its rate be seen.
		m.runs.WithLabelValues(string(j), succeeded)
		m.runs.WithLabelValues(string(j), failed)
	}
	for _, channel := range channels {
		for _, o := range []domain.DeliveryOutcome{domain.Delivered, domain.DeliveryFailed, domain.Dropped} {
			m.deliveries.WithLabelValues(channel, string(o))
		}
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "atocore_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": c.Version, "go_version": runtime.Version()},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.requests, m.runs, m.took, m.bytes, m.deliveries, build, &m.facts,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

const (
	succeeded = "succeeded"
	failed    = "failed"
)

var channels = []string{"webhook", "heartbeat"}

// Job counts a run of a job.
func (m *Metrics) Job(r domain.JobReport) {
	if !slices.Contains(domain.Jobs(), r.Job) {
		return
	}
	outcome := succeeded
	if r.OK() {
		m.bytes.WithLabelValues(string(r.Job)).Set(float64(r.Bytes))
	} else {
		outcome = failed
	}
	m.runs.WithLabelValues(string(r.Job), outcome).Inc()
	m.took.WithLabelValues(string(r.Job)).Set(r.Took.Seconds())
}

// Delivery counts what became of a notice.
func (m *Metrics) Delivery(d domain.Delivery) {
	channel, _, _ := strings.Cut(d.To, " ") // the rest of the name is for people
	if !slices.Contains(channels, channel) {
		channel = "other"
	}
	m.deliveries.WithLabelValues(channel, string(d.Outcome)).Inc()
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// Request counts an answered HTTP request. route is the pattern that matched, ""
// for none: paths are made up by clients, and carry names.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	if !slices.Contains(methods, method) {
		method = "other"
	}
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// ContentType is that of what Text returns.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Text returns all values. A part that cannot be asked is left out, and
// atocore_scrape_part_failed says so.
func (m *Metrics) Text(ctx context.Context) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.facts.look(ctx, m.cfg)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("gather metrics: %w", err)
	}
	families, err := m.registry.Gather()
	if err != nil {
		return nil, fmt.Errorf("gather metrics: %w", err)
	}
	var b bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			return nil, fmt.Errorf("render metrics: %w", err)
		}
	}
	return b.Bytes(), nil
}
