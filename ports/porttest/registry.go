package porttest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// TestProjectRegistry checks the contract of a project registry. open returns an
// empty one.
func TestProjectRegistry(t *testing.T, open func(t *testing.T) ports.ProjectRegistry) {
	tests := map[string]func(*testing.T, ports.ProjectRegistry){
		"begins empty":                            registryBeginsEmpty,
		"keeps what it is given, in order":        registryKeeps,
		"stores nothing that is not valid":        registryRefuses,
		"stores nothing when the change fails":    registryChangeFails,
		"hands out copies":                        registryCopies,
		"loses no change of concurrent writers":   registryConcurrent,
		"gives up when the context has ended":     registryCancelled,
		"removes what the change leaves out":      registryRemoves,
		"a failing change frees it for the next":  registryFreed,
		"a context that ends changes nothing yet": registryCancelledKeeps,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// aProject returns a valid project with everything set.
func aProject(name string) domain.Project {
	folder, err := filepath.Abs(filepath.Join("nowhere", name))
	if err != nil {
		panic(err)
	}
	return domain.Project{
		Name:        name,
		Aliases:     []string{name + "-alias", name + " ältere"},
		Description: "what " + name + " is: \"quotes\", <tags> & ünïcode",
		IngestRoots: []domain.IngestRoot{{Path: folder, Label: "docs"}, {Path: folder + "2", Label: "more docs"}},
	}
}

func adding(p domain.Project) func([]domain.Project) ([]domain.Project, error) {
	return func(all []domain.Project) ([]domain.Project, error) { return append(all, p), nil }
}

func registryBeginsEmpty(t *testing.T, r ports.ProjectRegistry) {
	all, err := r.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, all)
}

func registryKeeps(t *testing.T, r ports.ProjectRegistry) {
	for _, name := range []string{"beta", "Alpha", "gamma"} {
		require.NoError(t, r.Update(t.Context(), adding(aProject(name))))
	}
	all, err := r.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []domain.Project{aProject("Alpha"), aProject("beta"), aProject("gamma")}, all)
}

func registryRefuses(t *testing.T, r ports.ProjectRegistry) {
	require.NoError(t, r.Update(t.Context(), adding(aProject("alpha"))))
	rootless := aProject("beta")
	rootless.IngestRoots = nil
	err := r.Update(t.Context(), adding(rootless))
	assert.Equal(t, domain.KindInvalid, domain.KindOf(err), "%v", err)
	err = r.Update(t.Context(), adding(aProject("ALPHA")))
	assert.Equal(t, domain.KindConflict, domain.KindOf(err), "%v", err)
	all, err := r.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []domain.Project{aProject("alpha")}, all)
}

func registryChangeFails(t *testing.T, r ports.ProjectRegistry) {
	mine := errors.New("no")
	err := r.Update(t.Context(), func(all []domain.Project) ([]domain.Project, error) {
		return append(all, aProject("alpha")), mine
	})
	require.ErrorIs(t, err, mine)
	all, err := r.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, all)
}

func registryCopies(t *testing.T, r ports.ProjectRegistry) {
	given := aProject("alpha")
	require.NoError(t, r.Update(t.Context(), adding(given)))
	given.Aliases[0], given.IngestRoots[0].Label = "changed", "changed"
	all, err := r.List(t.Context())
	require.NoError(t, err)
	require.Equal(t, []domain.Project{aProject("alpha")}, all)
	all[0].Aliases[0], all[0].IngestRoots[0].Label = "changed", "changed"
	mine := errors.New("no")
	err = r.Update(t.Context(), func(all []domain.Project) ([]domain.Project, error) {
		all[0].Aliases[0], all[0].IngestRoots[0].Label = "changed", "changed"
		return all, mine
	})
	require.ErrorIs(t, err, mine)
	all, err = r.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []domain.Project{aProject("alpha")}, all)
}

func registryConcurrent(t *testing.T, r ports.ProjectRegistry) {
	const writers, each = 6, 5
	failures := make([]error, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				failures[w] = errors.Join(failures[w], r.Update(t.Context(), adding(aProject(fmt.Sprintf("p-%d-%d", w, i)))))
				_, err := r.List(t.Context())
				failures[w] = errors.Join(failures[w], err)
			}
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(failures...))
	all, err := r.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, all, writers*each)
}

func registryCancelled(t *testing.T, r ports.ProjectRegistry) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.List(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func registryCancelledKeeps(t *testing.T, r ports.ProjectRegistry) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	called := false
	err := r.Update(ctx, func(all []domain.Project) ([]domain.Project, error) {
		called = true
		return append(all, aProject("alpha")), nil
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.False(t, called)
	all, err := r.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, all)
}

func registryRemoves(t *testing.T, r ports.ProjectRegistry) {
	require.NoError(t, r.Update(t.Context(), adding(aProject("alpha"))))
	require.NoError(t, r.Update(t.Context(), adding(aProject("beta"))))
	require.NoError(t, r.Update(t.Context(), func(all []domain.Project) ([]domain.Project, error) {
		return slices.DeleteFunc(all, func(p domain.Project) bool { return p.Name == "alpha" }), nil
	}))
	all, err := r.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []domain.Project{aProject("beta")}, all)
}

func registryFreed(t *testing.T, r ports.ProjectRegistry) {
	mine := errors.New("no")
	err := r.Update(t.Context(), func([]domain.Project) ([]domain.Project, error) { return nil, mine })
	require.ErrorIs(t, err, mine)
	require.NoError(t, r.Update(t.Context(), adding(aProject("alpha"))))
}
