package index_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/index"
	"github.com/atocore/atocore/ports"
)

func receipt(t *testing.T, s *index.Service, mark int64, wait time.Duration) domain.Receipt {
	t.Helper()
	r, err := s.Receipt(t.Context(), mark, wait)
	require.NoError(t, err)
	return r
}

func TestReceiptTellsHowFarTheIndexIs(t *testing.T) {
	w := newWorld()
	s := w.service("one")
	require.NoError(t, s.Prepare(t.Context()))
	_, err := s.Drain(t.Context(), nil)
	require.NoError(t, err)
	r := receipt(t, s, 0, 0)
	assert.True(t, r.Settled())
	assert.Zero(t, r.Mark)

	w.put(1, 1)
	w.put(2, 1)
	mine := receipt(t, s, 0, 0)
	assert.Equal(t, 2, mine.Pending)
	assert.False(t, mine.Settled())
	assert.Positive(t, mine.Mark)
	w.put(3, 1)
	assert.Equal(t, 2, receipt(t, s, mine.Mark, 0).Pending, "what came later is not waited for")
	assert.Equal(t, 3, receipt(t, s, 0, 0).Pending)

	assert.True(t, receipt(t, s, mine.Mark, time.Minute).Settled(), "who waits carries over what nobody else does")
	assert.True(t, receipt(t, s, 0, 0).Settled())
}

func TestReceiptWhileTheStorageIsAway(t *testing.T) {
	w := newWorld()
	s := w.service("one")
	require.NoError(t, s.Prepare(t.Context()))
	_, err := s.Drain(t.Context(), nil)
	require.NoError(t, err)
	w.put(1, 1)
	away := true
	w.storage.Fail = func(string) error {
		if away {
			return domain.Unavailable("the Chroma server does not answer")
		}
		return nil
	}
	r := receipt(t, s, 0, 10*time.Millisecond)
	assert.Equal(t, 1, r.Pending)
	assert.Contains(t, r.Reason, "does not answer")

	// It comes back while somebody waits.
	tries := 0
	w.storage.Fail = func(string) error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	}
	assert.True(t, receipt(t, s, r.Mark, time.Minute).Settled())
	assert.GreaterOrEqual(t, tries, 3)
}

func TestReceiptWithoutAnIndexOfTheModel(t *testing.T) {
	w := newWorld()
	first := w.service("one")
	require.NoError(t, first.Prepare(t.Context()))
	w.put(1, 1)
	assert.Equal(t, 1, receipt(t, first, 0, 0).Pending, "one that is being built lacks it")
	second := w.service("two")
	r := receipt(t, second, 0, 0)
	assert.Equal(t, 1, r.Pending)
	assert.Contains(t, r.Reason, "no vector index of the embedding model two")
}

func TestReceiptRefusesAndFails(t *testing.T) {
	w := newWorld()
	s := w.service("one")
	require.NoError(t, s.Prepare(t.Context()))
	for _, wait := range []time.Duration{-1, index.MostWait + 1} {
		_, err := s.Receipt(t.Context(), 0, wait)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err))
	}
	w.put(1, 1)
	w.storage.Fail = func(string) error { return errors.New("no") }
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := s.Receipt(ctx, 0, time.Minute)
	require.ErrorIs(t, err, context.Canceled)
	w.ledger.Fail = func(string) error { return errors.New("disk") }
	_, err = s.Receipt(t.Context(), 0, 0)
	require.ErrorContains(t, err, "disk")
}

func TestInlineIndexesAreNeverBehind(t *testing.T) {
	assert.True(t, receipt(t, index.New(index.Config{Inline: struct{ ports.InlineVectors }{}}), 0, time.Minute).Settled())
}
