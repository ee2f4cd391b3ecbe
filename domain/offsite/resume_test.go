package offsite_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

func TestFakeSeals(t *testing.T) {
	porttest.TestSealStore(t, func(*testing.T) func() ports.SealStore {
		s := &portfake.Seals{}
		return func() ports.SealStore { return s }
	})
}

// resuming is a machine that goes on with uploads, of which the first was cut off
// after 100 bytes.
func resuming(t *testing.T) (*world, domain.Stamp) {
	t.Helper()
	w := newWorld()
	w.seals, w.program = &portfake.Seals{}, "one"
	stamp := w.backUp(t, domain.BackupManual)
	w.remote.Cut("put", 100, 1)
	_, err := w.service().Push(t.Context(), string(stamp), nil)
	require.ErrorIs(t, err, portfake.ErrCut)
	require.Empty(t, w.listed(t), "nothing half is listed")
	require.Equal(t, 100, w.remote.Half(string(stamp)+".tar.zst.age"))
	return w, stamp
}

func TestPushGoesOn(t *testing.T) {
	w, stamp := resuming(t)
	w.boot() // another process
	got, err := w.service().Push(t.Context(), string(stamp), nil)
	require.NoError(t, err)
	assert.EqualValues(t, 100, got.Reused)
	assert.Equal(t, []domain.Stamp{stamp}, w.listed(t))
	_, err = w.seals.Kept(t.Context())
	assert.Equal(t, domain.KindNotFound, domain.KindOf(err), "the seal goes with the end of the upload")
	w.machine() // what is there is whole
	_, err = w.service().Pull(t.Context(), string(stamp), nil)
	require.NoError(t, err)
}

// Whatever the stream follows from is another: it begins anew, under another seal.
func TestPushBeginsAnew(t *testing.T) {
	for name, change := range map[string]func(w *world, stamp domain.Stamp){
		"another program": func(w *world, _ domain.Stamp) { w.program = "two" },
		"other recipients": func(w *world, _ domain.Stamp) {
			w.packer = portfake.NewArchiver(w.disk, "another key")
		},
		"another backup in between": func(w *world, _ domain.Stamp) {
			w.clock.Advance(time.Second)
			other := w.backUp(t, domain.BackupManual)
			_, err := w.service().Push(t.Context(), string(other), nil)
			require.NoError(t, err)
		},
		"a proof since": func(w *world, stamp domain.Stamp) {
			require.NoError(t, w.disk.WriteFile("/backups/"+string(stamp)+"/proof.json", []byte("{}"), 0o600))
		},
		"a seal that cannot be read": func(w *world, _ domain.Stamp) {
			w.seals.Fail = func(op string) error {
				if op == "seals.kept" {
					return errors.New("odd")
				}
				return nil
			}
		},
		"another stream at the remote": func(w *world, _ domain.Stamp) {
			kept, err := w.seals.Kept(t.Context())
			require.NoError(t, err)
			kept.Seal.Head = []byte("9999")
			require.NoError(t, w.seals.Keep(t.Context(), kept))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, stamp := resuming(t)
			change(w, stamp)
			got, err := w.service().Push(t.Context(), string(stamp), nil)
			require.NoError(t, err)
			assert.Zero(t, got.Reused)
			assert.Contains(t, w.listed(t), stamp)
		})
	}
}

// A file that rotted since is not sent under the seal of the sound one.
func TestRotIsNotSentUnderTheSameSeal(t *testing.T) {
	w, stamp := resuming(t)
	before, err := w.seals.Kept(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.disk.WriteFile("/backups/"+string(stamp)+"/db/atocore.db", []byte("rotten"), 0o600))
	_, err = w.service().Push(t.Context(), string(stamp), nil)
	require.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
	after, err := w.seals.Kept(t.Context())
	if err == nil {
		assert.NotEqual(t, before.Seal, after.Seal)
	}
	assert.Empty(t, w.listed(t))
}

// Where the seal cannot be kept, it is sent all the same.
func TestPushWithoutRoomForTheSeal(t *testing.T) {
	w := newWorld()
	w.seals, w.program = &portfake.Seals{Fail: func(string) error { return domain.Unavailable("the disk is full") }}, "one"
	w.pushed(t)
}

func TestPruneSweepsUploads(t *testing.T) {
	w, stamp := resuming(t)
	name := string(stamp) + ".tar.zst.age"
	_, err := w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Equal(t, 100, w.remote.Half(name), "somebody may go on with it")
	w.clock.Advance(8 * 24 * time.Hour)
	_, err = w.service().Prune(t.Context(), true)
	require.NoError(t, err)
	assert.Equal(t, 100, w.remote.Half(name), "a dry run removes nothing")
	_, err = w.service().Prune(t.Context(), false)
	require.NoError(t, err)
	assert.Zero(t, w.remote.Half(name))
}
