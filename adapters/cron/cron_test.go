package cron_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/cron"
	"github.com/atocore/atocore/domain"
)

func TestParse(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here")
	}
	after := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC) // the day before summer time
	for text, want := range map[string]string{
		"0 3 * * *":          "2026-03-29T03:00:00Z",
		"30 4 * * 0":         "2026-03-29T04:30:00Z",
		"30 4 * * sun":       "2026-03-29T04:30:00Z",
		"@daily":             "2026-03-29T00:00:00Z",
		"@every 6h":          "2026-03-28T18:00:00Z",
		"0 0 1 * *":          "2026-04-01T00:00:00Z",
		"TZ=UTC 15 12 * * *": "2026-03-28T12:15:00Z",
	} {
		next, err := cron.Parse(text, time.UTC)
		require.NoError(t, err, text)
		assert.Equal(t, want, next(after).Format(time.RFC3339), text)
	}
	next, err := cron.Parse("0 3 * * *", berlin)
	require.NoError(t, err)
	assert.Equal(t, "2026-03-29T01:00:00Z", next(after).Format(time.RFC3339), "three in summer time")
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "daily", "61 * * * *", "0 0 30 2 *", "* * * *", "@every 3s", "@every x", "0 3 * * * *"} {
		_, err := cron.Parse(text, time.UTC)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "%q: %v", text, err)
		assert.NotContains(t, err.Error(), "gocron", text)
	}
}

func TestEvery(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	require.NoError(t, cron.Every(ctx, time.Millisecond, func(context.Context) {
		if n++; n == 3 {
			cancel()
		}
	}))
	assert.Equal(t, 3, n, "nothing begins after the end")
}
