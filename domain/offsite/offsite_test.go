package offsite_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/offsite"
	"github.com/atocore/atocore/ports/portfake"
)

func TestPushAndPull(t *testing.T) {
	w := newWorld()
	stamp := w.backUp(t, domain.BackupManual)
	require.NoError(t, w.store.Record(t.Context(), stamp, domain.StandingProven, w.clock.Now()))
	var last domain.CopyProgress
	sent, err := w.service().Push(t.Context(), offsite.Latest, func(p domain.CopyProgress) { last = p })
	require.NoError(t, err)
	assert.Equal(t, stamp, sent.Stamp)
	assert.Equal(t, "sha256", sent.Checked)
	assert.Positive(t, sent.ArchiveBytes)
	assert.Equal(t, "push "+string(stamp), last.Stage)
	assert.Equal(t, last.Total, last.Done)

	l, err := w.service().List(t.Context())
	require.NoError(t, err)
	require.Len(t, l.Backups, 1)
	b := l.Backups[0]
	assert.Equal(t, domain.StandingProven, b.Standing)
	assert.Equal(t, []string{"sqlite"}, b.Included)
	assert.Equal(t, sent.ArchiveBytes, b.ArchiveBytes)
	assert.Equal(t, "v1", b.AppVersion)
	assert.EqualValues(t, 7, b.SchemaVersion)
	assert.Empty(t, l.Unfinished)

	again, err := w.service().Push(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	assert.True(t, again.Already)

	w.machine() // the old one is gone
	got, err := w.service().Pull(t.Context(), offsite.Latest, nil)
	require.NoError(t, err)
	assert.Equal(t, stamp, got.Stamp)
	assert.Equal(t, []string{string(stamp)}, w.here(t))
	m, dir, err := w.store.Open(t.Context(), stamp)
	require.NoError(t, err)
	assert.Equal(t, dir, got.Folder)
	assert.Equal(t, stamp, m.Stamp)
	again, err = w.service().Pull(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	assert.True(t, again.Already)

	require.Len(t, w.ledger, 2)
	assert.Equal(t, domain.LedgerRemoteCopy, w.ledger[0].Kind)
	assert.Equal(t, b.ArchiveSHA256, w.ledger[0].Details["sha256"])
	assert.Equal(t, domain.LedgerPulled, w.ledger[1].Kind)
}

// A remote that tells no checksums is read back.
func TestASilentRemoteIsReadBack(t *testing.T) {
	w := newWorld()
	w.remote.Silent = true
	w.backUp(t, domain.BackupManual)
	sent, err := w.service().Push(t.Context(), offsite.Latest, nil)
	require.NoError(t, err)
	assert.Equal(t, "read back", sent.Checked)
}

// What arrived as something else is not listed, whether the remote says so or not.
func TestWhatArrivedOtherwise(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"truncated": func(b []byte) []byte { return b[:len(b)-1] },
		"flipped":   func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"gone":      func([]byte) []byte { return nil },
	} {
		for _, silent := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				w := newWorld()
				w.remote.Silent = silent
				stamp := w.backUp(t, domain.BackupManual)
				w.remote.Fail = func(op string) error {
					if op == "remote.stat" {
						w.remote.Change(string(stamp)+".tar.zst.age", change)
					}
					return nil
				}
				_, err := w.service().Push(t.Context(), string(stamp), nil)
				require.Error(t, err)
				w.remote.Fail = nil
				assert.Empty(t, w.listed(t))
				require.Len(t, w.ledger, 1)
				assert.Equal(t, domain.LedgerFailed, w.ledger[0].Outcome)
				assert.NotEmpty(t, w.ledger[0].Details["problem"])
				_, err = w.service().Push(t.Context(), string(stamp), nil)
				require.NoError(t, err)
				assert.Equal(t, []domain.Stamp{stamp}, w.listed(t))
			})
		}
	}
}

func TestPushRefuses(t *testing.T) {
	t.Run("nothing there", func(t *testing.T) {
		_, err := newWorld().service().Push(t.Context(), offsite.Latest, nil)
		assert.Equal(t, domain.KindNotFound, domain.KindOf(err))
	})
	t.Run("no stamp", func(t *testing.T) {
		_, err := newWorld().service().Push(t.Context(), "../x", nil)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err))
	})
	t.Run("a changed file", func(t *testing.T) {
		w := newWorld()
		stamp := w.backUp(t, domain.BackupManual)
		w.disk.Put(backups+"/"+string(stamp)+"/db/atocore.db", "rotten")
		_, err := w.service().Push(t.Context(), string(stamp), nil)
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
		assert.Empty(t, w.listed(t))
	})
	t.Run("a broken manifest", func(t *testing.T) {
		w := newWorld()
		stamp := w.backUp(t, domain.BackupManual)
		w.disk.Put(backups+"/"+string(stamp)+"/metadata.json", "{")
		_, err := w.service().Push(t.Context(), string(stamp), nil)
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
	})
	t.Run("no key", func(t *testing.T) {
		w := newWorld()
		w.key = ""
		w.boot()
		w.backUp(t, domain.BackupManual)
		_, err := w.service().Push(t.Context(), offsite.Latest, nil)
		assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "%v", err)
		assert.Empty(t, w.listed(t))
	})
	t.Run("another installation's place", func(t *testing.T) {
		w := newWorld()
		stamp := w.pushed(t)
		clock := w.clock
		w.machine()
		w.clock = &portfake.Clock{}
		other := w.backUp(t, domain.BackupScheduled)
		require.Equal(t, stamp, other)
		w.clock = clock
		_, err := w.service().Push(t.Context(), string(stamp), nil)
		assert.Equal(t, domain.KindConflict, domain.KindOf(err), "%v", err)
		_, err = w.service().Pull(t.Context(), string(stamp), nil)
		assert.Equal(t, domain.KindConflict, domain.KindOf(err), "%v", err)
	})
}

// Cut off twenty times: nothing half is listed, and the next run goes through.
func TestUploadCutOff(t *testing.T) {
	w := newWorld()
	stamp := w.backUp(t, domain.BackupManual)
	for i := range int64(20) {
		w.remote.Cut("put", i*40, 1)
		_, err := w.service().Push(t.Context(), string(stamp), nil)
		require.ErrorIs(t, err, portfake.ErrCut)
		require.Empty(t, w.listed(t))
	}
	_, err := w.service().Push(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	assert.Equal(t, []domain.Stamp{stamp}, w.listed(t))
	require.Len(t, w.ledger, 21, "every failure is in the ledger")
}

// Cut off between the archive and its summary.
func TestSummaryCutOff(t *testing.T) {
	w := newWorld()
	stamp := w.backUp(t, domain.BackupManual)
	puts := 0
	w.remote.Fail = func(op string) error {
		if op == "remote.put" {
			if puts++; puts == 2 {
				return errBroken
			}
		}
		return nil
	}
	_, err := w.service().Push(t.Context(), string(stamp), nil)
	require.ErrorIs(t, err, errBroken)
	l, err := w.service().List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, l.Backups)
	assert.Equal(t, []string{string(stamp) + ".tar.zst.age"}, l.Unfinished)
	_, err = w.service().Pull(t.Context(), string(stamp), nil)
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "%v", err)
	_, err = w.service().Push(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	assert.Equal(t, []domain.Stamp{stamp}, w.listed(t))
}

// A download that breaks is taken up where it broke; one that breaks for good
// leaves nothing, and the next run begins anew.
func TestDownloadCutOff(t *testing.T) {
	w := newWorld()
	stamp := w.pushed(t)
	w.machine()
	w.remote.Cut("get", 50, 20)
	got, err := w.service().Pull(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	assert.Positive(t, got.Resumed)
	assert.Equal(t, []string{string(stamp)}, w.here(t))

	for i := range int64(20) {
		w.machine()
		w.remote.Fail = nil
		gets := 0
		w.remote.Fail = func(op string) error { // the summary, a first piece, then never again
			if op == "remote.get" {
				if gets++; gets == 2 {
					w.remote.Cut("get", 1+i*30, 1)
				}
				if gets > 2 {
					return errBroken
				}
			}
			return nil
		}
		_, err := w.service().Pull(t.Context(), string(stamp), nil)
		require.ErrorIs(t, err, errBroken)
		require.Empty(t, w.here(t), "nothing is left behind")
		w.remote.Fail = nil
		_, err = w.service().Pull(t.Context(), string(stamp), nil)
		require.NoError(t, err)
		require.Equal(t, []string{string(stamp)}, w.here(t))
	}
}

func TestPullRefuses(t *testing.T) {
	archive := func(s domain.Stamp) string { return string(s) + ".tar.zst.age" }
	for name, c := range map[string]struct {
		change func(w *world, s domain.Stamp)
		kind   domain.Kind
	}{
		"nothing of that stamp": {func(w *world, s domain.Stamp) {
			w.remote.Change(string(s)+".json", func([]byte) []byte { return nil })
		}, domain.KindNotFound},
		"no archive": {func(w *world, s domain.Stamp) {
			w.remote.Change(archive(s), func([]byte) []byte { return nil })
		}, domain.KindCorrupt},
		"a truncated archive": {func(w *world, s domain.Stamp) {
			w.remote.Change(archive(s), func(b []byte) []byte { return b[:len(b)/2] })
		}, domain.KindCorrupt},
		"a flipped bit": {func(w *world, s domain.Stamp) {
			w.remote.Change(archive(s), func(b []byte) []byte { b[len(b)-9] ^= 4; return b })
		}, domain.KindCorrupt},
		"a longer archive": {func(w *world, s domain.Stamp) {
			w.remote.Change(archive(s), func(b []byte) []byte { return append(b, b...) })
		}, domain.KindCorrupt},
		"an unreadable summary": {func(w *world, s domain.Stamp) {
			w.remote.Change(string(s)+".json", func(b []byte) []byte { return b[:len(b)/2] })
		}, domain.KindCorrupt},
		"a huge summary": {func(w *world, s domain.Stamp) {
			w.remote.Change(string(s)+".json", func([]byte) []byte { return make([]byte, 3<<20) })
		}, domain.KindCorrupt},
		"another backup's summary": {func(w *world, s domain.Stamp) {
			w.remote.Change(string(s)+".json", func(b []byte) []byte {
				return []byte(replace(b, string(s), "20200101T000000Z"))
			})
		}, domain.KindCorrupt},
		"a newer form of summary": {func(w *world, s domain.Stamp) {
			w.remote.Change(string(s)+".json", func(b []byte) []byte { return []byte(replace(b, `"format": 1`, `"format": 2`)) })
		}, domain.KindInvalid},
		"another key": {func(w *world, _ domain.Stamp) { w.key = "another"; w.boot() }, domain.KindRefused},
		"no key":      {func(w *world, _ domain.Stamp) { w.key = ""; w.boot() }, domain.KindRefused},
		"faults":      {func(w *world, _ domain.Stamp) { w.faulty = []domain.Fault{{Kind: domain.FaultContent}} }, domain.KindCorrupt},
		"no room":     {func(w *world, _ domain.Stamp) { w.disk.SetCapacity(1 << 20) }, domain.KindUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			stamp := w.pushed(t)
			w.machine()
			c.change(w, stamp)
			_, err := w.service().Pull(t.Context(), string(stamp), nil)
			assert.Equal(t, c.kind, domain.KindOf(err), "%v", err)
			assert.Empty(t, w.here(t), "nothing is left behind")
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			l, err := w.service().List(t.Context())
			require.NoError(t, err, "one bad backup does not hide the others")
			assert.LessOrEqual(t, len(l.Backups), 1)
		})
	}
}

func replace(b []byte, from, to string) string {
	out := string(b)
	for i := 0; i+len(from) <= len(out); i++ {
		if out[i:i+len(from)] == from {
			out = out[:i] + to + out[i+len(from):]
			i += len(to) - 1
		}
	}
	return out
}

// Whatever call fails in a push or a pull: an error and nothing half, or the whole.
func TestEveryCallFails(t *testing.T) {
	for _, pull := range []bool{false, true} {
		n := 1
		for ; ; n++ {
			w := newWorld()
			stamp := w.backUp(t, domain.BackupManual)
			if pull {
				_, err := w.service().Push(t.Context(), string(stamp), nil)
				require.NoError(t, err)
				w.machine()
			}
			w.faults.FailAt(n, errBroken)
			w.arm()
			var err error
			if pull {
				_, err = w.service().Pull(t.Context(), string(stamp), nil)
			} else {
				_, err = w.service().Push(t.Context(), string(stamp), nil)
			}
			struck := w.faults.Struck()
			w.disarm()
			w.boot() // what a failed clean-up left falls to the next process
			if !struck {
				require.NoError(t, err)
				break
			}
			if pull {
				list, lerr := w.store.List(t.Context())
				require.NoError(t, lerr)
				if err != nil {
					require.Empty(t, list, "call %d: %v", n, w.faults.Trace())
				}
				_, err = w.service().Pull(t.Context(), string(stamp), nil)
				require.NoError(t, err)
				dir, err := w.store.Begin(t.Context()) // sweeps what a failed clean-up left
				require.NoError(t, err)
				require.NoError(t, w.store.Discard(t.Context(), dir))
				require.Equal(t, []string{string(stamp)}, w.here(t))
				continue
			}
			if err == nil {
				require.Equal(t, []domain.Stamp{stamp}, w.listed(t))
			}
			_, err = w.service().Push(t.Context(), string(stamp), nil)
			require.NoError(t, err)
			require.Equal(t, []domain.Stamp{stamp}, w.listed(t))
		}
		assert.Greater(t, n, 12)
		t.Logf("%d calls failed, one at a time", n-1)
	}
}

func TestFetchListsNothing(t *testing.T) {
	w := newWorld()
	stamp := w.pushed(t)
	w.machine()
	w.disk.PutFolder("/scratch")
	got, err := w.service().Fetch(t.Context(), offsite.Latest, "/scratch", nil)
	require.NoError(t, err)
	assert.Equal(t, stamp, got.Stamp)
	assert.Empty(t, w.here(t))
	_, err = w.disk.Stat("/scratch/" + string(stamp) + "/metadata.json")
	require.NoError(t, err)
}

func TestSync(t *testing.T) {
	w := newWorld()
	first := w.pushed(t)
	second := w.backUp(t, domain.BackupScheduled)
	safety := w.backUp(t, domain.BackupPreRestore)
	broken := w.backUp(t, domain.BackupManual)
	w.disk.Put(backups+"/"+string(broken)+"/metadata.json", "{")
	rotten := w.backUp(t, domain.BackupManual)
	w.disk.Put(backups+"/"+string(rotten)+"/db/atocore.db", "rotten")
	out, err := w.service().Sync(t.Context(), nil)
	assert.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
	require.Len(t, out.Pushed, 1)
	assert.Equal(t, second, out.Pushed[0].Stamp)
	assert.Equal(t, []domain.Stamp{first}, out.Already)
	require.Len(t, out.Skipped, 2)
	assert.ElementsMatch(t, []domain.Stamp{safety, broken}, []domain.Stamp{out.Skipped[0].Stamp, out.Skipped[1].Stamp})
	require.Len(t, out.Failed, 1)
	assert.Equal(t, rotten, out.Failed[0].Stamp)
	assert.Equal(t, []domain.Stamp{second, first}, w.listed(t))
}

// A remote that is down is not tried again for every backup.
func TestSyncStopsWhenTheRemoteIsDown(t *testing.T) {
	w := newWorld()
	for range 4 {
		w.backUp(t, domain.BackupManual)
	}
	puts := 0
	w.remote.Fail = func(op string) error {
		if op == "remote.put" {
			puts++
			return domain.Unavailable("down")
		}
		return nil
	}
	out, err := w.service().Sync(t.Context(), nil)
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.Len(t, out.Failed, 1)
	assert.Equal(t, 1, puts)
}

func TestPruneAndSyncAgree(t *testing.T) {
	w := newWorld()
	w.policy = domain.RetentionPolicy{KeepLast: 2, MinKeep: 1}
	var stamps []domain.Stamp
	for range 5 {
		stamps = append(stamps, w.pushed(t))
	}
	dry, err := w.service().Prune(t.Context(), true)
	require.NoError(t, err)
	assert.Len(t, dry.Removed, 3)
	assert.Len(t, w.listed(t), 5)
	w.remote.Lock(string(stamps[1])+".json", w.clock.Now().Add(time.Hour))
	before := len(w.ledger)
	out, err := w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Equal(t, []domain.Stamp{stamps[0], stamps[2]}, out.Removed)
	assert.Equal(t, []domain.Stamp{stamps[4], stamps[3], stamps[1]}, w.listed(t))
	var gone, refused int
	for _, e := range w.ledger[before:] {
		require.Equal(t, domain.LedgerRemoteGone, e.Kind)
		if e.Outcome == domain.LedgerPassed {
			gone++
		} else {
			refused++
		}
	}
	assert.Equal(t, 3, gone)
	assert.Equal(t, 1, refused)
	for _, d := range out.Decisions {
		assert.NotEmpty(t, d.Reason)
	}
	w.clock.Advance(2 * time.Hour)
	out, err = w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Equal(t, []domain.Stamp{stamps[1]}, out.Removed)
	// What was pruned there is not sent there again.
	synced, err := w.service().Sync(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, synced.Pushed)
	assert.Len(t, synced.Skipped, 3)
	assert.Len(t, synced.Already, 2)
}

func TestPruneSweepsWhatWasNeverFinished(t *testing.T) {
	w := newWorld()
	stamp := w.pushed(t)
	w.remote.Change(string(stamp)+".json", func([]byte) []byte { return nil })
	out, err := w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Empty(t, out.Swept, "it is the only copy")
	w.clock.Advance(48 * time.Hour)
	w.pushed(t)
	out, err = w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Equal(t, []string{string(stamp) + ".tar.zst.age"}, out.Swept)
}

// More is known of a backup later: the remote's summary follows.
func TestStandingFollows(t *testing.T) {
	w := newWorld()
	stamp := w.pushed(t)
	require.NoError(t, w.store.Record(t.Context(), stamp, domain.StandingProven, w.clock.Now()))
	_, err := w.service().Push(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	l, err := w.service().List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, domain.StandingProven, l.Backups[0].Standing)
}

func TestOneAtATime(t *testing.T) {
	w := newWorld()
	w.backUp(t, domain.BackupManual)
	busy := domain.Conflict("busy")
	s := offsite.New(offsite.Config{
		Remote: w.remote, Archiver: w.packer, Store: w.store, Disk: w.disk, Clock: w.clock,
		Exclude: func(context.Context) (func() error, error) { return nil, busy },
	})
	_, err := s.Push(t.Context(), offsite.Latest, nil)
	require.ErrorIs(t, err, busy)
	_, err = s.Sync(t.Context(), nil)
	require.ErrorIs(t, err, busy)
	_, err = s.Prune(t.Context(), false)
	require.ErrorIs(t, err, busy)
}

func TestGivesUp(t *testing.T) {
	w := newWorld()
	stamp := w.pushed(t)
	w.machine()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.service().Pull(ctx, string(stamp), func(domain.CopyProgress) { cancel() })
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	assert.Empty(t, w.here(t))
}
