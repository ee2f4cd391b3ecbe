package scratchdir_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/osdisk"
	"github.com/atocore/atocore/adapters/scratchdir"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

// holder makes this test binary a process that takes scratch and waits.
const holder = "SCRATCHDIR_TEST_HOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holder); dir != "" {
		hold(dir)
	}
	os.Exit(m.Run())
}

func open(t *testing.T) porttest.ScratchFixture {
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	return porttest.ScratchFixture{
		Scratch: scratchdir.New(scratchdir.Config{Dir: filepath.Join(dir, "not", "yet")}), Disk: osdisk.Disk{}, Other: other,
	}
}

func TestScratch(t *testing.T) { porttest.TestScratch(t, open) }

func TestSaboteur(t *testing.T) { porttest.TestSaboteur(t, open) }

// What a killed process left goes with the next run; what a live one holds stays.
func TestSweepsAfterAKill(t *testing.T) {
	home := t.TempDir()
	victim, mine := startHolder(t, home)
	survivor, theirs := startHolder(t, home)
	require.NoError(t, victim.Process.Kill())
	_ = victim.Wait()
	assert.FileExists(t, filepath.Join(mine, "file"), "a kill leaves it")

	dir, release, err := scratchdir.New(scratchdir.Config{Dir: home}).Take(t.Context())
	require.NoError(t, err)
	assert.NoDirExists(t, mine)
	assert.NoFileExists(t, mine+".lock")
	assert.FileExists(t, filepath.Join(theirs, "file"))
	require.NoError(t, release())
	assert.NoDirExists(t, dir)
	require.NoError(t, survivor.Process.Kill())
	_ = survivor.Wait()
}

func startHolder(t *testing.T, home string) (*exec.Cmd, string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), holder+"="+home)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line := make([]byte, 4096)
	n, err := out.Read(line)
	require.NoError(t, err)
	return cmd, strings.TrimSpace(string(line[:n]))
}

func TestUnusablePlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, _, err := scratchdir.New(scratchdir.Config{Dir: filepath.Join(file, "below")}).Take(t.Context())
	assert.Equal(t, domain.KindUnavailable, domain.KindOf(err))
	assert.ErrorContains(t, err, "backup.scratch_dir")
}

// A link that leads out of scratch is not followed to what it points to.
func TestDamageFollowsNoLink(t *testing.T) {
	outside := t.TempDir()
	victim := filepath.Join(outside, "live")
	require.NoError(t, os.WriteFile(victim, []byte("live"), 0o600))
	s := scratchdir.New(scratchdir.Config{Dir: t.TempDir()})
	dir, release, err := s.Take(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, release()) }()
	if err := os.Symlink(outside, filepath.Join(dir, "folder")); err != nil {
		t.Skip("no links here: ", err)
	}
	require.NoError(t, os.Symlink(victim, filepath.Join(dir, "file")))
	for _, path := range []string{filepath.Join(dir, "folder", "live"), filepath.Join(dir, "file")} {
		for _, k := range []domain.DamageKind{domain.DamageFlip, domain.DamageRemove, domain.DamageEmpty, domain.DamageTruncate, domain.DamageGrow} {
			_, err := s.Damage(t.Context(), path, domain.Damage{Kind: k, Content: []byte("x")})
			assert.Equal(t, domain.KindRefused, domain.KindOf(err), "%s %s", path, k)
		}
	}
	got, err := os.ReadFile(victim)
	require.NoError(t, err)
	assert.Equal(t, "live", string(got))
}
