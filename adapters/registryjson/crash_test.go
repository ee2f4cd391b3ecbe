package registryjson

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
)

// TestMain lets the test binary stand in for another process that adds projects,
// and dies at a step when it is told to.
func TestMain(m *testing.M) {
	path := os.Getenv("REGISTRY_TEST_PATH")
	if path == "" {
		os.Exit(m.Run())
	}
	r := New(Config{Path: path})
	r.step = func(name string) {
		if name == os.Getenv("REGISTRY_TEST_DIE") {
			os.Exit(9)
		}
	}
	for i := range 10 {
		name := fmt.Sprintf("%s-%d", os.Getenv("REGISTRY_TEST_NAME"), i)
		if err := r.Update(context.Background(), addNamed(name)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func addNamed(name string) func([]domain.Project) ([]domain.Project, error) {
	root, err := filepath.Abs("nowhere")
	if err != nil {
		panic(err)
	}
	return func(all []domain.Project) ([]domain.Project, error) {
		return append(all, domain.Project{Name: name, IngestRoots: []domain.IngestRoot{{Path: root, Label: "x"}}}), nil
	}
}

func process(t *testing.T, path, name, die string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "REGISTRY_TEST_PATH="+path, "REGISTRY_TEST_NAME="+name, "REGISTRY_TEST_DIE="+die)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestProcessesTakeTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	const processes = 3
	failures := make([]error, processes)
	var wg sync.WaitGroup
	for i := range processes {
		cmd := process(t, path, fmt.Sprintf("p%d", i), "")
		wg.Go(func() { failures[i] = cmd.Run() })
	}
	wg.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
	all, err := New(Config{Path: path}).List(t.Context())
	require.NoError(t, err)
	assert.Len(t, all, processes*10)
}

func TestDyingAtAStepLeavesTheOldOrTheNewFile(t *testing.T) {
	for step, want := range map[string]int{
		"created": 1, "half written": 1, "before sync": 1, "written": 1, "renamed": 2, "synced": 2,
	} {
		t.Run(step, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			r := New(Config{Path: path})
			require.NoError(t, r.Update(t.Context(), addNamed("first")))
			err := process(t, path, "dying", step).Run()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, 9, exit.ExitCode())
			all, err := r.List(t.Context())
			require.NoError(t, err)
			assert.Len(t, all, want)
			require.NoError(t, r.Update(t.Context(), addNamed("after")), "the lock died with the process")
			all, err = r.List(t.Context())
			require.NoError(t, err)
			assert.Len(t, all, want+1)
		})
	}
}
