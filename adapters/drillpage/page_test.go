package drillpage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/drillpage"
	"github.com/atocore/atocore/domain"
)

func page(t *testing.T, d domain.Drill) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, drillpage.Write(&b, d))
	return b.String()
}

func TestPage(t *testing.T) {
	at := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	d := domain.Drill{
		At: at, AppVersion: "1.2.3", Passed: true, Bytes: 2 << 20, Took: 3 * time.Second,
		Steps:    []domain.DrillStep{{Name: "back it up", Passed: true, Took: time.Second}},
		Sabotage: []domain.DrillDamage{{Name: "flip", File: "db/<atocore>.db", Detected: true, Found: "hash"}},
	}
	for n := range 80 {
		d.History = append(d.History, domain.DrillPoint{
			At: at.AddDate(0, 0, n), Passed: n != 79, Restore: time.Duration(n) * time.Second, Backup: time.Second, Damages: 31, Detected: 31,
		})
	}
	text := page(t, d)
	for _, want := range []string{"✓ Passed", "1 of 1", "2.0 MiB", "db/&lt;atocore&gt;.db", "60 of 80 drills shown, 1 failed", "<polyline"} {
		assert.Contains(t, text, want)
	}
	for _, never := range []string{"<script", "http://", "https://", "ZgotmplZ", "NaN", "<atocore>"} {
		assert.NotContains(t, text, never)
	}

	d.Passed, d.History, d.Sabotage = false, nil, []domain.DrillDamage{{Name: "flip", File: "db/atocore.db"}}
	text = page(t, d)
	for _, want := range []string{"✗ Failed", "0 of 1", "nothing noticed it", "not reached", "<details open>"} {
		assert.Contains(t, text, want)
	}
	assert.NotContains(t, text, "<polyline")
}
