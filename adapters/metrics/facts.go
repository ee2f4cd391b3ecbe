package metrics

import (
	"context"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/atocore/atocore/domain"
)

// facts are the values that are looked up when somebody asks.
type facts struct {
	vitals   *domain.Vitals
	verdicts []domain.Verdict
	limits   map[string]time.Duration

	stores   *storeFacts
	storesAt time.Time
	database *int64
	wal      *int64
	free     map[string]int64
	failed   map[string]bool // by part
}

type storeFacts struct {
	counts  domain.StoreCounts
	backlog int
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// The descriptions are values of a function, not of the package: there are no
// globals to collide.
func descs() map[string]*prometheus.Desc {
	out := map[string]*prometheus.Desc{}
	for _, d := range []struct {
		name, help string
		labels     []string
	}{
		{"atocore_last_success_age_seconds", "Age of the last good backup, proof, drill and copy off site, as the disk shows it; +Inf for never.", []string{"task"}},
		{"atocore_last_success_timestamp_seconds", "When that was; missing for never.", []string{"task"}},
		{"atocore_restore_seconds", "How long the restore took that the last proof measured.", nil},
		{"atocore_drill_failed", "1 when the newest drill failed.", nil},
		{"atocore_ledger_faults", "What is wrong with the ledger's chain: gaps, edits.", nil},
		{"atocore_backups", "Backups, by how far they are known to be good.", []string{"standing"}},
		{"atocore_backups_bytes", "Bytes of all backups.", nil},
		{"atocore_backups_ahead", "Backups that bear a time to come: a clock was wrong.", nil},
		{"atocore_last_backup_bytes", "Bytes of the newest good backup.", nil},
		{"atocore_objective_seconds", "What is allowed, for each objective that is set.", []string{"objective"}},
		{"atocore_objective_light", "0 green, 1 yellow, 2 red, for each objective that is set.", []string{"objective"}},
		{"atocore_store_documents", "Documents stored.", nil},
		{"atocore_store_chunks", "Chunks stored.", nil},
		{"atocore_store_memories", "Memories stored.", nil},
		{"atocore_index_backlog", "Texts that wait for their vector.", nil},
		{"atocore_database_bytes", "Size of the database file.", nil},
		{"atocore_wal_bytes", "Size of the database's write-ahead log.", nil},
		{"atocore_disk_free_bytes", "Bytes that can still be written.", []string{"place"}},
		{"atocore_scrape_part_failed", "1 for a part of this answer that could not be found out.", []string{"part"}},
	} {
		out[d.name] = desc(d.name, d.help, d.labels...)
	}
	return out
}

// The parts of an answer.
const (
	partVitals = "vitals"
	partStores = "stores"
	partFiles  = "files"
	partDisk   = "disk"
)

// look asks everything anew but the stores, whose counting reads a lot.
func (f *facts) look(ctx context.Context, c Config) {
	f.failed = map[string]bool{}
	f.vitals, f.verdicts, f.database, f.wal, f.free = nil, nil, nil, nil, nil
	o := c.Objectives
	f.limits = map[string]time.Duration{
		"rpo": o.RecoveryPoint, "rto": o.RecoveryTime, "proof_age": o.ProofAge, "drill_age": o.DrillAge, "offsite_age": o.OffsiteAge,
	}
	if c.Judge != nil {
		v, verdicts, err := c.Judge(ctx)
		f.failed[partVitals] = err != nil || len(v.Unknown) > 0
		if err == nil {
			f.vitals, f.verdicts = &v, verdicts
		}
	}
	if c.Stores != nil {
		now := c.Now()
		if age := now.Sub(f.storesAt); f.stores == nil || age < 0 || age >= c.Keep {
			counts, backlog, err := c.Stores(ctx)
			f.stores, f.storesAt = &storeFacts{counts, backlog}, now
			if err != nil {
				f.stores = nil
			}
		}
		f.failed[partStores] = f.stores == nil
	}
	if c.Files != nil {
		database, wal, err := c.Files()
		if f.failed[partFiles] = err != nil; err == nil {
			f.database, f.wal = &database, &wal
		}
	}
	if c.Free != nil {
		free, err := c.Free()
		f.free, f.failed[partDisk] = free, err != nil
	}
}

// Describe lists everything that Collect may yield.
func (f *facts) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range descs() {
		ch <- d
	}
}

// Collect yields what look found.
func (f *facts) Collect(ch chan<- prometheus.Metric) {
	known := descs()
	put := func(name string, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(known[name], prometheus.GaugeValue, value, labels...)
	}
	for part, bad := range f.failed {
		put("atocore_scrape_part_failed", one(bad), part)
	}
	if f.vitals != nil {
		f.collectVitals(put)
	}
	for key, limit := range f.limits {
		if limit > 0 {
			put("atocore_objective_seconds", limit.Seconds(), key)
		}
	}
	for _, v := range f.verdicts {
		put("atocore_objective_light", map[domain.Light]float64{domain.Green: 0, domain.Yellow: 1, domain.Red: 2}[v.Light], v.Key)
	}
	if s := f.stores; s != nil {
		put("atocore_store_documents", float64(s.counts.Documents))
		put("atocore_store_chunks", float64(s.counts.Chunks))
		put("atocore_store_memories", float64(s.counts.Memories))
		put("atocore_index_backlog", float64(s.backlog))
	}
	if f.database != nil {
		put("atocore_database_bytes", float64(*f.database))
		put("atocore_wal_bytes", float64(*f.wal))
	}
	for place, bytes := range f.free {
		put("atocore_disk_free_bytes", float64(bytes), place)
	}
}

func (f *facts) collectVitals(put func(string, float64, ...string)) {
	v := f.vitals
	last := func(job domain.Job, part string, at time.Time) {
		if v.Unknown[part] != nil {
			return // neither old nor new: not known
		}
		age := math.Inf(1)
		if !at.IsZero() {
			age = max(0, v.At.Sub(at).Seconds())
			put("atocore_last_success_timestamp_seconds", float64(at.UnixMilli())/1000, string(job))
		}
		put("atocore_last_success_age_seconds", age, string(job))
	}
	last(domain.JobBackup, "backups", v.LastBackup.CreatedAt)
	last(domain.JobProve, "backups", v.LastProof)
	last(domain.JobDrill, "ledger", v.LastDrill)
	if v.Remote != "" {
		last(domain.JobPush, "ledger", v.LastPush)
	}
	if v.RestoreTime > 0 {
		put("atocore_restore_seconds", v.RestoreTime.Seconds())
	}
	if v.Unknown["ledger"] == nil {
		put("atocore_drill_failed", one(v.DrillFailed != ""))
		put("atocore_ledger_faults", float64(len(v.LedgerFaults)))
	}
	if v.Unknown["backups"] != nil {
		return
	}
	for _, s := range []domain.Standing{domain.StandingWritten, domain.StandingValidated, domain.StandingProven, domain.StandingBroken} {
		put("atocore_backups", float64(v.Standings[s]), string(s))
	}
	put("atocore_backups_bytes", float64(v.Bytes))
	put("atocore_backups_ahead", float64(len(v.Ahead)))
	put("atocore_last_backup_bytes", float64(v.LastBackup.Bytes))
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
