package porttest

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// ComponentFixture is a component under test and what the suite needs around it.
type ComponentFixture struct {
	Component ports.Component
	Disk      ports.Disk // where the component's live state and the copies are
	Root      string     // absolute path of an empty folder for copies
	// Change makes a change of the live state that its facts show. n counts from 1;
	// the same n is never given twice to one fixture.
	Change func(t *testing.T, n int)
	// Erase removes the live state as if there had never been any.
	Erase func(t *testing.T)
	// Total says that no state is a state too: Capture then succeeds without one.
	Total bool
}

// TestComponent checks the contract of ports.Component. open is called once a
// case and returns a component with some live state that nobody else uses.
func TestComponent(t *testing.T, open func(t *testing.T) ComponentFixture) {
	cases := []struct {
		name string
		run  func(t *testing.T, f ComponentFixture)
	}{
		{"describe", componentDescribe},
		{"places", componentPlaces},
		{"capture and verify", componentCapture},
		{"facts tell content", componentFacts},
		{"capture reports", componentReports},
		{"capture gives up", componentGivesUp},
		{"capture without state", componentNoState},
		{"verify finds", componentVerifyFinds},
		{"verify compares facts", componentVerifyFacts},
		{"users", componentUsers},
		{"losses", componentLosses},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// capture makes a copy in a new folder.
func (f ComponentFixture) capture(t *testing.T, name string) (string, domain.ComponentEntry) {
	t.Helper()
	dir := filepath.Join(f.Root, name)
	require.NoError(t, f.Disk.Mkdir(dir))
	got, err := f.Component.Capture(t.Context(), dir, nil)
	require.NoError(t, err)
	for _, h := range got.Hashed {
		size, sum, err := f.Disk.Hash(t.Context(), filepath.Join(dir, filepath.FromSlash(h.Path)), nil)
		require.NoError(t, err)
		assert.Equal(t, h.Size, size, h.Path)
		assert.Equal(t, h.SHA256, sum, h.Path)
	}
	e := f.Component.Describe()
	e.Included, e.Facts = true, got.Facts
	return dir, e
}

// tree lists what is below a folder, with sizes.
func (f ComponentFixture) tree(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := f.Disk.ReadDir(dir)
	require.NoError(t, err)
	var out []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if e.IsDir() {
			out = append(out, f.tree(t, path)...)
			continue
		}
		size, sum, err := f.Disk.Hash(t.Context(), path, nil)
		require.NoError(t, err)
		out = append(out, fmt.Sprintf("%s %d %s", path, size, sum))
	}
	return out
}

// firstFile returns a file of a copy.
func (f ComponentFixture) firstFile(t *testing.T, dir string) string {
	t.Helper()
	files := f.tree(t, dir)
	require.NotEmpty(t, files)
	return strings.Fields(strings.TrimPrefix(files[0], dir))[0]
}

func componentDescribe(t *testing.T, f ComponentFixture) {
	e := f.Component.Describe()
	assert.NotEmpty(t, e.Name)
	assert.NotEmpty(t, e.Dir)
	assert.Equal(t, e.Dir, filepath.Base(e.Dir), "one folder")
	assert.Equal(t, domain.ComponentEntry{Name: e.Name, Dir: e.Dir, Derived: e.Derived}, e, "nothing else is set")
	assert.Equal(t, e, f.Component.Describe())
}

func componentPlaces(t *testing.T, f ComponentFixture) {
	places := f.Component.Places()
	require.NotEmpty(t, places)
	last, captured := 0, map[string]bool{}
	for i, p := range places {
		assert.True(t, filepath.IsAbs(p.Live), p.Live)
		assert.False(t, filepath.IsAbs(p.Captured), p.Captured)
		if p.Captured != "" {
			assert.False(t, captured[p.Captured], "%s is named once", p.Captured)
			captured[p.Captured] = true
		}
		if p.Last {
			last++
			assert.Equal(t, len(places)-1, i, "what makes the state openable comes last")
		}
	}
	assert.NotEmpty(t, captured)
	assert.LessOrEqual(t, last, 1)
	assert.Equal(t, places, f.Component.Places())
}

func componentCapture(t *testing.T, f ComponentFixture) {
	dir, e := f.capture(t, "copy")
	before := f.tree(t, dir)
	named := map[string]bool{}
	for _, p := range f.Component.Places() {
		named[p.Captured] = true
	}
	entries, err := f.Disk.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		assert.True(t, named[entry.Name()], "%s is no place's captured name", entry.Name())
	}
	faults, err := f.Component.Verify(t.Context(), dir, e)
	require.NoError(t, err)
	assert.Empty(t, faults)
	assert.Equal(t, before, f.tree(t, dir), "verifying leaves nothing behind")

	f.Change(t, 1)
	faults, err = f.Component.Verify(t.Context(), dir, e)
	require.NoError(t, err)
	assert.Empty(t, faults, "a copy does not follow the live state")
	assert.Equal(t, before, f.tree(t, dir))
}

func componentFacts(t *testing.T, f ComponentFixture) {
	_, first := f.capture(t, "first")
	_, again := f.capture(t, "again")
	assert.Equal(t, first.Facts, again.Facts, "equal content has equal facts")
	f.Change(t, 1)
	_, other := f.capture(t, "other")
	assert.NotEqual(t, first.Facts, other.Facts, "other content has other facts")
}

func componentReports(t *testing.T, f ComponentFixture) {
	dir := filepath.Join(f.Root, "copy")
	require.NoError(t, f.Disk.Mkdir(dir))
	var last, total int64
	_, err := f.Component.Capture(t.Context(), dir, func(done, of int64) {
		assert.GreaterOrEqual(t, done, last)
		last, total = done, of
	})
	require.NoError(t, err)
	assert.Positive(t, last)
	assert.Equal(t, total, last, "the last report says that all is done")
}

func componentGivesUp(t *testing.T, f ComponentFixture) {
	dir := filepath.Join(f.Root, "copy")
	require.NoError(t, f.Disk.Mkdir(dir))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Component.Capture(ctx, dir, nil)
	require.ErrorIs(t, err, context.Canceled)
}

func componentNoState(t *testing.T, f ComponentFixture) {
	f.Erase(t)
	dir := filepath.Join(f.Root, "copy")
	require.NoError(t, f.Disk.Mkdir(dir))
	got, err := f.Component.Capture(t.Context(), dir, nil)
	if !f.Total {
		assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
		assert.Empty(t, f.tree(t, dir))
	} else {
		require.NoError(t, err)
		e := f.Component.Describe()
		e.Included, e.Facts = true, got.Facts
		faults, err := f.Component.Verify(t.Context(), dir, e)
		require.NoError(t, err)
		assert.Empty(t, faults)
	}
	for _, p := range f.Component.Places() {
		_, err := f.Disk.Stat(p.Live)
		require.Error(t, err, "nothing is made at %s", p.Live)
	}
	users, err := f.Component.Users(t.Context())
	require.NoError(t, err)
	assert.Empty(t, users)
}

func componentVerifyFinds(t *testing.T, f ComponentFixture) {
	damages := map[string]func(t *testing.T, path string){
		"missing": func(t *testing.T, path string) { require.NoError(t, f.Disk.RemoveAll(path)) },
		"empty":   func(t *testing.T, path string) { require.NoError(t, f.Disk.WriteFile(path, nil, 0o600)) },
		"garbled": func(t *testing.T, path string) {
			require.NoError(t, f.Disk.WriteFile(path, []byte("not what it was\n"), 0o600))
		},
	}
	for name, damage := range damages {
		dir, e := f.capture(t, name)
		file := f.firstFile(t, dir)
		damage(t, filepath.Join(dir, file))
		faults, err := f.Component.Verify(t.Context(), dir, e)
		require.NoError(t, err, name)
		require.NotEmpty(t, faults, name)
		assert.Equal(t, strings.TrimPrefix(filepath.ToSlash(file), "/"), faults[0].File, "relative to the folder")
		assert.NotEmpty(t, faults[0].Expected)
		assert.NotEmpty(t, faults[0].Found)
	}
}

func componentVerifyFacts(t *testing.T, f ComponentFixture) {
	dir, e := f.capture(t, "copy")
	require.NotEmpty(t, e.Facts.Tables)
	for name, spoil := range map[string]func(d *domain.TableDigest){
		"count":  func(d *domain.TableDigest) { d.Rows++ },
		"digest": func(d *domain.TableDigest) { d.Digest = strings.Repeat("0", 63) + "1" },
		"name":   func(d *domain.TableDigest) { d.Name += "_other" },
	} {
		other := e
		other.Facts.Tables = append([]domain.TableDigest(nil), e.Facts.Tables...)
		spoil(&other.Facts.Tables[0])
		faults, err := f.Component.Verify(t.Context(), dir, other)
		require.NoError(t, err)
		require.NotEmpty(t, faults, name)
		assert.Equal(t, domain.FaultContent, faults[0].Kind)
	}
}

func componentUsers(t *testing.T, f ComponentFixture) {
	users, err := f.Component.Users(t.Context())
	require.NoError(t, err)
	assert.Empty(t, users)
}

func componentLosses(t *testing.T, f ComponentFixture) {
	dir, _ := f.capture(t, "copy")
	before := f.tree(t, dir)
	said, err := f.Component.Losses(t.Context(), dir)
	require.NoError(t, err)
	assert.Empty(t, said)
	f.Change(t, 1)
	said, err = f.Component.Losses(t.Context(), dir)
	require.NoError(t, err)
	assert.NotEmpty(t, said)
	assert.Equal(t, before, f.tree(t, dir))
}
