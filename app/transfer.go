package app

import (
	"github.com/atocore/atocore/adapters/exportfile"
	"github.com/atocore/atocore/adapters/foreign"
	"github.com/atocore/atocore/adapters/system"
	"github.com/atocore/atocore/domain/fence"
	"github.com/atocore/atocore/domain/transfer"
)

func (i installation) transfers(stores fence.Stores) *transfer.Service {
	return transfer.New(transfer.Config{
		Store: stores.Transfer, Registry: stores.Registry, Embedder: i.embedder, Format: exportfile.Format{},
		Foreign: foreign.Reader{}, Clock: system.Clock{},
	})
}
