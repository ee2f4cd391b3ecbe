package portfake_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestStoreMemories(t *testing.T) {
	porttest.TestMemoryStore(t, func(t *testing.T) ports.MemoryStore { return stores(t).Memories })
}

func TestStoreArchive(t *testing.T) {
	porttest.TestMemoryArchive(t, func(*testing.T) porttest.Archive { return portfake.NewStore().Memories() })
}

func TestStoreDocuments(t *testing.T) { porttest.TestDocumentStore(t, stores) }

func TestStorePassages(t *testing.T) { porttest.TestPassageStore(t, stores) }

func TestStoreCatalog(t *testing.T) {
	porttest.TestPassageCatalog(t, func(*testing.T) (porttest.Stores, ports.PassageCatalog) {
		s := portfake.NewStore()
		s.Model = porttest.Model()
		return storesOf(s), s.Catalog()
	})
}

func TestStoreText(t *testing.T) { porttest.TestTextIndex(t, stores) }

func TestStoreVectors(t *testing.T) {
	porttest.TestVectorIndex(t, 1e-4, func(t *testing.T) ports.VectorIndex { return stores(t).Vectors.(ports.VectorIndex) })
}

func stores(*testing.T) porttest.Stores {
	s := portfake.NewStore()
	s.Model = porttest.Model()
	return storesOf(s)
}

func storesOf(s *portfake.Store) porttest.Stores {
	return porttest.Stores{
		Memories: s.Memories(), Documents: s.Documents(), Text: s.Text(), Passages: s.Passages(), Vectors: s.Vectors(), Listed: s.Listed(),
	}
}

func TestStoreFailsOnDemand(t *testing.T) {
	s := portfake.NewStore()
	boom := errors.New("boom")
	var asked string
	s.Fail = func(op string) error {
		asked = op
		return boom
	}
	require.ErrorIs(t, s.Memories().Create(t.Context(), domain.Memory{ID: "m"}, nil), boom)
	require.Equal(t, "memory.create", asked)
	s.Fail = nil
	_, err := s.Memories().Get(t.Context(), "m")
	require.Equal(t, domain.KindNotFound, domain.KindOf(err), "a call that failed did nothing")
}

func TestStoreOrigins(t *testing.T) {
	porttest.TestOriginStore(t, func(*testing.T) (porttest.Stores, ports.OriginStore) {
		s := portfake.NewStore()
		return storesOf(s), s.Passages()
	})
}

func TestStoreFeed(t *testing.T) {
	porttest.TestMemoryFeed(t, func(*testing.T) porttest.Following { return portfake.NewStore().Memories() })
}

func TestRecalls(t *testing.T) {
	porttest.TestRecallStore(t, func(*testing.T) ports.RecallStore { return &portfake.Recalls{} })
}
