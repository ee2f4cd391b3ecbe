package ports

import (
	"context"

	"github.com/atocore/atocore/domain"
)

// ProofStore keeps with a backup what its state answered when it was captured, and
// what came of proving it.
type ProofStore interface {
	// PutProbes writes the probes into dir, which Begin made and Commit has not yet
	// taken, and returns the file for Manifest.Probes. Without that entry the
	// commit leaves them out.
	PutProbes(ctx context.Context, dir string, p domain.ProbeSet) (domain.FileEntry, error)
	// Probes returns the probes of a backup; KindNotFound when there is no such
	// backup or it has none, KindCorrupt when they are not those that the manifest
	// names.
	Probes(ctx context.Context, stamp domain.Stamp) (domain.ProbeSet, error)
	// PutProof keeps the proof in place of an earlier one. One that passed gives the
	// backup the standing proven; one that did not takes that standing away. A
	// folder that cannot be written is KindUnavailable.
	PutProof(ctx context.Context, stamp domain.Stamp, p domain.Proof) error
	// Proof returns the last proof, passed or not. KindNotFound when there is no
	// such backup, or none that can be believed.
	Proof(ctx context.Context, stamp domain.Stamp) (domain.Proof, error)
}
