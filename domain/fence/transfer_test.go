package fence

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
)

func TestOnlyWhoMaySeeAllTakesOut(t *testing.T) {
	s := &transfer{portfake.Transfer{Store: portfake.NewStore(), Facts: &portfake.Facts{}, Interactions: &portfake.Interactions{}}}
	none := func(domain.Record) error { return nil }
	require.NoError(t, s.Export(domain.WithPrincipal(t.Context(), domain.Operator()), none))
	require.ErrorIs(t, s.Export(t.Context(), none), errNobody)
	for _, p := range []domain.Principal{
		{Key: "k", Scopes: domain.KeyScopes, Limited: true}, {Key: "k", Scopes: []domain.KeyScope{domain.KeyWrite}, Trusted: true},
	} {
		ctx := domain.WithPrincipal(t.Context(), p)
		assert.Equal(t, domain.KindRefused, domain.KindOf(s.Export(ctx, none)))
		_, err := s.Import(ctx, nil, nil, false)
		assert.Equal(t, domain.KindRefused, domain.KindOf(err))
	}
}
