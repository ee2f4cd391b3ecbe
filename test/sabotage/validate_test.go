package sabotage_test

import (
	"math/rand"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

func TestValidateFindsEverySabotage(t *testing.T) {
	at := install(t)
	stamp, dir := at.validated(t)
	sound := filepath.Join(t.TempDir(), "sound")
	put(t, dir, sound)
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	all := sabotages(t, sound, rand.New(rand.NewSource(seed)))
	found := 0
	for _, s := range all {
		put(t, sound, dir)
		s.do(t, dir)
		v, err := at.service.Validate(t.Context(), string(stamp), nil)
		require.NoError(t, err, s.name)
		if assert.NotEmpty(t, v.Faults, s.name) {
			found++
			for _, f := range v.Faults {
				assert.NotEmpty(t, f.Expected, "%s: %v", s.name, f)
				assert.NotEmpty(t, f.Found, "%s: %v", s.name, f)
			}
		}
		list, err := at.service.List(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 1)
		assert.NotEqual(t, domain.StandingValidated, list[0].Standing, "%s: it is not known to be good any more", s.name)
	}
	t.Logf("%d of %d", found, len(all))
	put(t, sound, dir)
	v, err := at.service.Validate(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	assert.Empty(t, v.Faults)
}

func TestValidateNamesEveryFaultInOneRun(t *testing.T) {
	at := install(t)
	stamp, dir := at.validated(t)
	for _, s := range sabotages(t, dir, rand.New(rand.NewSource(1))) {
		switch s.name {
		case "db/atocore.db: cut off one byte", "registry/projects.json: delete", "RESTORE.md: empty", "add a file", "add a stale -wal":
			s.do(t, dir)
		}
	}
	v, err := at.service.Validate(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	kinds := map[string]domain.FaultKind{}
	for _, f := range v.Faults {
		kinds[f.File] = f.Kind
	}
	assert.Equal(t, map[string]domain.FaultKind{
		"db/atocore.db": domain.FaultSize, "registry/projects.json": domain.FaultMissing, "RESTORE.md": domain.FaultHash,
		"extra": domain.FaultExtra, "db/atocore.db-wal": domain.FaultExtra,
	}, kinds, "%v", v.Faults)
}
