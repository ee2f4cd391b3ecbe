package tune_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/eval"
	"github.com/atocore/atocore/domain/tune"
	"github.com/atocore/atocore/ports/portfake"
)

func service(fail func(string) error) *tune.Service {
	return tune.New(eval.New(eval.Config{
		Clock: &portfake.Clock{}, Weights: domain.DefaultRankingWeights(),
		Scratch: func(context.Context) (*eval.Scratch, error) {
			store := portfake.NewStore()
			store.Fail = fail
			return &eval.Scratch{
				Documents: store.Documents(), Text: store.Text(), Vectors: store.Vectors(), Passages: store.Passages(),
				Embedder: &portfake.Embedder{}, Close: func() error { return nil },
			}, nil
		},
	}))
}

// titled makes questions whose answer has their first word for a title, beside a
// text that holds one word more: only a larger query_token_step finds it first.
// Every so many questions (0: none) expect the other text instead.
func titled(n, except int) eval.Source {
	c := eval.Corpus{}
	for i := range n {
		a, b, word := fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i), fmt.Sprintf("fruit%d", i)
		c.Texts = append(c.Texts,
			eval.Text{ID: a, Title: word, Text: "tart " + word},
			eval.Text{ID: b, Text: "tart cake " + word})
		want := a
		if except > 0 && i%except == 0 {
			want = b
		}
		c.Questions = append(c.Questions, eval.Question{
			ID: fmt.Sprint(i), Text: word + " tart cake", Expected: []eval.Expectation{{Name: want, Grade: 1}},
		})
	}
	return eval.Source{Name: "set", Corpus: &c}
}

func TestTuneFindsWhatHelps(t *testing.T) {
	var told []string
	o := tune.Options{Seed: 1, Progress: func(stage string, done, total int) {
		if stage == "search" {
			told = append(told, fmt.Sprintf("%d/%d", done, total))
		}
	}}
	r, err := service(nil).Tune(t.Context(), titled(20, 0), o)
	require.NoError(t, err)
	assert.True(t, r.Recommended, r.Why)
	assert.Equal(t, []string{"0/6", "1/6", "2/6", "3/6", "4/6", "5/6", "6/6"}, told)
	assert.Greater(t, r.Found.QueryTokenStep, r.Present.QueryTokenStep)
	assert.InDelta(t, r.Present.PathLowSignalPenalty, r.Found.PathLowSignalPenalty, 0, "what does not pay stays")
	require.NoError(t, r.Found.Validate())
	assert.InDelta(t, 1, r.HeldOut.Against, 1e-9)
	assert.Less(t, r.HeldOut.P, 0.001)
	require.Len(t, r.Effects, 20)
	assert.Positive(t, r.Effects[0].Gain())
	assert.False(t, r.Cut)

	o.Progress = nil
	again, err := service(nil).Tune(t.Context(), titled(20, 0), o)
	require.NoError(t, err)
	assert.Equal(t, r, again, "the same seed gives the same answer")
}

func TestTuneRefusesNoise(t *testing.T) {
	for name, test := range map[string]struct {
		from eval.Source
		why  string
	}{
		"nothing to gain": {titled(12, 1), "no other weights answer these questions better"},
		"as good as not":  {titled(12, 2), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := service(nil).Tune(t.Context(), test.from, tune.Options{Seed: 1})
			require.NoError(t, err)
			assert.False(t, r.Recommended, r.Why)
			assert.Contains(t, r.Why, test.why)
		})
	}
}

func TestTuneErrors(t *testing.T) {
	_, err := service(nil).Tune(t.Context(), titled(9, 0), tune.Options{})
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err))
	assert.ErrorContains(t, err, "set has 9 judged questions; tuning takes at least 10")

	boom := errors.New("boom")
	_, err = service(func(op string) error {
		if op == "text.search" {
			return boom
		}
		return nil
	}).Tune(t.Context(), titled(10, 0), tune.Options{})
	require.ErrorIs(t, err, boom)

	ctx, cancel := context.WithCancel(t.Context())
	_, err = service(nil).Tune(ctx, titled(10, 0), tune.Options{Progress: func(stage string, _, _ int) {
		if stage == "search" {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)

	r, err := service(nil).Tune(t.Context(), titled(10, 0), tune.Options{Limit: time.Nanosecond})
	require.NoError(t, err)
	assert.True(t, r.Cut, "what was found in time is an answer")
}
