// Package fence keeps every principal within what exists for it. It wraps the ports
// through which use cases reach what is stored: whom a call is made for is read from
// its context, and what belongs to projects that a limited key does not know is
// filtered, and answered for, exactly as if it did not exist. Use cases and faces
// need not think of it, and a new one cannot forget to: it is given fenced ports and
// no others. A call whose context names nobody is an error.
//
// The rules: reading needs the scope read, changing memories, state and documents
// needs write, and the registry admin. Who is not trusted cannot make anything
// active, cannot change what is, and cannot set project state.
package fence

import (
	"context"
	"errors"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// MemoryStore is a store of memories with both of its sides.
type MemoryStore interface {
	ports.MemoryStore
	ports.MemoryArchive
}

// InteractionStore is a store of interactions with both of its sides.
type InteractionStore interface {
	ports.InteractionStore
	ports.InteractionRetention
}

// TextIndex is a text index that tells which words it has.
type TextIndex interface {
	ports.TextIndex
	ports.Vocabulary
}

// Index is what questions are asked of.
type Index struct {
	Text     TextIndex
	Vectors  ports.VectorSearcher
	Passages ports.PassageStore
}

// Stores are the ports through which use cases reach what is stored.
type Stores struct {
	Registry  ports.ProjectRegistry
	Memories  MemoryStore
	Documents ports.DocumentStore
	Facts     ports.FactStore
	Catalog   ports.PassageCatalog
	Origins   ports.OriginStore
	// Changes is not filtered: who follows it keeps what it says for all callers, and
	// asks domain.PrincipalOf before telling one of them.
	Changes      ports.MemoryFeed
	Interactions InteractionStore
	Transfer     ports.TransferStore
	Gate         ports.Gate
	Index
}

// Around returns the stores with a fence around them. limited returns the index of
// what belongs to these projects, "" standing for none: it must hold that and
// nothing else, so that what a limited key finds, and how fast and with what scores
// and corrections, cannot depend on the rest.
func Around(s Stores, limited func(projects []string) Index) Stores {
	i := index{all: s.Index, limited: limited}
	return Stores{
		Registry:  &registry{s.Registry},
		Memories:  &memories{s.Memories},
		Documents: &documents{s.Documents},
		Facts:     &facts{s.Facts},
		Catalog:   &catalog{s.Catalog, s.Documents},
		Origins:   &origins{s.Origins, i},
		Changes:   s.Changes,
		Gate:      &gate{s.Gate},

		Interactions: &interactions{s.Interactions},
		Transfer:     &transfer{s.Transfer},
		Index:        Index{Text: &text{i}, Vectors: vectorsOf(i), Passages: &passages{i}},
	}
}

var errNobody = errors.New("fence: nobody said for whom this call is made")

// who returns whom the call is made for, if he has the scope.
func who(ctx context.Context, scope domain.KeyScope) (domain.Principal, error) {
	p, ok := domain.PrincipalOf(ctx)
	if !ok {
		return domain.Principal{}, errNobody
	}
	return p, p.Need(scope)
}

// noProject is the error of whoever names a project that does not exist for him. The
// use cases resolve names in the registry first and never get this far.
func noProject(name string) error {
	if name == "" {
		return domain.Refused("this key is limited to projects, and this belongs to none").WithField("project").
			WithHint("name a project")
	}
	_, err := domain.FindProject(nil, name)
	return err
}

// inside returns whom the call is made for, if he has the scope and the project
// exists for him.
func inside(ctx context.Context, scope domain.KeyScope, project string) (domain.Principal, error) {
	p, err := who(ctx, scope)
	if err == nil && !p.Knows(project) {
		err = noProject(project)
	}
	return p, err
}

func doubted(what string) error {
	return domain.Refused("this key is not trusted, and %s", what).WithHint("let a person do it, or ask the operator for a trusted key")
}
