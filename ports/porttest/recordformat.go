package porttest

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// records are one of each kind, as full as they can be.
func records() []domain.Record {
	m := memory("m1", 1, "The cat's name is \"Minka\" <&> – it's 7;\n日本 🐈\u2028")
	m.Project, m.Confidence = "p", 0.1
	next := m
	next.Status, next.Revision, next.UpdatedAt, next.AffirmedAt = domain.MemorySuperseded, 2, at(3), at(2)
	next.SupersededBy, next.Contradicts, next.Reinforced = "m2", "m3", 4
	next.Last = domain.Act{Kind: domain.ChangeSuperseded, By: "Ada", Reason: "newer"}
	gone := next
	gone.Last = domain.Act{By: "Eve"}
	turn := interaction("i1", 5)
	full := interaction("i2", 6)
	full.Project, full.Used = "p", []domain.UsedItem{{Kind: domain.ItemMemory, ID: "m1"}, {Kind: domain.ItemState, ID: "phase"}}
	full.Confirmations = []domain.Confirmation{{By: "Ada", At: at(7)}}
	full.Extraction = domain.Extraction{State: domain.ExtractionFailed, Candidates: []string{"c"}, Known: 1, Attempts: 3, Problem: "why", At: at(8)}
	return []domain.Record{
		{Project: &domain.Project{
			Name: "p", Aliases: []string{"b", "a"}, Description: "d", IngestRoots: []domain.IngestRoot{{Path: "/x", Label: "docs"}},
		}},
		{Memory: &domain.MemoryHistory{ID: "m1", Changes: []domain.MemoryChange{
			{Kind: domain.ChangeCreated, At: at(1), Memory: m},
			{Kind: domain.ChangeSuperseded, At: at(3), Memory: next},
			{Kind: domain.ChangeDeleted, At: at(4), Memory: gone},
		}}},
		{State: &domain.FactHistory{Project: "p", Key: "phase", Entries: []domain.Fact{
			{Project: "p", Key: "phase", Value: "one", By: "Ada", Reason: "so", At: at(1)}, {Project: "p", Key: "phase", Removed: true, At: at(2)},
		}}},
		{Interaction: &turn},
		{Interaction: &full},
	}
}

// TestRecordFormat checks a ports.RecordFormat.
func TestRecordFormat(t *testing.T, f ports.RecordFormat) {
	write := func(list []domain.Record) string {
		var b bytes.Buffer
		require.NoError(t, f.Write(&b, func(put func(domain.Record) error) error {
			for _, r := range list {
				if err := put(r); err != nil {
					return err
				}
			}
			return nil
		}))
		return b.String()
	}
	read := func(text string) (out []domain.Record, err error) {
		err = f.Read(t.Context(), strings.NewReader(text), func(r domain.Record) error {
			out = append(out, r)
			return nil
		})
		return out, err
	}
	for _, list := range [][]domain.Record{nil, records(), records()[1:2]} {
		got, err := read(write(list))
		require.NoError(t, err)
		assert.Equal(t, list, got)
		assert.Equal(t, write(list), write(got), "the same bytes for the same records")
	}
	whole := write(records())
	for _, n := range []int{0, 1, len(whole) / 3, len(whole) / 2, len(whole) - 2} {
		_, err := read(whole[:n])
		kind(t, domain.KindCorrupt, err)
	}
	bad := records()
	bad[1].Memory.Changes[0].Memory.Confidence = 7
	_, err := read(write(bad))
	kind(t, domain.KindCorrupt, err)
	boom := errors.New("boom")
	require.ErrorIs(t, f.Read(t.Context(), strings.NewReader(whole), func(domain.Record) error { return boom }), boom)
	require.ErrorIs(t, f.Write(&bytes.Buffer{}, func(func(domain.Record) error) error { return boom }), boom)
	ctx := ended(t)
	require.ErrorIs(t, f.Read(ctx, strings.NewReader(whole), func(domain.Record) error { return nil }), ctx.Err())
}
