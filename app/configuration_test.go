package app

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/configs"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ingest"
)

// The table of keys repeats the ranges and defaults of the domain, so that the
// documents can show them: they must not drift apart.
func TestRankKeysAreThoseOfTheDomain(t *testing.T) {
	keys := map[string]configs.Key{}
	for _, k := range configs.Keys() {
		keys[k.Name] = k
	}
	for _, b := range domain.RankingBounds() {
		k, ok := keys["rank."+b.Key]
		if assert.True(t, ok, "rank.%s is no key", b.Key) {
			assert.Equal(t, b.Min, k.Min, b.Key)
			assert.Equal(t, b.Max, k.Max, b.Key)
		}
	}
	t.Chdir(t.TempDir())
	_, w, err := load(cli.Flags{})
	require.NoError(t, err)
	assert.Equal(t, domain.DefaultRankingWeights(), w)
}

func TestWrongValueIsInvalidAndHelps(t *testing.T) {
	t.Chdir(t.TempDir())
	_, _, err := load(cli.Flags{Values: map[string]string{"rank.query_token_cap": "0.5"}})
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, domain.KindInvalid, e.Kind)
	assert.Equal(t, "rank.query_token_cap", e.Field)
	assert.Contains(t, e.Message, "from flag --rank-query-token-cap")
	assert.Contains(t, e.Hint, "from 1 to 10")

	t.Setenv("ATOCORE_LISTN", "x")
	_, _, err = load(cli.Flags{})
	require.ErrorAs(t, err, &e)
	assert.Contains(t, e.Nearest, "ATOCORE_LISTEN")
	assert.Contains(t, e.Hint, "did you mean")
}

func TestIngestKeysAreThoseOfTheUseCase(t *testing.T) {
	t.Chdir(t.TempDir())
	s, _, err := load(cli.Flags{})
	require.NoError(t, err)
	assert.EqualValues(t, ingest.DefaultMaxFileSize, s.Ingest.MaxFileSize)
	assert.Equal(t, ingest.DefaultMax, s.Ingest.ChunkSize)
}

// A rule that only the domain knows still says where the value came from.
func TestErrorsOfTheDomainAreLocated(t *testing.T) {
	t.Chdir(t.TempDir())
	s, _, err := load(cli.Flags{Values: map[string]string{"listen": "x"}})
	require.NoError(t, err)
	err = located(domain.Invalid("listen is odd").WithField("listen"), s)
	assert.EqualError(t, err, "listen is odd, from flag --listen")
}

func TestSecretsAreMasked(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("ATOCORE_API_TOKEN", "hunter2")
	c, err := configuration(cli.Flags{})
	require.NoError(t, err)
	found := false
	for _, v := range c.Values {
		assert.NotContains(t, v.Value, "hunter2")
		if v.Key == "api_token" {
			found = true
			assert.Equal(t, masked, v.Value)
			assert.Equal(t, "environment", v.Source)
		}
	}
	assert.True(t, found)
}
