package archive

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

func keyFile(t *testing.T) (file, recipient string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "key")
	recipient, err := Keygen(file)
	require.NoError(t, err)
	return file, recipient
}

func TestArchiver(t *testing.T) {
	mine, recipient := keyFile(t)
	other, _ := keyFile(t)
	for name, c := range map[string]struct{ mine, other Config }{
		"a key":        {Config{IdentityFile: mine}, Config{IdentityFile: other}},
		"a public key": {Config{IdentityFile: mine, Recipients: []string{recipient}}, Config{IdentityFile: other}},
	} {
		t.Run(name, func(t *testing.T) {
			porttest.TestArchiver(t, func(t *testing.T) porttest.ArchiverFixture {
				return porttest.ArchiverFixture{
					Archiver: New(c.mine), Other: New(c.other), Keyless: New(Config{}), Disk: osdisk.Disk{}, Home: t.TempDir(),
				}
			})
		})
	}
}

// Passphrases are slow on purpose: once is enough.
func TestPassphrase(t *testing.T) {
	const phrase = "five words that nobody guesses"
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("one"), 0o600))
	index := domain.ArchiveIndex{Stamp: "20260409T060000Z", Files: []domain.ArchiveFile{{Path: "a", Mode: 0o600, Size: 3, SHA256: hexSum("one")}}}
	limits := domain.ArchiveLimits{Stamp: index.Stamp, Files: 1, Bytes: 3}
	var out bytes.Buffer
	require.NoError(t, New(Config{Passphrase: phrase}).Pack(t.Context(), &out, dir, index, nil))
	file, _ := keyFile(t)
	got, err := New(Config{Passphrase: phrase, IdentityFile: file}).Unpack(t.Context(), bytes.NewReader(out.Bytes()), t.TempDir(), limits, nil)
	require.NoError(t, err)
	assert.Equal(t, index, got)
	for name, c := range map[string]Config{"another": {Passphrase: phrase + "!"}, "a key": {IdentityFile: file}} {
		_, err = New(c).Unpack(t.Context(), bytes.NewReader(out.Bytes()), t.TempDir(), limits, nil)
		assert.Equal(t, domain.KindRefused, domain.KindOf(err), "%s: %v", name, err)
	}
}

// The same files give the same tar.
func TestTheTarIsDeterministic(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("one"), 0o600))
	index := domain.ArchiveIndex{Stamp: "20260409T060000Z", Files: []domain.ArchiveFile{{Path: "a", Mode: 0o600, Size: 3, SHA256: hexSum("one")}}}
	file, _ := keyFile(t)
	a := New(Config{IdentityFile: file})
	var plain [2][]byte
	for i := range plain {
		var out bytes.Buffer
		require.NoError(t, a.Pack(t.Context(), &out, dir, index, nil))
		plain[i] = decrypt(t, file, out.Bytes())
		require.NoError(t, os.Chtimes(filepath.Join(dir, "a"), epoch, epoch))
	}
	assert.Equal(t, plain[0], plain[1])
}

func TestKeysAreChecked(t *testing.T) {
	dir := t.TempDir()
	file, recipient := keyFile(t)
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	secret, err := os.ReadFile(file)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		config Config
		kind   domain.Kind
		want   string
	}{
		"none":                       {Config{}, domain.KindInvalid, "nothing leaves this machine unencrypted"},
		"no public key":              {Config{Recipients: []string{"hello"}}, domain.KindInvalid, "is not an age public key"},
		"the secret one as a public": {Config{Recipients: []string{string(bytes.TrimSpace(bytes.Split(secret, []byte("\n"))[2]))}}, domain.KindInvalid, "AGE-SECRET-…"},
		"a short passphrase":         {Config{Passphrase: "hunter2"}, domain.KindInvalid, "shorter than 16"},
		"no such file":               {Config{IdentityFile: filepath.Join(dir, "nowhere")}, domain.KindRefused, "nobody can open"},
		"a folder":                   {Config{IdentityFile: dir}, domain.KindRefused, "cannot be read"},
		"no key in it":               {Config{IdentityFile: write("a", "hello\n")}, domain.KindRefused, "holds no age secret key"},
		"an empty one":               {Config{IdentityFile: write("b", "")}, domain.KindRefused, "holds no age secret key"},
		"an encrypted one":           {Config{IdentityFile: write("c", "age-encryption.org/v1\n")}, domain.KindRefused, "itself encrypted"},
		"a broken one":               {Config{IdentityFile: write("d", string(secret[:len(secret)-5]))}, domain.KindRefused, "holds no age secret key"},
	} {
		t.Run(name, func(t *testing.T) {
			err := New(c.config).Pack(t.Context(), &bytes.Buffer{}, dir, domain.ArchiveIndex{Stamp: "20260409T060000Z"}, nil)
			require.Equal(t, c.kind, domain.KindOf(err), "%v", err)
			assert.ErrorContains(t, err, c.want)
			for _, line := range bytes.Split(secret, []byte("\n")) {
				if bytes.HasPrefix(line, []byte("AGE-SECRET")) {
					assert.NotContains(t, err.Error(), string(line[:30]))
				}
			}
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
	assert.Regexp(t, "^age1", recipient)
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = Keygen(file)
	assert.Equal(t, domain.KindConflict, domain.KindOf(err), "a key is never overwritten")
}

// Anybody with the key can open an archive without this program.
func TestTheToolsOpenIt(t *testing.T) {
	for _, tool := range []string{"age", "zstd", "tar"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("ATOCORE_TEST_REQUIRE_PARTS") == "1" {
				t.Fatalf("%s is required here", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
	dir, into := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("one"), 0o600))
	file, _ := keyFile(t)
	packed, err := os.Create(filepath.Join(into, "x.tar.zst.age"))
	require.NoError(t, err)
	require.NoError(t, New(Config{IdentityFile: file}).Pack(t.Context(), packed, dir, domain.ArchiveIndex{
		Stamp: "20260409T060000Z", Files: []domain.ArchiveFile{{Path: "a", Mode: 0o600, Size: 3, SHA256: hexSum("one")}},
	}, nil))
	require.NoError(t, packed.Close())
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `age -d -i "$1" x.tar.zst.age | zstd -d | tar -x`, "sh", file)
	cmd.Dir = into
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	got, err := os.ReadFile(filepath.Join(into, "a"))
	require.NoError(t, err)
	assert.Equal(t, "one", string(got))
}
