package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func TestMemoryStore(t *testing.T) {
	porttest.TestMemoryStore(t, func(t *testing.T) ports.MemoryStore { return fresh(t).Memories() })
}

func TestMemoryArchive(t *testing.T) {
	porttest.TestMemoryArchive(t, func(t *testing.T) porttest.Archive { return fresh(t).Memories() })
}

func TestFactStore(t *testing.T) {
	porttest.TestFactStore(t, func(t *testing.T) ports.FactStore { return fresh(t).Facts() })
}

func TestInteractionStore(t *testing.T) {
	porttest.TestInteractionStore(t, func(t *testing.T) porttest.InteractionStores { return fresh(t).Interactions() })
}

func TestTransferStore(t *testing.T) {
	porttest.TestTransferStore(t, func(t *testing.T) porttest.Transferred {
		s := fresh(t)
		return porttest.Transferred{
			TransferStore: s.Transfer(), Memories: s.Memories(), Facts: s.Facts(), Interactions: s.Interactions(), Vectors: scanOf(s),
		}
	})
}

func TestDocumentStore(t *testing.T) { porttest.TestDocumentStore(t, stores) }

func TestPassageStore(t *testing.T) { porttest.TestPassageStore(t, stores) }

func TestPassageCatalog(t *testing.T) {
	porttest.TestPassageCatalog(t, func(t *testing.T) (porttest.Stores, ports.PassageCatalog) {
		s := fresh(t)
		return storesOf(s), s.Catalog()
	})
}

func stores(t *testing.T) porttest.Stores { return storesOf(fresh(t)) }

func storesOf(s *sqlite.Store) porttest.Stores {
	return porttest.Stores{
		Memories: s.Memories(), Documents: s.Documents(), Text: scanText{scanOf(s)}, Passages: s.Passages(),
		Vectors: scanOf(s), Listed: s.Listed(), Tolerance: 0.01,
	}
}

// fresh returns a new, empty store.
func fresh(t *testing.T) *sqlite.Store {
	t.Helper()
	return open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), sqlite.FileName), Create: true, Model: porttest.Model()})
}

// open opens a store for the length of the test.
func open(t *testing.T, cfg sqlite.Config) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func TestKeyStore(t *testing.T) {
	porttest.TestKeyStore(t, func(t *testing.T) ports.KeyStore { return fresh(t).Keys() })
}

func TestAuditTrail(t *testing.T) {
	porttest.TestAuditTrail(t, func(t *testing.T) ports.AuditTrail { return fresh(t).Audit() })
}

func TestOriginStore(t *testing.T) {
	porttest.TestOriginStore(t, func(t *testing.T) (porttest.Stores, ports.OriginStore) {
		s := fresh(t)
		return storesOf(s), s.Passages()
	})
}

func TestMemoryFeed(t *testing.T) {
	porttest.TestMemoryFeed(t, func(t *testing.T) porttest.Following { return fresh(t).Memories() })
}

func TestRecallStore(t *testing.T) {
	porttest.TestRecallStore(t, func(t *testing.T) ports.RecallStore { return fresh(t).Recalls() })
}
