package registryjson_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/registryjson"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/porttest"
)

func open(t *testing.T) (*registryjson.Registry, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), registryjson.FileName)
	return registryjson.New(registryjson.Config{Path: path}), path
}

func project(name string) domain.Project {
	root := "/srv/" + name
	if runtime.GOOS == "windows" {
		root = `C:\srv\` + name
	}
	return domain.Project{Name: name, IngestRoots: []domain.IngestRoot{{Path: root, Label: "docs"}}}
}

func add(p domain.Project) func([]domain.Project) ([]domain.Project, error) {
	return func(all []domain.Project) ([]domain.Project, error) { return append(all, p), nil }
}

func TestProjectRegistry(t *testing.T) {
	porttest.TestProjectRegistry(t, func(t *testing.T) ports.ProjectRegistry {
		r, _ := open(t)
		return r
	})
}

func TestFileIsForPeople(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths and modes of another form")
	}
	r, path := open(t)
	p := project("alpha")
	p.Aliases, p.Description = []string{"a"}, `<b> & "c"`
	require.NoError(t, r.Update(t.Context(), add(p)))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, `{
  "version": 1,
  "projects": [
    {
      "name": "alpha",
      "aliases": [
        "a"
      ],
      "description": "<b> & \"c\"",
      "ingest_roots": [
        {
          "path": "/srv/alpha",
          "label": "docs"
        }
      ]
    }
  ]
}
`, string(raw))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestHandEditsAreKept(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of another form")
	}
	r, path := open(t)
	hand := "\ufeff" + `{"projects": [{"name":"Alpha","ingest_roots":[{"label":"x","path":"/srv/a"}]}],"version":1}`
	require.NoError(t, os.WriteFile(path, []byte(hand), 0o644))
	all, err := r.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []domain.Project{{Name: "Alpha", IngestRoots: []domain.IngestRoot{{Path: "/srv/a", Label: "x"}}}}, all)
	require.NoError(t, r.Update(t.Context(), func(all []domain.Project) ([]domain.Project, error) { return all, nil }))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, hand, string(raw), "no change, no write")
}

func TestWhatCannotBeReadIsNamedAndLeftAlone(t *testing.T) {
	root := `"ingest_roots":[{"path":"/srv/a","label":"x"}]`
	if runtime.GOOS == "windows" {
		root = `"ingest_roots":[{"path":"C:\\srv","label":"x"}]`
	}
	for name, test := range map[string]struct{ file, place, says string }{
		"empty":              {"", ":1:1:", "empty"},
		"blank":              {" \n\n", ":1:1:", "empty"},
		"not JSON":           {"projects:\n", ":1:1:", "invalid character 'p'"},
		"comment":            {"{\n  // mine\n  \"projects\": []\n}", ":2:3:", "invalid character '/'"},
		"trailing comma":     {"{\n  \"projects\": [],\n}", ":3:1:", "invalid character '}'"},
		"cut off":            {"{\n  \"projects\": [", ":2:16:", "unexpected end"},
		"more after the end": {"{\"projects\": []}\n{}", ":2:1:", "after top-level value"},
		"not UTF-8":          {"{\n\"projects\": \"gr\xfcn\"}", ":2:16:", "UTF-8"},
		"unknown at the top": {"{\n  \"projets\": []\n}", ":2:3:", `did you mean "projects"?`},
		"unknown field":      {"{\"projects\": [\n {\"name\":\"a\",\n  \"rootz\": [] }]}", ":3:3:", `unknown field "rootz" in a project`},
		"wrong case":         {"{\"Projects\": []}", ":1:2:", `unknown field "Projects"`},
		"twice":              {"{\"projects\": [],\n \"projects\": []}", ":2:2:", "twice"},
		"twice in a project": {"{\"projects\": [\n{\"name\":\"a\",\"name\":\"b\"}]}", ":2:13:", "twice"},
		"a list":             {"[]", ":1:1:", "must be an object"},
		"projects no list":   {"{\"projects\": {}}", ":1:14:", "must be a list"},
		"name no string":     {"{\"projects\": [{\"name\": 7}]}", ":1:24:", "must be a string"},
		"null":               {"{\"projects\": [{\"name\": null}]}", ":1:24:", "must be a string"},
		"no projects":        {"{\"version\": 1}", ":1:1:", `"projects" is missing`},
		"newer version":      {"{\"version\": 2, \"projects\": []}", ":1:13:", "newer than this program"},
		"version zero":       {"{\"version\": 0, \"projects\": []}", ":1:13:", "does not exist"},
		"version no number":  {"{\"version\": \"1\", \"projects\": []}", ":1:13:", "must be a number"},
		"relative path":      {"{\"projects\": [{\"name\":\"a\",\n\"ingest_roots\":[{\"path\":\"docs\",\"label\":\"x\"}]}]}", ":2:25:", "not absolute"},
		"no label":           {"{\"projects\": [{\"name\":\"a\",\n\"ingest_roots\":[{\"path\":\"/docs\"}]}]}", ":2:17:", "label"},
		"no path":            {"{\"projects\": [{\"name\":\"a\",\n\"ingest_roots\":[{\"label\":\"docs\"}]}]}", ":2:17:", "path"},
		"no name":            {"{\"projects\": [\n{" + root + "}]}", ":2:1:", "name"},
		"bad name":           {"{\"projects\": [{\n\"name\":\"a/b\"," + root + "}]}", ":2:8:", "not usable"},
		"no roots":           {"{\"projects\": [\n{\"name\":\"a\"}]}", ":2:1:", "no ingest root"},
		"name taken":         {"{\"projects\": [{\"name\":\"a\"," + root + "},\n{\"name\":\"A\"," + root + "}]}", ":2:9:", "belongs to project"},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && (name == "no label") {
				t.Skip("paths of another form")
			}
			r, path := open(t)
			require.NoError(t, os.WriteFile(path, []byte(test.file), 0o600))
			_, err := r.List(t.Context())
			require.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
			assert.ErrorContains(t, err, registryjson.FileName+test.place)
			assert.ErrorContains(t, err, test.says)
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			assert.NotEmpty(t, e.Hint)

			err = r.Update(t.Context(), add(project("new")))
			require.Equal(t, domain.KindCorrupt, domain.KindOf(err), "%v", err)
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, test.file, string(raw))
		})
	}
}

func TestUnusablePlaces(t *testing.T) {
	dir := t.TempDir()
	r := registryjson.New(registryjson.Config{Path: filepath.Join(dir, "missing", registryjson.FileName)})
	all, err := r.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, all)
	err = r.Update(t.Context(), add(project("a")))
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)

	r = registryjson.New(registryjson.Config{Path: dir})
	_, err = r.List(t.Context())
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
}

func TestLinkIsKept(t *testing.T) {
	r, path := open(t)
	elsewhere := filepath.Join(t.TempDir(), "mine.json")
	require.NoError(t, os.WriteFile(elsewhere, []byte(`{"projects":[]}`), 0o600))
	if err := os.Symlink(elsewhere, path); err != nil {
		t.Skip("no links here: ", err)
	}
	require.NoError(t, r.Update(t.Context(), add(project("alpha"))))
	info, err := os.Lstat(path)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&os.ModeSymlink)
	raw, err := os.ReadFile(elsewhere)
	require.NoError(t, err)
	assert.Contains(t, string(raw), "alpha")

	require.NoError(t, os.Remove(elsewhere))
	_, err = r.List(t.Context())
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
	err = r.Update(t.Context(), add(project("alpha")))
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err), "%v", err)
}

func TestLeavesNothingBehind(t *testing.T) {
	r, path := open(t)
	left := filepath.Join(filepath.Dir(path), "."+registryjson.FileName+".123.tmp")
	require.NoError(t, os.WriteFile(left, []byte("x"), 0o600))
	require.NoError(t, r.Update(t.Context(), add(project("alpha"))))
	require.Error(t, r.Update(t.Context(), func([]domain.Project) ([]domain.Project, error) { return nil, errors.New("no") }))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.Equal(t, []string{registryjson.FileName, registryjson.FileName + ".lock"}, names)
}

func TestUpdateWaitsForItsTurnUntilTheContextEnds(t *testing.T) {
	r, path := open(t)
	err := r.Update(t.Context(), func(all []domain.Project) ([]domain.Project, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		inner := registryjson.New(registryjson.Config{Path: path}).Update(ctx, add(project("inner")))
		require.ErrorIs(t, inner, context.DeadlineExceeded)
		return append(all, project("outer")), nil
	})
	require.NoError(t, err)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.NotContains(t, string(raw), "inner")
	assert.True(t, strings.Contains(string(raw), "outer"))
}

// What was read is kept as long as the file looks the same, and no longer.
func TestAHandsEditIsSeenAtOnce(t *testing.T) {
	r, path := open(t)
	long := time.Now().Add(-time.Hour)
	for _, name := range []string{"alpha", "bravo", "gamma"} { // of one length
		content := `{"projects": [{"name": "` + name + `", "ingest_roots": [{"path": "` + project("x").IngestRoots[0].Path + `", "label": "docs"}]}]}`
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		require.NoError(t, os.Chtimes(path, long, long))
		long = long.Add(time.Millisecond)
		for range 2 {
			found, err := r.List(t.Context())
			require.NoError(t, err)
			require.Len(t, found, 1)
			assert.Equal(t, name, found[0].Name)
			found[0].Name = "changed by the caller"
		}
	}
	require.NoError(t, os.Remove(path))
	found, err := r.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, found)
}
