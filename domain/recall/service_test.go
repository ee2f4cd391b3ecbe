package recall_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/recall"
	"github.com/atocore/atocore/ports/portfake"
)

func stored(t *testing.T, s *portfake.Recalls) map[string]int64 {
	t.Helper()
	all, err := s.Recalls(t.Context())
	require.NoError(t, err)
	out := map[string]int64{}
	for id, c := range all {
		out[id] = c.Times
	}
	return out
}

func TestCountsAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, clock := &portfake.Recalls{}, &portfake.Clock{}
		s := recall.New(recall.Config{Store: store, Clock: clock})
		s.Note(nil)
		s.Note([]string{"a", "b"})
		time.Sleep(4 * time.Second)
		s.Note([]string{"a"})
		assert.Empty(t, stored(t, store), "nobody waits for the store")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Equal(t, map[string]int64{"a": 2, "b": 1}, stored(t, store))

		s.Note([]string{"b"})
		all, err := s.Counts(t.Context())
		require.NoError(t, err)
		assert.Equal(t, domain.Recall{Times: 2, Last: clock.Now()}, all["b"], "who asks sees what waits")

		s.Note([]string{"c"})
		require.NoError(t, s.Close())
		s.Note([]string{"d"})
		time.Sleep(time.Minute)
		assert.Equal(t, map[string]int64{"a": 2, "b": 2, "c": 1}, stored(t, store))
	})
}

func TestWhatCouldNotBeWrittenWaitsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom := errors.New("boom")
		broken := true
		store := &portfake.Recalls{Fail: func(string) error {
			if broken {
				return boom
			}
			return nil
		}}
		s := recall.New(recall.Config{Store: store, Clock: &portfake.Clock{}})
		s.Note([]string{"a"})
		time.Sleep(6 * time.Second)
		synctest.Wait()
		_, err := s.Counts(t.Context())
		require.ErrorIs(t, err, boom)
		s.Note([]string{"a", "b"})
		broken = false
		require.NoError(t, s.Close())
		assert.Equal(t, map[string]int64{"a": 2, "b": 1}, stored(t, store))
	})
}
