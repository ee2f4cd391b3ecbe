package porttest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestForeignReader checks a ports.ForeignReader. samples is, for each format, a path
// that holds at least two things of it, and something that makes no sense; missing is
// a reader and a path that is not there.
func TestForeignReader(t *testing.T, r ports.ForeignReader, samples map[domain.ForeignFormat]string, missing ports.ForeignReader) {
	for _, format := range domain.ForeignFormats {
		t.Run(string(format), func(t *testing.T) {
			path, ok := samples[format]
			require.True(t, ok, "no sample")
			read := func() (items []domain.ForeignItem, skips []domain.Skip) {
				require.NoError(t, r.Read(t.Context(), format, path, func(i domain.ForeignItem) error {
					items = append(items, i)
					return nil
				}, func(s domain.Skip) { skips = append(skips, s) }))
				return items, skips
			}
			items, skips := read()
			require.GreaterOrEqual(t, len(items), 2)
			require.NotEmpty(t, skips)
			keys := map[string]bool{}
			for _, i := range items {
				assert.NotEmpty(t, i.Key)
				assert.False(t, keys[i.Key], "%s twice", i.Key)
				keys[i.Key] = true
				assert.NotEmpty(t, i.Where)
				assert.Equal(t, format.Conversations(), i.Prompt != "")
				assert.NotEqual(t, format.Conversations(), i.Content != "")
				if i.Content != "" {
					_, err := domain.ParseMemoryType(string(i.Type))
					assert.NoError(t, err)
				}
			}
			for _, s := range skips {
				assert.NotEmpty(t, s.Where)
				assert.NotEmpty(t, s.Reason)
			}
			again, skipped := read()
			assert.Equal(t, items, again)
			assert.Equal(t, skips, skipped)
			boom := errors.New("boom")
			require.ErrorIs(t, r.Read(t.Context(), format, path, func(domain.ForeignItem) error { return boom }, func(domain.Skip) {}), boom)
			ctx := ended(t)
			require.ErrorIs(t, r.Read(ctx, format, path, func(domain.ForeignItem) error { return nil }, func(domain.Skip) {}), ctx.Err())
			kind(t, domain.KindNotFound, missing.Read(t.Context(), format, path+".missing", func(domain.ForeignItem) error { return nil }, func(domain.Skip) {}))
		})
	}
	kind(t, domain.KindInvalid, r.Read(t.Context(), "gossip", samples[domain.ForeignMem0], func(domain.ForeignItem) error { return nil }, func(domain.Skip) {}))
}
