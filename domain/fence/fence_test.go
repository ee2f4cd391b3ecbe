package fence_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/fence"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
	"github.com/atocore/atocore/ports/porttest"
)

// around returns stores over fakes, within the fence.
func around(t *testing.T) (fence.Stores, *portfake.Store) {
	t.Helper()
	store := portfake.NewStore()
	store.Model = porttest.Model()
	index := fence.Index{Text: words{store.Text()}, Vectors: store.Vectors(), Passages: store.Passages()}
	return fence.Around(fence.Stores{
		Registry: portfake.NewProjectRegistry(project("a"), project("b")),
		Memories: store.Memories(), Documents: store.Documents(), Facts: &portfake.Facts{}, Catalog: store.Catalog(),
		Interactions: &portfake.Interactions{}, Gate: &portfake.Gate{}, Index: index,
	}, func(projects []string) fence.Index {
		assert.NotNil(t, projects)
		return index
	}), store
}

func project(name string) domain.Project {
	return domain.Project{Name: name, IngestRoots: []domain.IngestRoot{{Path: "/srv/" + name, Label: "docs"}}}
}

type words struct{ ports.TextIndex }

func (words) Unknown(context.Context, []string) ([]string, error) { return nil, nil }

func as(t *testing.T, p domain.Principal) context.Context {
	return domain.WithPrincipal(t.Context(), p)
}

func operator(t *testing.T) context.Context { return as(t, domain.Operator()) }

func kind(t *testing.T, want domain.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, domain.KindOf(err), err)
}

var (
	writer  = domain.Principal{Key: "1", Name: "bot", Scopes: []domain.KeyScope{domain.KeyWrite}, Limited: true, Projects: []string{"a"}, Trusted: true}
	doubted = domain.Principal{Key: "2", Name: "agent", Scopes: []domain.KeyScope{domain.KeyWrite}}
	reader  = domain.Principal{Key: "3", Name: "eye", Scopes: []domain.KeyScope{domain.KeyRead}}
)

func memory(id, project string, status domain.MemoryStatus) domain.Memory {
	at := time.Date(2026, 4, 9, 6, 0, 0, 0, time.UTC)
	return domain.Memory{
		ID: id, Type: domain.MemoryKnowledge, Content: id, Project: project, Confidence: 0.7, Status: status,
		CreatedAt: at, UpdatedAt: at, Revision: 1,
	}
}

// To the operator there is no fence: the suites of the ports pass.
func TestTheOperatorSeesTheStoresThemselves(t *testing.T) {
	porttest.TestMemoryStore(t, func(t *testing.T) ports.MemoryStore {
		s, _ := around(t)
		return onBehalf{s.Memories}
	})
}

// onBehalf makes calls on the operator's behalf.
type onBehalf struct{ inner ports.MemoryStore }

func by(ctx context.Context) context.Context { return domain.WithPrincipal(ctx, domain.Operator()) }

func (o onBehalf) Create(ctx context.Context, m domain.Memory, v []float32) error {
	return o.inner.Create(by(ctx), m, v)
}

func (o onBehalf) Get(ctx context.Context, id string) (domain.Memory, error) {
	return o.inner.Get(by(ctx), id)
}

func (o onBehalf) List(ctx context.Context, f domain.MemoryFilter) (domain.MemoryPage, error) {
	return o.inner.List(by(ctx), f)
}

func (o onBehalf) Update(ctx context.Context, id string, change func(*domain.Memory) ([]float32, error)) (domain.Memory, error) {
	return o.inner.Update(by(ctx), id, change)
}

func (o onBehalf) Delete(ctx context.Context, id string, at ports.Moment) error {
	return o.inner.Delete(by(ctx), id, at)
}

func (o onBehalf) History(ctx context.Context, id string) ([]domain.MemoryChange, error) {
	return o.inner.History(by(ctx), id)
}

func TestACallThatNamesNobodyFails(t *testing.T) {
	s, _ := around(t)
	ctx := t.Context()
	for name, err := range map[string]error{
		"list":   second(s.Memories.List(ctx, domain.MemoryFilter{})),
		"get":    second(s.Memories.Get(ctx, "m")),
		"create": s.Memories.Create(ctx, memory("m", "", domain.MemoryActive), nil),
		"forget": s.Memories.Forget(ctx, "m", time.Now(), domain.Act{}),
		"names":  second(s.Registry.List(ctx)),
		"search": second(s.Text.Search(ctx, "x", domain.Scope{}, 1)),
		"facts":  second(s.Facts.Facts(ctx, "a", time.Now())),
		"counts": second(s.Documents.Counts(ctx)),
		"paths":  second(s.Catalog.Paths(ctx)),
		"ingest": second(s.Gate.Ingestion(ctx)),
		"turns":  second(s.Interactions.Interactions(ctx, domain.InteractionFilter{})),
	} {
		assert.ErrorContains(t, err, "for whom", name)
	}
}

func second[T any](_ T, err error) error { return err }

func TestScopes(t *testing.T) {
	s, _ := around(t)
	kind(t, domain.KindRefused, s.Memories.Create(as(t, reader), memory("m", "", domain.MemoryCandidate), nil))
	kind(t, domain.KindRefused, s.Facts.Put(as(t, reader), domain.Fact{Project: "a", Key: "k"}, func(*domain.Fact) error { return nil }))
	_, err := s.Gate.Ingestion(as(t, reader))
	kind(t, domain.KindRefused, err)
	change := func(all []domain.Project) ([]domain.Project, error) { return all, nil }
	kind(t, domain.KindRefused, s.Registry.Update(as(t, doubted), change))
	require.NoError(t, s.Registry.Update(operator(t), change))
	admin := writer
	admin.Scopes = []domain.KeyScope{domain.KeyAdmin} // no such key can be made
	kind(t, domain.KindRefused, s.Registry.Update(as(t, admin), change))
	_, err = s.Memories.List(as(t, domain.Principal{}), domain.MemoryFilter{})
	kind(t, domain.KindRefused, err)
}

func TestWhatIsHiddenCannotBeTold(t *testing.T) {
	s, _ := around(t)
	for id, project := range map[string]string{"mine": "a", "theirs": "b", "nobodys": ""} {
		require.NoError(t, s.Memories.Create(operator(t), memory(id, project, domain.MemoryActive), nil))
	}
	ctx := as(t, writer)
	page, err := s.Memories.List(ctx, domain.MemoryFilter{Among: []string{"a", "b", ""}})
	require.NoError(t, err)
	require.Len(t, page.Memories, 1)
	nothing := second(s.Memories.Get(ctx, "nothing"))
	for _, id := range []string{"theirs", "nobodys"} {
		same := func(err error) {
			t.Helper()
			kind(t, domain.KindNotFound, err)
			assert.Equal(t, nothing, domain.NoMemory("nothing"))
			assert.Equal(t, domain.NoMemory(id), err)
		}
		same(second(s.Memories.Get(ctx, id)))
		same(second(s.Memories.History(ctx, id)))
		same(second(s.Memories.Update(ctx, id, func(*domain.Memory) ([]float32, error) {
			t.Error("it was shown")
			return nil, nil
		})))
		same(s.Memories.Forget(ctx, id, time.Now(), domain.Act{}))
		same(second(s.Memories.Revive(ctx, id, func(*domain.Memory) ([]float32, error) { return nil, nil })))
		assert.Equal(t, domain.NoMemoryThen(id), second(s.Memories.GetAt(ctx, id, time.Now())))
	}
	kind(t, domain.KindNotFound, s.Memories.Create(ctx, memory("x", "b", domain.MemoryActive), nil))
	kind(t, domain.KindRefused, s.Memories.Create(ctx, memory("x", "", domain.MemoryActive), nil))
	for _, to := range []string{"b", ""} {
		_, err = s.Memories.Update(ctx, "mine", func(m *domain.Memory) ([]float32, error) {
			m.Project = to
			return nil, nil
		})
		require.Error(t, err)
	}
	m, err := s.Memories.Get(ctx, "mine")
	require.NoError(t, err)
	assert.Equal(t, "a", m.Project)
	shared := writer
	shared.Shared = true
	_, err = s.Memories.Get(as(t, shared), "nobodys")
	require.NoError(t, err)
}

func TestWhoIsNotTrustedGainsNothing(t *testing.T) {
	s, _ := around(t)
	ctx := as(t, doubted)
	kind(t, domain.KindRefused, s.Memories.Create(ctx, memory("x", "a", domain.MemoryActive), nil))
	require.NoError(t, s.Memories.Create(ctx, memory("c", "a", domain.MemoryCandidate), nil))
	for id, status := range map[string]domain.MemoryStatus{"active": domain.MemoryActive, "rejected": domain.MemoryRejected} {
		require.NoError(t, s.Memories.Create(operator(t), memory(id, "a", status), nil))
	}
	set := func(change func(*domain.Memory)) func(*domain.Memory) ([]float32, error) {
		return func(m *domain.Memory) ([]float32, error) {
			change(m)
			return nil, nil
		}
	}
	_, err := s.Memories.Update(ctx, "c", set(func(m *domain.Memory) { m.Status = domain.MemoryActive }))
	kind(t, domain.KindRefused, err)
	_, err = s.Memories.Update(ctx, "rejected", set(func(m *domain.Memory) { m.Status = domain.MemoryCandidate }))
	kind(t, domain.KindRefused, err)
	for _, change := range []func(*domain.Memory){
		func(m *domain.Memory) { m.Content = "other" },
		func(m *domain.Memory) { m.Status = domain.MemorySuperseded },
		func(m *domain.Memory) { m.Confidence = 1 },
		func(m *domain.Memory) { m.Last.Kind, m.Content = domain.ChangeReinforced, "smuggled" },
	} {
		_, err = s.Memories.Update(ctx, "active", set(change))
		kind(t, domain.KindRefused, err)
	}
	kind(t, domain.KindRefused, s.Memories.Forget(ctx, "active", time.Now(), domain.Act{}))
	kind(t, domain.KindRefused, s.Facts.Put(ctx, domain.Fact{Project: "a", Key: "k", Value: "v"}, func(*domain.Fact) error { return nil }))

	m, err := s.Memories.Update(ctx, "active", set(func(m *domain.Memory) {
		m.Last = domain.Act{Kind: domain.ChangeReinforced, By: "Ada"}
		m.Confidence, m.Reinforced = 0.8, 1
	}))
	require.NoError(t, err, "saying the same is allowed")
	assert.Equal(t, "Ada (agent)", m.Last.By, "who it was cannot be stated otherwise")
	_, err = s.Memories.Update(ctx, "c", set(func(m *domain.Memory) { m.Status = domain.MemoryRejected }))
	require.NoError(t, err)
}

func TestTheGateTellsALimitedKeyNothing(t *testing.T) {
	s, _ := around(t)
	release, err := s.Gate.Ingestion(operator(t))
	require.NoError(t, err)
	_, err = s.Gate.Ingestion(as(t, doubted))
	kind(t, domain.KindConflict, err)
	ctx, cancel := context.WithTimeout(as(t, writer), 50*time.Millisecond)
	defer cancel()
	_, err = s.Gate.Ingestion(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, release())
	release, err = s.Gate.Ingestion(as(t, writer))
	require.NoError(t, err)
	require.NoError(t, release())
}

// feed is a feed of fixed news.
type feed []domain.PassageChange

func (feed) Head(context.Context) (domain.FeedMark, error) {
	return domain.FeedMark{Seq: 7, Check: 1}, nil
}

func (f feed) Follow(_ context.Context, _ domain.FeedMark, apply func(domain.PassageChange) error) (domain.FeedMark, error) {
	for _, c := range f {
		if err := apply(c); err != nil {
			return domain.FeedMark{}, err
		}
	}
	return domain.FeedMark{Seq: 7, Check: 1}, nil
}

func TestFeedHoldsWhatIsKnownAlone(t *testing.T) {
	mine := domain.PassageChange{Passage: domain.Passage{ID: "1", Project: "a", Content: "x"}, Searched: "x"}
	theirs := domain.PassageChange{Passage: domain.Passage{ID: "2", Project: "b", Content: "y"}, Searched: "y"}
	gone := domain.PassageChange{Passage: domain.Passage{ID: "3"}, Gone: true}
	var got []domain.PassageChange
	f := fence.Feed{Inner: feed{mine, theirs, gone}, Projects: []string{"a"}}
	mark, err := f.Follow(t.Context(), domain.FeedMark{}, func(c domain.PassageChange) error {
		got = append(got, c)
		return nil
	})
	require.NoError(t, err)
	head, err := f.Head(t.Context())
	require.NoError(t, err)
	assert.Equal(t, head, mark)
	assert.Equal(t, []domain.PassageChange{mine, {Passage: domain.Passage{ID: "2"}, Gone: true}, gone}, got)
	boom := errors.New("boom")
	_, err = f.Follow(t.Context(), domain.FeedMark{}, func(domain.PassageChange) error { return boom })
	require.ErrorIs(t, err, boom)
}

// ranked is an index of vectors in a fixed order.
type ranked []string

func (r ranked) Search(_ context.Context, _ []float32, _ domain.Scope, limit int) ([]domain.Candidate, error) {
	var out []domain.Candidate
	for _, id := range r[:min(limit, len(r))] {
		out = append(out, domain.Candidate{ID: id})
	}
	return out, nil
}

type known []string

func (k known) Passages(_ context.Context, ids []string) (map[string]domain.Passage, error) {
	out := map[string]domain.Passage{}
	for _, id := range ids {
		for _, mine := range k {
			if id == mine {
				out[id] = domain.Passage{ID: id}
			}
		}
	}
	return out, nil
}

func TestVectorsOfOthersCrowdNothingOut(t *testing.T) {
	v := fence.Vectors{Inner: ranked{"x", "x", "x", "x", "x", "x", "1", "x", "2", "x", "3"}, Passages: known{"1", "2", "3"}}
	for limit, want := range map[int]int{1: 1, 2: 2, 3: 3, 9: 3} {
		got, err := v.Search(t.Context(), nil, domain.Scope{}, limit)
		require.NoError(t, err)
		assert.Len(t, got, want)
		for i, c := range got {
			assert.Equal(t, []string{"1", "2", "3"}[i], c.ID)
		}
	}
}
