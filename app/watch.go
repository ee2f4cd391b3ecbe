package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/atocore/atocore/adapters/httpapi"
	"github.com/atocore/atocore/adapters/metrics"
	"github.com/atocore/atocore/adapters/noticebox"
	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/adapters/webhook"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/alert"
	"github.com/atocore/atocore/domain/vitals"
	"github.com/atocore/atocore/ports"
)

const (
	// vitalsKept is for how long the ages on the disk are not looked up again.
	vitalsKept = 5 * time.Second
	// objectivesEvery is how often a running service holds the objectives against
	// the disk, to tell when one changes.
	objectivesEvery = time.Minute
	// noticesEvery is how often a running service tries to deliver what waits.
	noticesEvery = 5 * time.Minute
	// lastWords is how long a command that is done waits for its notices.
	lastWords = 20 * time.Second
)

// messengers returns the ways out that are configured; KindInvalid, with the key,
// for a URL that cannot be used.
func (i installation) messengers() ([]ports.Messenger, error) {
	n := i.settings.Notify
	var out []ports.Messenger
	if n.Webhook != "" {
		host, _ := os.Hostname() // without a name the notice says all else
		w, err := webhook.New(webhook.Config{
			URL: n.Webhook, Secret: n.WebhookSecret, FailuresOnly: n.FailuresOnly, Version: i.version, Host: host, Clock: system.Clock{},
		})
		if err != nil {
			return nil, located(err, i.settings)
		}
		out = append(out, w)
	}
	for _, job := range domain.Jobs() {
		url := n.Heartbeats[string(job)]
		if url == "" {
			continue
		}
		h, err := webhook.NewHeartbeat(job, url, i.version)
		if err != nil {
			return nil, located(err, i.settings)
		}
		out = append(out, h)
	}
	return out, nil
}

// alerts returns what tells people outside; the caller closes it. report is told
// what became of every notice. again is how often what waits is tried, 0 for once.
func (i installation) alerts(again time.Duration, report func(domain.Delivery)) (*alert.Service, error) {
	m, err := i.messengers()
	if err != nil {
		return nil, err
	}
	return alert.New(alert.Config{
		Messengers: m, Clock: system.Clock{}, IDs: system.IDs{}, Report: report,
		Outbox: i.outbox(), Again: again,
		Attempts: i.settings.Notify.Attempts, Timeout: i.settings.Notify.Timeout,
	}), nil
}

// outbox keeps what nobody could be told yet.
func (i installation) outbox() *noticebox.Box {
	return noticebox.New(noticebox.Config{Disk: osdisk.Disk{}, Dir: i.settings.DataDir})
}

// commandAlerts are those of a command: it tells how its jobs ended, and its end
// waits a little for that.
func (i installation) commandAlerts() (tell func(domain.JobReport), end func() error, err error) {
	a, err := i.alerts(0, func(d domain.Delivery) {
		if d.Outcome != domain.Delivered {
			problem, _ := domain.Explain(d.Err)
			if d.Kept {
				problem += "; it is tried again"
			}
			i.say("note: %s was not told (%s): %s", d.To, d.Notice.Event(), problem)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	return a.Job, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), lastWords)
		defer cancel()
		_ = a.Close(ctx) // what is left is in the outbox, and the command did its work
		return nil
	}, nil
}

func (i installation) objectives() domain.Objectives {
	o := i.settings.Objectives
	return domain.Objectives{
		RecoveryPoint: o.RPO, RecoveryTime: o.RTO, ProofAge: o.ProofAge, DrillAge: o.DrillAge, OffsiteAge: o.OffsiteAge,
	}
}

// vitals looks at how safe the state is.
func (i installation) vitals(keep time.Duration) *vitals.Service {
	store := i.backupStore()
	return vitals.New(vitals.Config{
		Clock: system.Clock{}, Objectives: i.objectives(), Backups: store.List, Proof: store.Proof,
		Ledger: i.ledger().Entries, Remote: i.remotePlace(), Keep: keep,
	})
}

// remotePlace says in words where copies are sent, "" for nowhere.
func (i installation) remotePlace() string {
	store, err := i.remoteStore()
	if err != nil {
		return ""
	}
	return store.Place()
}

// watch is what a running service tells of itself.
type watch struct {
	vitals  *vitals.Service
	alerts  *alert.Service
	metrics *metrics.Metrics
	store   *sqlite.Store // set once it is open
	refuse  bool          // /ready answers 503 for what is red
}

func (i installation) watch(log *slog.Logger) (*watch, error) {
	w := &watch{vitals: i.vitals(vitalsKept), refuse: i.settings.Objectives.Refuse}
	w.metrics = metrics.New(metrics.Config{
		Version: i.version, Objectives: i.objectives(), Judge: w.vitals.Judge, Stores: w.counts,
		Files: func() (int64, int64, error) { return fileSizes(i.databasePath()) },
		Free:  i.freeSpace,
	})
	var err error
	w.alerts, err = i.alerts(noticesEvery, func(d domain.Delivery) {
		w.metrics.Delivery(d)
		if d.Outcome != domain.Delivered {
			log.Warn("notice not delivered", slog.String("to", d.To), slog.String("event", d.Notice.Event()),
				slog.String("outcome", string(d.Outcome)), slog.Int("attempts", d.Attempts), slog.Bool("tried_again", d.Kept), slog.Any("error", d.Err))
		}
	})
	return w, err
}

// job tells how a job ended, and does not wait.
func (w *watch) job(r domain.JobReport) {
	w.count(r)
	w.alerts.Job(r)
}

// tell does the same and waits for what becomes of the notices.
func (w *watch) tell(ctx context.Context, r domain.JobReport) error {
	w.count(r)
	return w.alerts.Tell(ctx, r)
}

func (w *watch) count(r domain.JobReport) {
	w.metrics.Job(r)
	w.vitals.Forget()
}

// run tells of objectives that change until ctx ends.
func (w *watch) run(ctx context.Context, log *slog.Logger) {
	w.vitals.Watch(ctx, objectivesEvery, func(v domain.Verdict) {
		level := slog.LevelWarn
		if v.Light == domain.Green {
			level = slog.LevelInfo
		}
		log.Log(ctx, level, "objective", slog.String("name", v.Key), slog.String("light", string(v.Light)), slog.String("reason", v.Reason))
		w.alerts.Objective(v)
	})
}

// text returns what /metrics answers with, nil when it is off.
func (w *watch) text(enabled bool) func(context.Context) ([]byte, error) {
	if !enabled {
		return nil
	}
	return w.metrics.Text
}

// end waits a while for the notices that are under way.
func (w *watch) end(patience time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = w.alerts.Close(ctx) // what is left is in the outbox
}

// ready is how the objectives stand, as components of the service. None is set by
// default, and then there are none.
func (w *watch) ready(ctx context.Context) []httpapi.Component {
	_, verdicts, err := w.vitals.Judge(ctx)
	if err != nil {
		return nil // the request has ended
	}
	var out []httpapi.Component
	for _, v := range verdicts {
		c := httpapi.Component{Name: "objective " + v.Key, Detail: string(v.Light) + ": " + v.Reason, Degraded: v.Light != domain.Green}
		if v.Light == domain.Red && w.refuse {
			c.Err = domain.Unavailable("%s", v.Reason).WithHint("%s", v.Remedy)
		}
		out = append(out, c)
	}
	return out
}

// counts is how much is stored, and how many texts wait for their vector.
func (w *watch) counts(ctx context.Context) (all domain.StoreCounts, backlog int, err error) {
	byProject, err := w.store.Documents().Counts(ctx)
	if err != nil {
		return all, 0, fmt.Errorf("count the stores: %w", err)
	}
	for _, c := range byProject {
		all.Documents += c.Documents
		all.Chunks += c.Chunks
		all.Memories += c.Memories
	}
	state, err := w.store.VectorState(ctx)
	return all, state.Missing, err
}

// fileSizes asks for the sizes alone: to open a live database file as a file would
// drop the locks that SQLite holds on it.
func fileSizes(path string) (database, wal int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	if side, err := os.Stat(path + "-wal"); err == nil {
		wal = side.Size()
	}
	return info.Size(), wal, nil
}

func (i installation) freeSpace() (map[string]int64, error) {
	out := map[string]int64{}
	data, _, err := osdisk.Disk{}.Free(i.settings.DataDir)
	if err != nil {
		return nil, err
	}
	out["data"] = data
	// The folder of the backups is made with the first one.
	if there, _, err := (osdisk.Disk{}).Free(i.settings.Backup.Dir); err == nil {
		out["backups"] = there
	}
	return out, nil
}
