package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func write(t *testing.T, dir, content string) string {
	t.Helper()
	path := filepath.Join(dir, FileName)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestDefaults(t *testing.T) {
	clearEnvironment(t)
	dir := t.TempDir()
	s, err := Load(Options{Dir: dir})
	require.NoError(t, err)
	assert.Empty(t, s.File)
	assert.Equal(t, filepath.Join(dir, "data"), s.DataDir)
	assert.Equal(t, filepath.Join(dir, "data", "backups"), s.Backup.Dir)
	assert.Equal(t, "127.0.0.1:8100", s.Listen)
	assert.Equal(t, int64(1<<20), s.HTTP.BodyLimit)
	assert.Equal(t, 30*time.Second, s.HTTP.RequestTimeout)
	assert.Equal(t, 1.32, s.Rank.QueryTokenCap)
	assert.Empty(t, s.AllowedHosts)
	assert.Len(t, s.Values(), len(Keys()))
	for _, v := range s.Values() {
		assert.Equal(t, SourceDefault, v.Origin.Source, v.Key.Name)
	}
}

// The same key from four places: each wins over all below it.
func TestPrecedence(t *testing.T) {
	clearEnvironment(t)
	dir := t.TempDir()
	const key = "rank.query_token_cap"
	load := func(o Options) (float64, Origin) {
		o.Dir = dir
		s, err := Load(o)
		require.NoError(t, err)
		return s.Rank.QueryTokenCap, s.Origin(key)
	}
	path := write(t, dir, "# mine\nrank:\n  query_token_cap: 2\n")
	value, origin := load(Options{})
	assert.Equal(t, 2.0, value)
	assert.Equal(t, path+":3", origin.String())

	t.Setenv("ATOCORE_RANK_QUERY_TOKEN_CAP", "3")
	value, origin = load(Options{})
	assert.Equal(t, 3.0, value)
	assert.Equal(t, "variable ATOCORE_RANK_QUERY_TOKEN_CAP", origin.String())

	value, origin = load(Options{Flags: map[string]string{key: "4"}})
	assert.Equal(t, 4.0, value)
	assert.Equal(t, "flag --rank-query-token-cap", origin.String())

	t.Setenv("ATOCORE_RANK_QUERY_TOKEN_CAP", "") // counts as not set
	value, origin = load(Options{})
	assert.Equal(t, 2.0, value)
	assert.Equal(t, SourceFile, origin.Source)
}

func TestLookupOfTheFile(t *testing.T) {
	clearEnvironment(t)
	dir, elsewhere := t.TempDir(), t.TempDir()
	write(t, dir, "listen: 127.0.0.1:1\n")
	named := write(t, elsewhere, "listen: 127.0.0.1:2\ndata_dir: state\n")

	s, err := Load(Options{Dir: dir})
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:1", s.Listen)

	t.Setenv(FileVariable, named)
	s, err = Load(Options{Dir: dir})
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:2", s.Listen)
	assert.Equal(t, filepath.Join(elsewhere, "state"), s.DataDir, "a path in a file starts at that file")

	s, err = Load(Options{Dir: dir, File: FileName})
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:1", s.Listen, "the flag wins")
}

func TestLists(t *testing.T) {
	clearEnvironment(t)
	dir := t.TempDir()
	write(t, dir, "allowed_hosts: [a.example, b.example]\nrank:\n  path_low_signal: []\n")
	s, err := Load(Options{Dir: dir})
	require.NoError(t, err)
	assert.Equal(t, []string{"a.example", "b.example"}, s.AllowedHosts)
	assert.Empty(t, s.Rank.PathLowSignal)
	assert.Contains(t, s.Rank.PathHighSignal, "adr")

	t.Setenv("ATOCORE_ALLOWED_HOSTS", "c.example, d.example")
	s, err = Load(Options{Dir: dir})
	require.NoError(t, err)
	assert.Equal(t, []string{"c.example", "d.example"}, s.AllowedHosts)
}

func TestWhatIsWrongSaysWhereAndWhatIsRight(t *testing.T) {
	for name, c := range map[string]struct {
		file     string
		env      [2]string
		flags    map[string]string
		contains []string
		unknown  string
	}{
		"not a number, variable": {
			env:      [2]string{"ATOCORE_RANK_QUERY_TOKEN_CAP", "abc"},
			contains: []string{"rank.query_token_cap", `"abc" is not a number`, "variable ATOCORE_RANK_QUERY_TOKEN_CAP", "from 1 to 10"},
		},
		"out of range, file": {
			file:     "\nrank:\n  query_token_cap: 99\n",
			contains: []string{"rank.query_token_cap", `"99" is out of range`, "atocore.yaml:3", "from 1 to 10"},
		},
		"not a number at all, flag": {
			flags:    map[string]string{"rank.project_match_boost": "NaN"},
			contains: []string{"rank.project_match_boost", "flag --rank-project-match-boost", "from 1 to 10"},
		},
		"size":     {file: "http: {body_limit: huge}", contains: []string{"http.body_limit", "is not a size", "atocore.yaml:1", "64KiB to 64MiB"}},
		"duration": {file: "http: {request_timeout: 30}", contains: []string{"is not a duration", "such as 30s"}},
		"choice":   {flags: map[string]string{"vector.driver": "files"}, contains: []string{"vector.driver", "one of sqlite, chroma"}},
		"unknown key": {
			file: "listen: 127.0.0.1:1\nlisten_on: x\n", unknown: "listen_on", contains: []string{"atocore.yaml:2"},
		},
		"unknown key in a section":  {file: "rank:\n  query_cap: 1\n", unknown: "rank.query_cap", contains: []string{"atocore.yaml:2"}},
		"key in capitals":           {file: "Listen: x\n", unknown: "Listen"},
		"unknown variable":          {env: [2]string{"ATOCORE_LISTN", "x"}, unknown: "ATOCORE_LISTN"},
		"key given twice":           {file: "listen: a:1\nlisten: b:1\n", contains: []string{"listen is given twice", ":2"}},
		"section that is a value":   {file: "rank: 3\n", contains: []string{"rank is a section"}},
		"value that is a structure": {file: "listen: {a: b}\n", contains: []string{"listen holds a structure"}},
		"not YAML":                  {file: "listen: [\n", contains: []string{"not valid YAML", "atocore.yaml"}},
		"not a mapping":             {file: "- listen\n", contains: []string{"does not hold keys"}},
		"two documents":             {file: "listen: a:1\n---\nlisten: b:1\n", contains: []string{"more than one document"}},
		"secret is not shown": {
			file: "api_token: \"a\\0b\"\n", contains: []string{"api_token = (secret)"},
		},
		"both tokens": {
			file: "api_token: x\napi_token_file: y\n", contains: []string{"api_token_file is set, and so is api_token"},
		},
		"token file that is not there": {file: "api_token_file: nowhere\n", contains: []string{"nowhere cannot be read", ":1"}},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			dir := t.TempDir()
			if c.file != "" {
				write(t, dir, c.file)
			}
			if c.env[0] != "" {
				t.Setenv(c.env[0], c.env[1])
			}
			_, err := Load(Options{Dir: dir, Flags: c.flags})
			var e *Error
			require.ErrorAs(t, err, &e)
			for _, text := range c.contains {
				assert.Contains(t, err.Error(), text)
			}
			assert.Equal(t, c.unknown, e.Unknown)
			if c.unknown != "" {
				assert.Contains(t, err.Error(), c.unknown)
				assert.NotEmpty(t, e.Known)
			}
		})
	}
}

func TestNamedFileMustBeThere(t *testing.T) {
	clearEnvironment(t)
	_, err := Load(Options{Dir: t.TempDir(), File: "nowhere.yaml"})
	require.ErrorContains(t, err, "nowhere.yaml cannot be read, from flag --config")
	t.Setenv(FileVariable, t.TempDir())
	_, err = Load(Options{Dir: t.TempDir()})
	require.ErrorContains(t, err, "is a folder, from variable ATOCORE_CONFIG")
}

func TestSecretsInFiles(t *testing.T) {
	clearEnvironment(t)
	dir := t.TempDir()
	for name, content := range map[string]string{"token": "s3cret\n", "chroma": " t0ken ", "key": "k3y", "empty": "\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	s, err := Load(Options{Dir: dir, Flags: map[string]string{
		"api_token_file": "token", "api_key_file": "key", "chroma.token_file": "chroma", "embedding.api_key_file": "key",
	}})
	require.NoError(t, err)
	assert.Equal(t, "s3cret", s.APIToken)
	assert.Equal(t, "k3y", s.APIKey)
	assert.Equal(t, "t0ken", s.Chroma.Token)
	assert.Equal(t, "k3y", s.Embedding.APIKey)

	_, err = Load(Options{Dir: dir, Flags: map[string]string{"embedding.api_key_file": "empty"}})
	require.ErrorContains(t, err, "holds no key")
	t.Setenv("ATOCORE_CHROMA_TOKEN", "x")
	_, err = Load(Options{Dir: dir, Flags: map[string]string{"chroma.token_file": "chroma"}})
	require.ErrorContains(t, err, "chroma.token_file is set, and so is chroma.token")
}

// Every key can be set by its variable and, unless it is a secret, by its flag,
// and lands in a field of its own.
func TestEveryKeyCanBeSet(t *testing.T) {
	clearEnvironment(t)
	samples := map[Kind]string{
		KindText: "other", KindPath: "other", KindNumber: "1", KindCount: "500",
		KindSize: "128KiB", KindDuration: "7s", KindList: "one,two",
	}
	seen := map[string]string{}
	for _, k := range Keys() {
		assert.Empty(t, seen[k.Env()], "%s and %s share a variable", k.Name, seen[k.Env()])
		seen[k.Env()] = k.Name
		assert.Empty(t, seen[k.Flag()], "%s and %s share a flag", k.Name, seen[k.Flag()])
		seen[k.Flag()] = k.Name
		switch k.Name {
		case "api_token_file", "api_key_file", "chroma.token_file", "embedding.api_key_file", "remote.passphrase_file", "chat.api_key_file":
			continue // they are read: TestSecretsInFiles
		}
		sample := samples[k.Kind]
		if k.Kind == KindChoice {
			sample = k.Choices[len(k.Choices)-1]
		}
		if k.Kind == KindDuration && k.Min > 7 {
			sample = durationText(k.Min)
		}
		if k.Kind == KindCount && k.Max < 500 {
			sample = fmt.Sprint(int(k.Max))
		}
		dir := t.TempDir()
		before, err := Load(Options{Dir: dir})
		require.NoError(t, err)
		t.Setenv(k.Env(), sample)
		after, err := Load(Options{Dir: dir})
		require.NoError(t, err, k.Name)
		require.NoError(t, os.Unsetenv(k.Env()))
		assert.Equal(t, SourceEnvironment, after.Origin(k.Name).Source)
		before.values, after.values = nil, nil
		if len(k.Choices) != 1 {
			assert.NotEqual(t, before, after, "%s reaches no field", k.Name)
		}
	}
	assert.True(t, strings.HasPrefix(FileVariable, Prefix))
}

func TestDurationsInDays(t *testing.T) {
	clearEnvironment(t)
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "1d": 24 * time.Hour, "36h": 36 * time.Hour} {
		t.Setenv("ATOCORE_AUTOMATION_MAX_DRILL_AGE", text)
		s, err := Load(Options{Dir: t.TempDir()})
		require.NoError(t, err)
		assert.Equal(t, want, s.Automation.MaxDrillAge)
	}
	for _, text := range []string{"d", "-1d", "1.5d", "30 d", "9999999d"} {
		t.Setenv("ATOCORE_AUTOMATION_MAX_DRILL_AGE", text)
		_, err := Load(Options{Dir: t.TempDir()})
		assert.Error(t, err, text)
	}
}
