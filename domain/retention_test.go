package domain_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/atocore/atocore/domain"
)

var retentionNow = time.Date(2026, 4, 30, 12, 0, 0, 0, time.UTC)

func subject(age time.Duration, standing domain.Standing) domain.RetentionSubject {
	at := retentionNow.Add(-age)
	return domain.RetentionSubject{Stamp: domain.NewStamp(at, 1), Kind: domain.BackupScheduled, CreatedAt: at, Standing: standing}
}

func kept(list []domain.RetentionDecision) []domain.Stamp {
	var out []domain.Stamp
	for _, d := range list {
		if d.Keep {
			out = append(out, d.Stamp)
		}
	}
	return out
}

func TestDecide(t *testing.T) {
	const day = 24 * time.Hour
	daily := func(n int) (list []domain.RetentionSubject) {
		for i := range n {
			list = append(list, subject(time.Duration(i)*day, domain.StandingValidated))
		}
		return list
	}
	with := func(list []domain.RetentionSubject, i int, change func(*domain.RetentionSubject)) []domain.RetentionSubject {
		list = slices.Clone(list)
		change(&list[i])
		return list
	}
	for name, c := range map[string]struct {
		list   []domain.RetentionSubject
		policy domain.RetentionPolicy
		halt   string
		keep   []int // indexes, newest first
	}{
		"nothing is set":  {daily(4), domain.RetentionPolicy{}, "", []int{0, 1, 2, 3}},
		"min keep alone":  {daily(4), domain.RetentionPolicy{MinKeep: 1}, "", []int{0, 1, 2, 3}},
		"the last":        {daily(5), domain.RetentionPolicy{KeepLast: 2}, "", []int{0, 1}},
		"within":          {daily(5), domain.RetentionPolicy{KeepWithin: 2*day + time.Hour}, "", []int{0, 1, 2}},
		"floor of number": {daily(5), domain.RetentionPolicy{KeepLast: 1, MinKeep: 3}, "", []int{0, 1, 2}},
		"weekly":          {daily(20), domain.RetentionPolicy{KeepWeekly: 3}, "", []int{0, 4, 11}},
		"monthly":         {daily(40), domain.RetentionPolicy{KeepMonthly: 3}, "", []int{0, 30}},
		"the last proven": {with(daily(5), 4, func(b *domain.RetentionSubject) { b.Standing = domain.StandingProven }), domain.RetentionPolicy{KeepLast: 1}, "", []int{0, 4}},
		"pinned":          {with(daily(5), 3, func(b *domain.RetentionSubject) { b.Pinned = true }), domain.RetentionPolicy{KeepLast: 1}, "", []int{0, 3}},
		"offered as undo": {with(daily(5), 2, func(b *domain.RetentionSubject) { b.Kind, b.Undo = domain.BackupPreRestore, true }), domain.RetentionPolicy{KeepLast: 1}, "", []int{0, 2}},
		"safety backups take no place": {
			with(daily(3), 0, func(b *domain.RetentionSubject) { b.Kind = domain.BackupPreRestore }),
			domain.RetentionPolicy{KeepLast: 1},
			"",
			[]int{1},
		},
		"broken ones take no place, and stay": {
			with(daily(4), 1, func(b *domain.RetentionSubject) { b.Standing = domain.StandingBroken }),
			domain.RetentionPolicy{KeepLast: 2},
			"",
			[]int{0, 1, 2},
		},
		"the newest is broken": {
			with(daily(4), 0, func(b *domain.RetentionSubject) { b.Standing = domain.StandingBroken }),
			domain.RetentionPolicy{KeepLast: 1},
			"",
			[]int{0, 1, 2, 3},
		},
		"after a failure": {daily(4), domain.RetentionPolicy{KeepLast: 1}, "the last backup failed", []int{0, 1, 2, 3}},
		"from the future": {
			append([]domain.RetentionSubject{subject(-day, domain.StandingWritten)}, daily(3)...),
			domain.RetentionPolicy{KeepLast: 1},
			"",
			[]int{0, 1},
		},
		"long ago is not too old": {
			[]domain.RetentionSubject{subject(100*day, domain.StandingWritten), subject(101*day, domain.StandingWritten), subject(109*day, domain.StandingWritten)},
			domain.RetentionPolicy{KeepWithin: 2 * day},
			"",
			[]int{0, 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := domain.Decide(c.list, c.policy, retentionNow, c.halt)
			var want []domain.Stamp
			for _, i := range c.keep {
				want = append(want, c.list[i].Stamp)
			}
			assert.Equal(t, want, kept(got))
			for _, d := range got {
				assert.NotEmpty(t, d.Reasons)
			}
		})
	}
}

// Of a day, the proven one is kept rather than the newest.
func TestDecideKeepsTheBestOfADay(t *testing.T) {
	list := []domain.RetentionSubject{
		subject(1*time.Hour, domain.StandingWritten), subject(2*time.Hour, domain.StandingProven), subject(3*time.Hour, domain.StandingProven),
	}
	got := domain.Decide(list, domain.RetentionPolicy{KeepDaily: 1}, retentionNow, "")
	assert.Equal(t, []domain.Stamp{list[1].Stamp}, kept(got))
}

func drawSubjects(t *rapid.T) []domain.RetentionSubject {
	n := rapid.IntRange(0, 40).Draw(t, "n")
	seconds := map[int64]int{}
	var list []domain.RetentionSubject
	for i := range n {
		at := retentionNow.Add(time.Duration(rapid.IntRange(-400, 2).Draw(t, fmt.Sprint("days", i)))*24*time.Hour + time.Duration(rapid.IntRange(0, 3).Draw(t, "h"))*time.Hour)
		seconds[at.Unix()]++
		list = append(list, domain.RetentionSubject{
			Stamp: domain.NewStamp(at, seconds[at.Unix()]), CreatedAt: at,
			Kind:     rapid.SampledFrom([]domain.BackupKind{domain.BackupManual, domain.BackupScheduled, domain.BackupScheduled, domain.BackupPreRestore}).Draw(t, "kind"),
			Standing: rapid.SampledFrom([]domain.Standing{domain.StandingWritten, domain.StandingValidated, domain.StandingProven, domain.StandingBroken}).Draw(t, "standing"),
			Pinned:   rapid.IntRange(0, 9).Draw(t, "pinned") == 0,
			Undo:     rapid.IntRange(0, 9).Draw(t, "undo") == 0,
		})
	}
	return list
}

func drawPolicy(t *rapid.T) domain.RetentionPolicy {
	number := func(name string) int { return rapid.IntRange(0, 5).Draw(t, name) }
	return domain.RetentionPolicy{
		KeepLast: number("last"), KeepDaily: number("daily"), KeepWeekly: number("weekly"), KeepMonthly: number("monthly"),
		KeepWithin: time.Duration(number("within")) * 24 * time.Hour, MinKeep: number("min"),
	}
}

// Whatever there is and whatever is asked for, the floor holds.
func TestDecideHoldsTheFloor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list, policy := drawSubjects(t), drawPolicy(t)
		halt := rapid.SampledFrom([]string{"", "", "it failed"}).Draw(t, "halt")
		got := domain.Decide(list, policy, retentionNow, halt)
		require.Len(t, got, len(list))
		by := map[domain.Stamp]domain.RetentionSubject{}
		for _, b := range list {
			by[b.Stamp] = b
		}
		keeps := map[domain.Stamp]bool{}
		removed, proven, provenKept, sound, soundKept := 0, 0, 0, 0, 0
		for i, d := range got {
			b := by[d.Stamp]
			keeps[d.Stamp] = d.Keep
			require.NotEmpty(t, d.Reasons)
			if i > 0 {
				require.False(t, by[got[i-1].Stamp].CreatedAt.Before(b.CreatedAt), "newest first")
			}
			if !d.Keep {
				removed++
				require.False(t, b.Pinned || b.Undo || b.Standing == domain.StandingBroken || b.CreatedAt.After(retentionNow), "%+v", b)
			}
			if b.Standing == domain.StandingProven {
				proven++
				if d.Keep {
					provenKept++
				}
			}
			if b.Standing != domain.StandingBroken && b.Kind != domain.BackupPreRestore && !b.CreatedAt.After(retentionNow) {
				if sound < policy.MinKeep {
					require.True(t, d.Keep, "one of the newest %d", policy.MinKeep)
				}
				sound++
				if d.Keep {
					soundKept++
				}
			}
		}
		if proven > 0 {
			require.Positive(t, provenKept, "the last proven one")
		}
		require.GreaterOrEqual(t, soundKept, min(sound, max(policy.MinKeep, policy.KeepLast)))
		if halt != "" || policy.Empty() {
			require.Zero(t, removed)
		}
	})
}

// Pruning what was just pruned removes nothing, and the order of the input and
// more generous rules never lose a backup.
func TestDecideIsStableAndMonotonic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list, policy := drawSubjects(t), drawPolicy(t)
		first := domain.Decide(list, policy, retentionNow, "")
		shuffled := rapid.Permutation(list).Draw(t, "order")
		require.Equal(t, first, domain.Decide(shuffled, policy, retentionNow, ""))
		keeps := map[domain.Stamp]bool{}
		for _, d := range first {
			keeps[d.Stamp] = d.Keep
		}
		var left []domain.RetentionSubject
		for _, b := range list {
			if keeps[b.Stamp] {
				left = append(left, b)
			}
		}
		for _, d := range domain.Decide(left, policy, retentionNow, "") {
			require.True(t, d.Keep, "%s is removed the second time", d.Stamp)
		}
		more := policy
		more.KeepLast, more.KeepDaily, more.KeepWeekly, more.KeepMonthly = more.KeepLast+1, more.KeepDaily+1, more.KeepWeekly+1, more.KeepMonthly+1
		more.KeepWithin += time.Hour
		if policy.Empty() {
			return // nothing set keeps everything
		}
		for _, d := range domain.Decide(list, more, retentionNow, "") {
			require.True(t, d.Keep || !keeps[d.Stamp], "%s is lost by keeping more", d.Stamp)
		}
	})
}
