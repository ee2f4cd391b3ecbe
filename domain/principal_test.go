package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestScopesIncludeThoseBelow(t *testing.T) {
	for scope, may := range map[domain.KeyScope][]bool{
		domain.KeyRead: {true, false, false}, domain.KeyWrite: {true, true, false}, domain.KeyAdmin: {true, true, true},
	} {
		p := domain.Principal{Scopes: []domain.KeyScope{scope}}
		for i, s := range domain.KeyScopes {
			assert.Equal(t, may[i], p.May(s), "%s may %s", scope, s)
			assert.Equal(t, may[i], p.Need(s) == nil)
		}
		assert.False(t, p.May("made up"))
	}
	assert.False(t, domain.Principal{}.May(domain.KeyRead), "nobody may nothing")
	assert.True(t, domain.Operator().May(domain.KeyAdmin))
}

func TestKnows(t *testing.T) {
	free := domain.Principal{}
	assert.True(t, free.Knows("p") && free.Knows(""))
	assert.Nil(t, free.Known())
	require.NoError(t, free.NeedAll())
	limited := domain.Principal{Limited: true, Projects: []string{"q", "p", "q"}}
	assert.True(t, limited.Knows("p"))
	assert.False(t, limited.Knows("P"))
	assert.False(t, limited.Knows(""))
	assert.Equal(t, []string{"p", "q"}, limited.Known())
	assert.Equal(t, domain.KindRefused, domain.KindOf(limited.NeedAll()))
	limited.Shared = true
	assert.True(t, limited.Knows(""))
	assert.Equal(t, []string{"", "p", "q"}, limited.Known())
	assert.NotNil(t, domain.Principal{Limited: true}.Known(), "nothing is not everything")
}

func TestPrincipalTravelsInTheContext(t *testing.T) {
	_, ok := domain.PrincipalOf(t.Context())
	assert.False(t, ok)
	p, ok := domain.PrincipalOf(domain.WithPrincipal(t.Context(), domain.Principal{Name: "a"}))
	assert.True(t, ok)
	assert.Equal(t, "a", p.Name)
}

func TestSign(t *testing.T) {
	key := domain.Principal{Key: "1", Name: "bot"}
	for stated, want := range map[string]string{
		"": "bot", "api": "bot", "mcp": "bot", "bot": "bot", "Ada": "Ada (bot)", "Ada (bot)": "Ada (bot)",
		strings.Repeat("é", 200): strings.Repeat("é", 125) + " (bot)",
	} {
		assert.Equal(t, want, key.Sign(stated))
		assert.NoError(t, domain.Act{By: key.Sign(stated)}.Validate())
	}
	assert.Equal(t, "Ada", domain.Operator().Sign("Ada"))
}

func TestKeyValidate(t *testing.T) {
	good := domain.Key{Name: "bot 1", Scopes: []domain.KeyScope{domain.KeyRead}}
	require.NoError(t, good.Validate())
	for field, change := range map[string]func(*domain.Key){
		"name":     func(k *domain.Key) { k.Name = "" },
		"scopes":   func(k *domain.Key) { k.Scopes = nil },
		"scope":    func(k *domain.Key) { k.Scopes = []domain.KeyScope{"reed"} },
		"projects": func(k *domain.Key) { k.Limited = true },
		"shared":   func(k *domain.Key) { k.Shared = true },
		"rate":     func(k *domain.Key) { k.Rate = -1 },
	} {
		k := good
		change(&k)
		err := k.Validate()
		require.Equal(t, domain.KindInvalid, domain.KindOf(err), field)
		var e *domain.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, field, e.Field)
	}
	k := good
	k.Limited, k.Projects, k.Scopes = true, []string{"p"}, []domain.KeyScope{domain.KeyAdmin}
	assert.ErrorContains(t, k.Validate(), "cannot be limited")
}

func TestKeyStatus(t *testing.T) {
	now := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	assert.Equal(t, domain.KeyActive, domain.Key{}.Status(now))
	assert.Equal(t, domain.KeyActive, domain.Key{ExpiresAt: now.Add(1)}.Status(now))
	assert.Equal(t, domain.KeyExpired, domain.Key{ExpiresAt: now}.Status(now))
	assert.Equal(t, domain.KeyRevoked, domain.Key{ExpiresAt: now, RevokedAt: now}.Status(now))
}
