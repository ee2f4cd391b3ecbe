package porttest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestGate checks the contract of a gate within one process. open returns one that
// nobody holds.
func TestGate(t *testing.T, open func(t *testing.T) ports.Gate) {
	tests := map[string]func(*testing.T, ports.Gate){
		"many share":                               gateManyShare,
		"a restore is alone":                       gateAlone,
		"ingestions exclude each other":            gateIngestion,
		"unattended work excludes itself":          gateUpkeep,
		"the two locks are independent":            gateIndependent,
		"releasing twice does no harm":             gateReleaseTwice,
		"gives up when the context has ended":      gateCancelled,
		"of many at once, one ingests":             gateRace,
		"a second restore is refused as any other": gateTwoRestores,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func take(t *testing.T, lock func(context.Context) (func() error, error)) func() {
	t.Helper()
	release, err := lock(t.Context())
	require.NoError(t, err)
	return func() {
		t.Helper()
		require.NoError(t, release())
	}
}

func refused(t *testing.T, kind domain.Kind, lock func(context.Context) (func() error, error)) {
	t.Helper()
	release, err := lock(t.Context())
	require.Error(t, err)
	assert.Equal(t, kind, domain.KindOf(err), "%v", err)
	assert.Nil(t, release)
}

func gateManyShare(t *testing.T, g ports.Gate) {
	one, two := take(t, g.Share), take(t, g.Share)
	refused(t, domain.KindRefused, g.Exclude)
	one()
	refused(t, domain.KindRefused, g.Exclude)
	two()
	take(t, g.Exclude)()
}

func gateAlone(t *testing.T, g ports.Gate) {
	alone := take(t, g.Exclude)
	refused(t, domain.KindRefused, g.Share)
	alone()
	take(t, g.Share)()
}

func gateTwoRestores(t *testing.T, g ports.Gate) {
	alone := take(t, g.Exclude)
	refused(t, domain.KindRefused, g.Exclude)
	alone()
	take(t, g.Exclude)()
}

func gateUpkeep(t *testing.T, g ports.Gate) {
	shared, ingest := take(t, g.Share), take(t, g.Ingestion)
	first := take(t, g.Upkeep)
	refused(t, domain.KindConflict, g.Upkeep)
	first()
	take(t, g.Upkeep)()
	ingest()
	shared()
}

func gateIngestion(t *testing.T, g ports.Gate) {
	first := take(t, g.Ingestion)
	refused(t, domain.KindConflict, g.Ingestion)
	first()
	take(t, g.Ingestion)()
}

func gateIndependent(t *testing.T, g ports.Gate) {
	shared, ingesting := take(t, g.Share), take(t, g.Ingestion)
	shared()
	alone := take(t, g.Exclude)
	ingesting()
	alone()
}

func gateReleaseTwice(t *testing.T, g ports.Gate) {
	release := take(t, g.Share)
	release()
	release()
	second := take(t, g.Exclude)
	release()
	refused(t, domain.KindRefused, g.Share)
	second()
}

func gateCancelled(t *testing.T, g ports.Gate) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, lock := range []func(context.Context) (func() error, error){g.Share, g.Exclude, g.Ingestion} {
		_, err := lock(ctx)
		require.ErrorIs(t, err, context.Canceled)
	}
	take(t, g.Exclude)()
	take(t, g.Ingestion)()
}

func gateRace(t *testing.T, g ports.Gate) {
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := g.Ingestion(t.Context()); err == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, won.Load())
}
