package app

import (
	"context"

	"github.com/atocore/atocore/adapters/cli"
	"github.com/atocore/atocore/domain"
)

// open makes the services that need says.
func (p Program) open(_ context.Context, f cli.Flags, _ cli.Need) (*cli.Services, error) {
	if _, _, err := load(f); err != nil {
		return nil, err
	}
	return nil, domain.Unavailable("the stores are not wired yet")
}

func (p Program) serve(_ context.Context, f cli.Flags, _ func(string)) error {
	if _, _, err := load(f); err != nil {
		return err
	}
	return domain.Unavailable("the service is not wired yet")
}
