// Package cli is the command line. It parses, calls a use case, and prints:
// results to standard output, everything else to standard error; tables and
// colours only on a terminal; with --json one JSON document, errors included.
//
// It knows the use cases and nothing of what they stand on: the program hands it
// an App, whose Open makes the services that a command needs when it needs them,
// so that `config`, `version` or `backup list` never open the database.
package cli

import (
	"context"
	"io"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/audit"
	"github.com/atocore/atocore/domain/backup"
	"github.com/atocore/atocore/domain/drill"
	"github.com/atocore/atocore/domain/eval"
	"github.com/atocore/atocore/domain/index"
	"github.com/atocore/atocore/domain/ingest"
	"github.com/atocore/atocore/domain/interaction"
	"github.com/atocore/atocore/domain/key"
	"github.com/atocore/atocore/domain/ledger"
	"github.com/atocore/atocore/domain/memory"
	"github.com/atocore/atocore/domain/offsite"
	"github.com/atocore/atocore/domain/pack"
	"github.com/atocore/atocore/domain/project"
	"github.com/atocore/atocore/domain/prove"
	"github.com/atocore/atocore/domain/query"
	"github.com/atocore/atocore/domain/restore"
	"github.com/atocore/atocore/domain/retention"
	"github.com/atocore/atocore/domain/schedule"
	"github.com/atocore/atocore/domain/state"
	"github.com/atocore/atocore/domain/transfer"
	"github.com/atocore/atocore/domain/tune"
)

// App is what the program gives its command line.
type App struct {
	Version  Version
	Settings []Setting // every key of the configuration
	Example  string    // the documented configuration file

	// Configuration returns the effective configuration.
	Configuration func(Flags) (Configuration, error)
	// Open makes the services that need says. The caller closes them.
	Open func(ctx context.Context, f Flags, need Need) (*Services, error)
	// Serve runs the HTTP service until ctx ends; ready is told its URL once it
	// listens.
	Serve func(ctx context.Context, f Flags, ready func(url string)) error
	// MCP serves one agent over In and Out until it goes or ctx ends.
	MCP func(ctx context.Context, f Flags, o MCPOptions) error
	// Keygen writes a new key for off-site copies to a file and returns its public half.
	Keygen func(file string) (recipient string, err error)
	// Doctor examines the installation.
	Doctor func(ctx context.Context, f Flags) ([]domain.Finding, error)
	// Health asks the running service whether it is up, and returns its URL.
	Health func(ctx context.Context, f Flags) (url string, err error)

	// DrillPage writes the report of a drill as a page that stands by itself.
	DrillPage func(w io.Writer, d domain.Drill) error

	In       io.Reader
	Out, Err io.Writer
}

// MCPOptions say how an agent is served.
type MCPOptions struct {
	Trusted bool // what it remembers is active at once
	Alone   bool // a running service is not joined
}

// Flags are the flags that decide what is configured.
type Flags struct {
	Config string            // --config
	Values map[string]string // configuration key → text, for the flags that were given
}

// Need says how much a command needs opened. More than it needs would keep it
// from working where it must: on a broken or a foreign data directory.
type Need int

const (
	// NeedBackups opens nothing and takes no lock: listing, showing and validating
	// backups, and restoring (which takes the lock alone).
	NeedBackups Need = iota
	// NeedState shares the lock, after finishing an interrupted restore, and opens
	// no store: capturing a backup, which reads by its own means.
	NeedState
	// NeedStores opens the stores of a data directory that must exist.
	NeedStores
	// NeedNewStores makes the data directory if there is none, and opens the stores.
	NeedNewStores
)

// Services are the use cases, as far as the need goes. Those of a greater need
// are nil.
type Services struct {
	Backup    *backup.Service    // always; Create from NeedState
	Restore   *restore.Service   // always
	Retention *retention.Service // always
	Prove     *prove.Service     // always
	Ledger    *ledger.Service    // always
	Drill     *drill.Service     // from NeedState
	Schedule  *schedule.Service  // always; Tick and Run from NeedState
	// Remote makes the use case of off-site copies; always. It fails where no remote
	// is configured.
	Remote func() (*offsite.Service, error)
	// ProveRemote proves the copy of a backup that is off site; always.
	ProveRemote func(ctx context.Context, name string, report func(domain.CopyProgress)) (domain.Proof, error)
	Memory      *memory.Service  // from NeedStores
	Project     *project.Service // from NeedStores
	Ingest      *ingest.Service  // from NeedStores
	Query       *query.Service   // from NeedStores
	Pack        *pack.Service    // from NeedStores
	State       *state.Service   // from NeedStores
	Keys        *key.Service     // from NeedStores
	Audit       *audit.Service   // from NeedStores
	Eval        *eval.Service    // always; on the live store from NeedStores
	Tune        *tune.Service    // as Eval
	Index       *index.Service   // from NeedStores

	Interaction *interaction.Service // from NeedStores
	Transfer    *transfer.Service    // from NeedStores

	Close func() error
}

// Version identifies the program.
type Version struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Built    string `json:"built,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Setting is a key of the configuration that can be given as a flag.
type Setting struct {
	Key     string
	Flag    string // "" when it cannot
	Type    string // what a value is, in a word
	Range   string
	Default string
	Meaning string
}

// Configuration is what holds, and why.
type Configuration struct {
	File   string // "" when none was read
	Values []SettingValue
}

// SettingValue is the effective value of one key.
type SettingValue struct {
	Key    string `json:"key"`
	Value  string `json:"value"`  // masked when it is a secret
	Source string `json:"source"` // flag, environment, file, default
	Origin string `json:"origin"` // for people: "variable ATOCORE_LISTEN", "atocore.yaml:3"
}
