package metrics_test

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/metrics"
	"github.com/atocore/atocore/domain"
)

var now = time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)

// healthy is a configuration in which every part answers.
func healthy() metrics.Config {
	o := domain.Objectives{RecoveryPoint: 24 * time.Hour, DrillAge: time.Hour}
	return metrics.Config{
		Version: "1.2.3", Objectives: o,
		Judge: func(context.Context) (domain.Vitals, []domain.Verdict, error) {
			v := domain.Vitals{
				At: now, Standings: map[domain.Standing]int{domain.StandingProven: 2, domain.StandingBroken: 1}, Bytes: 300,
				LastBackup: domain.BackupSummary{CreatedAt: now.Add(-time.Hour), Bytes: 100},
				LastProof:  now.Add(-2 * time.Hour), RestoreTime: 3200 * time.Millisecond,
				Remote: "bucket", LastPush: now.Add(-3 * time.Hour),
			}
			return v, o.Judge(v), nil
		},
		Stores: func(context.Context) (domain.StoreCounts, int, error) {
			return domain.StoreCounts{Documents: 5, Chunks: 50, Memories: 7}, 3, nil
		},
		Files: func() (int64, int64, error) { return 4096, 512, nil },
		Free:  func() (map[string]int64, error) { return map[string]int64{"data": 1 << 30, "backups": 1 << 20}, nil },
	}
}

// values returns every sample: name{label="value"} → value.
func values(t *testing.T, m *metrics.Metrics) map[string]float64 {
	t.Helper()
	text, err := m.Text(t.Context())
	require.NoError(t, err)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(text)))
	require.NoError(t, err, "what is answered can be read")
	require.NotEmpty(t, families)
	out := map[string]float64{}
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		i := strings.LastIndexByte(line, ' ')
		var f model.SampleValue
		require.NoError(t, f.UnmarshalJSON([]byte(`"`+line[i+1:]+`"`)))
		out[line[:i]] = float64(f)
	}
	return out
}

func TestEverythingIsThere(t *testing.T) {
	m := metrics.New(healthy())
	m.Job(domain.JobReport{Job: domain.JobBackup, Took: 2 * time.Second, Bytes: 77})
	m.Job(domain.JobReport{Job: domain.JobBackup, Took: time.Second, Problem: "the disk is full"})
	m.Delivery(domain.Delivery{To: "webhook https://h", Outcome: domain.Delivered})
	m.Delivery(domain.Delivery{To: "heartbeat of backup https://h", Outcome: domain.DeliveryFailed})
	m.Request("GET", "/memory/{id}", 404, 30*time.Millisecond)
	got := values(t, m)
	for name, want := range map[string]float64{
		`atocore_last_success_age_seconds{task="backup"}`:              3600,
		`atocore_last_success_age_seconds{task="prove"}`:               7200,
		`atocore_last_success_age_seconds{task="push"}`:                10800,
		`atocore_last_success_timestamp_seconds{task="backup"}`:        float64(now.Add(-time.Hour).Unix()),
		`atocore_restore_seconds`:                                      3.2,
		`atocore_drill_failed`:                                         0,
		`atocore_backups{standing="proven"}`:                           2,
		`atocore_backups{standing="broken"}`:                           1,
		`atocore_backups{standing="written"}`:                          0,
		`atocore_backups_bytes`:                                        300,
		`atocore_backups_ahead`:                                        0,
		`atocore_last_backup_bytes`:                                    100,
		`atocore_objective_seconds{objective="rpo"}`:                   86400,
		`atocore_objective_light{objective="rpo"}`:                     0,
		`atocore_objective_light{objective="drill_age"}`:               2,
		`atocore_store_documents`:                                      5,
		`atocore_store_chunks`:                                         50,
		`atocore_store_memories`:                                       7,
		`atocore_index_backlog`:                                        3,
		`atocore_database_bytes`:                                       4096,
		`atocore_wal_bytes`:                                            512,
		`atocore_disk_free_bytes{place="data"}`:                        1 << 30,
		`atocore_scrape_part_failed{part="vitals"}`:                    0,
		`atocore_job_runs_total{outcome="succeeded",task="backup"}`:    1,
		`atocore_job_runs_total{outcome="failed",task="backup"}`:       1,
		`atocore_job_runs_total{outcome="failed",task="drill"}`:        0,
		`atocore_job_duration_seconds{task="backup"}`:                  1,
		`atocore_job_bytes{task="backup"}`:                             77,
		`atocore_notices_total{channel="webhook",outcome="delivered"}`: 1,
		`atocore_notices_total{channel="heartbeat",outcome="failed"}`:  1,
		`atocore_notices_total{channel="webhook",outcome="dropped"}`:   0,
		`atocore_http_request_duration_seconds_count{method="GET",route="/memory/{id}",status="404"}`:             1,
		`atocore_http_request_duration_seconds_bucket{method="GET",route="/memory/{id}",status="404",le="0.025"}`: 0,
		`atocore_http_request_duration_seconds_bucket{method="GET",route="/memory/{id}",status="404",le="0.05"}`:  1,
	} {
		value, ok := got[name]
		if assert.True(t, ok, "%s is missing", name) {
			assert.InDelta(t, want, value, 1e-9, name)
		}
	}
	assert.True(t, got[`atocore_last_success_age_seconds{task="drill"}`] > 1e300, "never is infinitely long ago")
	assert.NotContains(t, got, `atocore_last_success_timestamp_seconds{task="drill"}`)
	assert.NotContains(t, got, `atocore_objective_seconds{objective="rto"}`, "no such objective is set")
	assert.Contains(t, got, "go_goroutines")
	assert.Contains(t, strings.Join(slices.Collect(maps.Keys(got)), "\n"), `atocore_build_info{go_version=`)
}

// A part that fails takes nothing else with it.
func TestPartsFail(t *testing.T) {
	c := healthy()
	c.Judge = func(context.Context) (domain.Vitals, []domain.Verdict, error) {
		v := domain.Vitals{At: now, LastDrill: now, Unknown: map[string]error{"backups": errors.New("unreadable")}}
		return v, c.Objectives.Judge(v), nil
	}
	c.Stores = func(context.Context) (domain.StoreCounts, int, error) {
		return domain.StoreCounts{}, 0, errors.New("locked")
	}
	c.Files = func() (int64, int64, error) { return 0, 0, errors.New("gone") }
	got := values(t, metrics.New(c))
	for _, part := range []string{"vitals", "stores", "files"} {
		assert.InDelta(t, 1, got[`atocore_scrape_part_failed{part="`+part+`"}`], 0, part)
	}
	assert.InDelta(t, 0, got[`atocore_scrape_part_failed{part="disk"}`], 0)
	assert.Contains(t, got, `atocore_last_success_age_seconds{task="drill"}`)
	assert.Contains(t, got, `atocore_disk_free_bytes{place="data"}`)
	for _, missing := range []string{
		`atocore_last_success_age_seconds{task="backup"}`, `atocore_backups_bytes`, `atocore_store_chunks`, `atocore_wal_bytes`,
		`atocore_last_success_age_seconds{task="push"}`,
	} {
		assert.NotContains(t, got, missing, "a wrong value is worse than none")
	}
	assert.NotEmpty(t, values(t, metrics.New(metrics.Config{})), "nothing needs to be there")
}

// Whatever clients send, the number of series is bounded.
func TestBoundedLabels(t *testing.T) {
	m := metrics.New(metrics.Config{})
	for i := range 50 {
		m.Request("METHOD"+string(rune('A'+i)), "", 501, 0)
		m.Delivery(domain.Delivery{To: string(rune('A'+i)) + " https://h"})
		m.Job(domain.JobReport{Job: domain.Job(string(rune('A' + i)))})
	}
	series := 0
	for name := range values(t, m) {
		assert.NotContains(t, name, "METHOD")
		if strings.HasPrefix(name, "atocore_http_request_duration_seconds_count") || strings.Contains(name, `channel="other"`) {
			series++
		}
		assert.NotRegexp(t, regexp.MustCompile(`task="[A-Z]"`), name)
	}
	assert.Equal(t, 2, series)
}

// Counting the stores reads a lot: two scrapes in a row count once.
func TestStoresAreKept(t *testing.T) {
	c, at, counted := healthy(), now, 0
	c.Now = func() time.Time { return at }
	c.Stores = func(context.Context) (domain.StoreCounts, int, error) {
		counted++
		return domain.StoreCounts{Chunks: counted}, 0, nil
	}
	m := metrics.New(c)
	values(t, m)
	values(t, m)
	assert.Equal(t, 1, counted)
	at = at.Add(15 * time.Second)
	assert.InDelta(t, 2, values(t, m)["atocore_store_chunks"], 0)
	at = at.Add(-time.Hour)
	assert.InDelta(t, 3, values(t, m)["atocore_store_chunks"], 0, "a clock that was put back")
}

func TestConcurrently(t *testing.T) {
	m := metrics.New(healthy())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				m.Request("GET", "/x", 200, time.Millisecond)
				m.Job(domain.JobReport{Job: domain.JobPush})
				_, err := m.Text(t.Context())
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
	assert.InDelta(t, 160, values(t, m)[`atocore_job_runs_total{outcome="succeeded",task="push"}`], 0)
}

func TestGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := metrics.New(healthy()).Text(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
