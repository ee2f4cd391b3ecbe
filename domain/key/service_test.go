package key_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/key"
	"github.com/atocore/atocore/ports/portfake"
)

type world struct {
	*key.Service
	store *portfake.Keys
	clock *portfake.Clock
}

func open(t *testing.T, c key.Config) world {
	w := world{store: &portfake.Keys{}, clock: new(portfake.Clock)}
	projects := portfake.NewProjectRegistry(domain.Project{Name: "Atlas", Aliases: []string{"at"}}, domain.Project{Name: "borealis"})
	c.Keys, c.Registry, c.Clock = w.store, projects, w.clock
	w.Service = key.New(c)
	t.Cleanup(w.Close)
	return w
}

func kind(t *testing.T, want domain.Kind, err error) {
	t.Helper()
	require.Equal(t, want, known(t, err).Kind, err)
}

// known returns the error as one that a person can act upon.
func known(t *testing.T, err error) *domain.Error {
	t.Helper()
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	return e
}

var read = []string{"read"}

func TestAKeyIsShownOnceAndKeptAsAHash(t *testing.T) {
	w := open(t, key.Config{})
	k, secret, err := w.Create(t.Context(), key.Draft{Name: " bot ", Scopes: read, Projects: []string{"at", "ATLAS"}, Rate: 60})
	require.NoError(t, err)
	assert.Equal(t, "bot", k.Name)
	assert.Equal(t, []string{"Atlas"}, k.Projects, "canonical, once")
	assert.Regexp(t, `^atocore_`+k.ID+`_[a-z2-7]{52}$`, secret)
	stored, err := w.store.Get(t.Context(), k.ID)
	require.NoError(t, err)
	assert.NotContains(t, fmt.Sprintf("%+v %s", stored, stored.Hash), secret[len("atocore_")+len(k.ID)+1:])

	p, err := w.Authenticate(t.Context(), secret, "192.0.2.1")
	require.NoError(t, err)
	assert.Equal(t, domain.Principal{Key: k.ID, Name: "bot", Scopes: k.Scopes, Limited: true, Projects: []string{"Atlas"}}, p)
	w.Close()
	stored, err = w.store.Get(t.Context(), k.ID)
	require.NoError(t, err)
	assert.Equal(t, w.clock.Now(), stored.UsedAt)
}

func TestCreateRefuses(t *testing.T) {
	w := open(t, key.Config{})
	_, _, err := w.Create(t.Context(), key.Draft{Name: "bot", Scopes: read})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		draft key.Draft
		kind  domain.Kind
	}{
		"no name":          {key.Draft{Scopes: read}, domain.KindInvalid},
		"no scope":         {key.Draft{Name: "x"}, domain.KindInvalid},
		"unknown scope":    {key.Draft{Name: "x", Scopes: []string{"reed"}}, domain.KindInvalid},
		"unknown project":  {key.Draft{Name: "x", Scopes: read, Projects: []string{"atlos"}}, domain.KindNotFound},
		"in the past":      {key.Draft{Name: "x", Scopes: read, Expires: w.clock.Now()}, domain.KindInvalid},
		"a name twice":     {key.Draft{Name: "BOT", Scopes: read}, domain.KindConflict},
		"an admin limited": {key.Draft{Name: "x", Scopes: []string{"admin"}, Projects: []string{"at"}}, domain.KindInvalid},
	} {
		_, secret, err := w.Create(t.Context(), test.draft)
		kind(t, test.kind, err)
		assert.Empty(t, secret, name)
	}
	keys, err := w.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, keys, 1)
	full := errors.New("the disk is full")
	w.store.Fail = func(string) error { return full }
	_, _, err = w.Create(t.Context(), key.Draft{Name: "y", Scopes: read})
	require.ErrorIs(t, err, full)
}

func TestWhatIsNotRight(t *testing.T) {
	w := open(t, key.Config{Token: "operator's"})
	k, secret, err := w.Create(t.Context(), key.Draft{Name: "bot", Scopes: read})
	require.NoError(t, err)
	for i, wrong := range []string{
		"", "operator", "operator's ", secret[:len(secret)-1], secret + "a", strings.ToUpper(secret), "atocore_",
		strings.Replace(secret, k.ID, "aaaaaaaa", 1), strings.Replace(secret, k.ID, "AAAAAAAA", 1),
	} {
		_, err := w.Authenticate(t.Context(), wrong, fmt.Sprintf("192.0.2.%d", i))
		kind(t, domain.KindUnauthorized, err)
		e := known(t, err)
		assert.Equal(t, "the request carries no valid token", e.Message, "nothing tells what is wrong with it")
	}
	p, err := w.Authenticate(t.Context(), "operator's", "")
	require.NoError(t, err)
	assert.True(t, p.May(domain.KeyAdmin) && p.Trusted && !p.Limited && p.Key == "")
}

func TestOpenUntilThereIsAKey(t *testing.T) {
	w := open(t, key.Config{})
	p, err := w.Authenticate(t.Context(), "", "192.0.2.1")
	require.NoError(t, err)
	assert.True(t, p.May(domain.KeyAdmin))
	k, _, err := w.Create(t.Context(), key.Draft{Name: "bot", Scopes: read})
	require.NoError(t, err)
	_, err = w.Authenticate(t.Context(), "", "192.0.2.1")
	kind(t, domain.KindUnauthorized, err)
	_, err = w.Revoke(t.Context(), k.ID)
	require.NoError(t, err)
	_, err = w.Authenticate(t.Context(), "", "192.0.2.1")
	kind(t, domain.KindUnauthorized, err)

	broken := open(t, key.Config{})
	broken.store.Fail = func(string) error { return errors.New("broken") }
	_, err = broken.Authenticate(t.Context(), "", "192.0.2.1")
	require.Error(t, err, "a store that cannot be asked lets nobody in")
	none := key.New(key.Config{Clock: w.clock})
	_, err = none.Authenticate(t.Context(), "", "")
	require.NoError(t, err)
}

func TestRevokedAndExpiredKeysFailAtOnce(t *testing.T) {
	w := open(t, key.Config{})
	_, secret, err := w.Create(t.Context(), key.Draft{Name: "bot", Scopes: read, Expires: w.clock.Now().Add(time.Hour)})
	require.NoError(t, err)
	_, err = w.Authenticate(t.Context(), secret, "")
	require.NoError(t, err)
	w.clock.Advance(time.Hour)
	_, err = w.Authenticate(t.Context(), secret, "")
	kind(t, domain.KindUnauthorized, err)
	assert.Contains(t, known(t, err).Message, "expired")
	_, _, err = w.Rotate(t.Context(), "bot", key.Rotation{})
	kind(t, domain.KindConflict, err)
	never := time.Time{}
	_, secret, err = w.Rotate(t.Context(), "bot", key.Rotation{Expires: &never})
	require.NoError(t, err)
	_, err = w.Authenticate(t.Context(), secret, "")
	require.NoError(t, err)
	w.Close() // the use is noted
	k, err := w.Revoke(t.Context(), "BOT")
	require.NoError(t, err)
	_, err = w.Authenticate(t.Context(), secret, "")
	kind(t, domain.KindUnauthorized, err)
	assert.Contains(t, known(t, err).Message, "revoked")
	again, err := w.Revoke(t.Context(), k.ID)
	require.NoError(t, err)
	assert.Equal(t, k, again)
	_, _, err = w.Rotate(t.Context(), k.ID, key.Rotation{Expires: &never})
	kind(t, domain.KindConflict, err)
	_, err = w.Revoke(t.Context(), "bot")
	kind(t, domain.KindNotFound, err)
}

func TestRotation(t *testing.T) {
	w := open(t, key.Config{})
	k, old, err := w.Create(t.Context(), key.Draft{Name: "bot", Scopes: read})
	require.NoError(t, err)
	rotated, middle, err := w.Rotate(t.Context(), "bot", key.Rotation{Grace: time.Hour})
	require.NoError(t, err)
	assert.Equal(t, k.ID, rotated.ID)
	for _, secret := range []string{old, middle} {
		_, err = w.Authenticate(t.Context(), secret, "")
		require.NoError(t, err)
	}
	w.clock.Advance(time.Hour)
	_, err = w.Authenticate(t.Context(), old, "")
	kind(t, domain.KindUnauthorized, err)
	_, last, err := w.Rotate(t.Context(), "bot", key.Rotation{})
	require.NoError(t, err)
	_, err = w.Authenticate(t.Context(), middle, "")
	kind(t, domain.KindUnauthorized, err)
	_, err = w.Authenticate(t.Context(), last, "")
	require.NoError(t, err)
	_, _, err = w.Rotate(t.Context(), "bot", key.Rotation{Grace: key.MaxGrace + 1})
	kind(t, domain.KindInvalid, err)
	_, _, err = w.Rotate(t.Context(), "bod", key.Rotation{})
	kind(t, domain.KindNotFound, err)
	assert.Equal(t, []string{"bot"}, known(t, err).Nearest)
}

func TestGuessingIsSlow(t *testing.T) {
	w := open(t, key.Config{Token: "weak"})
	_, err := w.Authenticate(t.Context(), "weak", "192.0.2.1")
	require.NoError(t, err)
	refused := 0
	for i := range 1000 {
		_, err := w.Authenticate(t.Context(), fmt.Sprintf("guess %d", i), "192.0.2.1")
		if domain.KindOf(err) == domain.KindThrottled {
			refused++
		}
	}
	assert.Equal(t, 1000-19, refused, "twenty at once, one of which was right")
	_, err = w.Authenticate(t.Context(), "weak", "192.0.2.1")
	require.NoError(t, err, "who was right before is not locked out by a neighbour")
	_, err = w.Authenticate(t.Context(), "guess", "192.0.2.1")
	kind(t, domain.KindThrottled, err)
	e := known(t, err)
	assert.Equal(t, 3*time.Second, e.RetryAfter)
	_, err = w.Authenticate(t.Context(), "guess", "192.0.2.2")
	kind(t, domain.KindUnauthorized, err)
	w.clock.Advance(3 * time.Second)
	_, err = w.Authenticate(t.Context(), "guess", "192.0.2.1")
	kind(t, domain.KindUnauthorized, err)
	_, err = w.Authenticate(t.Context(), "guess", "192.0.2.1")
	kind(t, domain.KindThrottled, err)

	for i := range 30 {
		_, err = w.Authenticate(t.Context(), "guess", fmt.Sprintf("2001:db8::%x", i))
	}
	kind(t, domain.KindThrottled, err)
	for i := range 20000 { // remembering addresses is bounded
		_, err := w.Authenticate(t.Context(), "guess", fmt.Sprintf("10.0.%d.%d", i/256, i%256))
		kind(t, domain.KindUnauthorized, err)
	}
}

func TestAKeyHasARate(t *testing.T) {
	w := open(t, key.Config{Rate: 120})
	_, slow, err := w.Create(t.Context(), key.Draft{Name: "slow", Scopes: read, Rate: 60})
	require.NoError(t, err)
	_, usual, err := w.Create(t.Context(), key.Draft{Name: "usual", Scopes: read})
	require.NoError(t, err)
	for secret, burst := range map[string]int{slow: 10, usual: 20} {
		for range burst {
			_, err = w.Authenticate(t.Context(), secret, "")
			require.NoError(t, err)
		}
		_, err = w.Authenticate(t.Context(), secret, "")
		kind(t, domain.KindThrottled, err)
		assert.Positive(t, known(t, err).RetryAfter)
	}
	w.clock.Advance(time.Second)
	for secret, more := range map[string]int{slow: 1, usual: 2} {
		for range more {
			_, err = w.Authenticate(t.Context(), secret, "")
			require.NoError(t, err)
		}
		_, err = w.Authenticate(t.Context(), secret, "")
		kind(t, domain.KindThrottled, err)
	}
}

func TestUseIsNotedOnceAMinuteAndNobodyWaitsForIt(t *testing.T) {
	w := open(t, key.Config{})
	k, secret, err := w.Create(t.Context(), key.Draft{Name: "bot", Scopes: read})
	require.NoError(t, err)
	var noted int
	w.store.Fail = func(op string) error {
		if op == "key.used" {
			noted++
			return errors.New("the disk is full")
		}
		return nil
	}
	for range 5 {
		_, err = w.Authenticate(t.Context(), secret, "")
		require.NoError(t, err)
		w.Close()
	}
	assert.Equal(t, 1, noted)
	w.store.Fail = nil
	w.clock.Advance(time.Minute)
	_, err = w.Authenticate(t.Context(), secret, "")
	require.NoError(t, err)
	w.Close()
	k, err = w.Find(t.Context(), k.ID)
	require.NoError(t, err)
	assert.Equal(t, w.clock.Now(), k.UsedAt)
}

func TestAContextThatEnded(t *testing.T) {
	w := open(t, key.Config{})
	_, secret, err := w.Create(t.Context(), key.Draft{Name: "bot", Scopes: read})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = w.Authenticate(ctx, secret, "")
	require.ErrorIs(t, err, context.Canceled)
}
