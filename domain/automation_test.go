package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestAllowAutomation(t *testing.T) {
	now := time.Date(2026, 4, 30, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		passed, failed time.Time
		why            string
	}{
		"never":               {why: "no drill has been run yet"},
		"passed":              {passed: now.Add(-29 * day)},
		"passed just in time": {passed: now.Add(-30 * day)},
		"too old":             {passed: now.Add(-31 * day), why: "is 31 d old, allowed are 30 d"},
		"failed only":         {failed: now.Add(-day), why: "failed"},
		"failed since":        {passed: now.Add(-2 * day), failed: now.Add(-day), why: "failed"},
		"failed before":       {passed: now.Add(-day), failed: now.Add(-2 * day)},
		"from the future":     {passed: now.Add(day), why: "in the future"},
		"a clock a bit off":   {passed: now.Add(time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			err := domain.AllowAutomation([]string{"automation.watch", "automation.capture"}, domain.DrillRecord{Passed: c.passed, Failed: c.failed}, 30*day, now)
			if c.why == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, domain.KindRefused, domain.KindOf(err))
			assert.ErrorContains(t, err, c.why)
			assert.ErrorContains(t, err, "automation.watch, automation.capture let agents write")
			assert.ErrorContains(t, err, "atocore drill")
		})
	}
	require.NoError(t, domain.AllowAutomation(nil, domain.DrillRecord{}, day, now), "nothing is on")
}
