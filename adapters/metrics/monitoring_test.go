package metrics_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/metrics"
	"github.com/atocore/atocore/domain"
)

var (
	named   = regexp.MustCompile(`\b(atocore|go|process)_[a-z_]+\b`)
	grouped = regexp.MustCompile(`\b(?:by|on|group_left|without) ?\(([a-z, ]*)\)`)
	matched = regexp.MustCompile(`\b([a-z_]+) ?(?:=|!=|=~|!~) ?"`)
)

// known returns the names of every metric, and of every label that one has.
func known(t *testing.T) (names, labels map[string]bool) {
	t.Helper()
	m := metrics.New(healthy())
	for _, j := range domain.Jobs() {
		m.Job(domain.JobReport{Job: j})
	}
	m.Request("GET", "/query", 200, 0)
	names, labels = map[string]bool{"up": true}, map[string]bool{"instance": true, "job": true, "le": true, "severity": true}
	for series := range values(t, m) {
		name, rest, _ := strings.Cut(series, "{")
		names[name] = true
		for _, l := range regexp.MustCompile(`([a-z_]+)="`).FindAllStringSubmatch(rest, -1) {
			labels[l[1]] = true
		}
	}
	return names, labels
}

// The files that an operator is given name nothing that does not exist.
func TestMonitoringFiles(t *testing.T) {
	names, labels := known(t)
	used := map[string]bool{}
	for _, file := range []string{"alerts.yaml", "grafana-dashboard.json", "alerts.test.yaml"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "configs", "monitoring", file))
		require.NoError(t, err)
		text := strings.ReplaceAll(string(raw), `\"`, `"`)
		found := named.FindAllString(text, -1)
		require.NotEmpty(t, found)
		for _, name := range found {
			assert.True(t, names[name], "%s: there is no %s", file, name)
			used[name] = true
		}
		for _, l := range matched.FindAllStringSubmatch(text, -1) {
			if l[1] != "alertname" && l[1] != "alertstate" {
				assert.True(t, labels[l[1]], "%s: no metric has the label %s", file, l[1])
			}
		}
		for _, l := range grouped.FindAllStringSubmatch(text, -1) {
			for _, label := range strings.Split(l[1], ",") {
				if label = strings.TrimSpace(label); label != "" {
					assert.True(t, labels[label], "%s: no metric has the label %s", file, label)
				}
			}
		}
	}
	for name := range names {
		base := strings.TrimSuffix(name, "_sum")
		if strings.HasPrefix(name, "atocore_") && base == name && name != "atocore_last_success_timestamp_seconds" {
			assert.True(t, used[name], "neither rules nor dashboard make use of %s", name)
		}
	}
	raw, err := os.ReadFile(filepath.Join("..", "..", "configs", "monitoring", "grafana-dashboard.json"))
	require.NoError(t, err)
	var dashboard struct {
		Title  string
		Panels []struct {
			ID      int
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(raw, &dashboard))
	ids := map[int]bool{}
	for _, p := range dashboard.Panels {
		assert.False(t, ids[p.ID])
		ids[p.ID] = true
		assert.NotEmpty(t, p.Targets)
	}
	assert.NotEmpty(t, ids)
}

// The page that documents the metrics names each of them, and no other.
func TestMonitoringPage(t *testing.T) {
	names, _ := known(t)
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "monitoring.md"))
	require.NoError(t, err)
	page := string(raw)
	for name := range names {
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		if strings.HasPrefix(name, "atocore_") {
			assert.Contains(t, page, "`"+name+"`")
		}
	}
	for _, name := range regexp.MustCompile("`(atocore_[a-z_]+)`").FindAllStringSubmatch(page, -1) {
		assert.True(t, names[name[1]] || names[name[1]+"_count"], name[1])
	}
}
