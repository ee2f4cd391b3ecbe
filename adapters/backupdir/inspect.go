package backupdir

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// largestNote bounds what is read as a note or as RESTORE.md, in bytes.
const largestNote = 1 << 20

// Inspect reads a backup's manifest and companions and tells everything that is
// wrong with them.
//
// The manifest holds the hashes of all files of components, and SHA256SUMS those
// of the manifest and of RESTORE.md; what else is in SHA256SUMS must be exactly
// what the manifest says. So there is no byte in any of the three whose change
// does not show.
func (s *Store) Inspect(ctx context.Context, stamp domain.Stamp) (ports.Inspection, error) {
	dir, err := s.find(ctx, stamp)
	if err != nil {
		return ports.Inspection{}, err
	}
	in := &inspection{Inspection: ports.Inspection{Dir: dir, Companions: slices.Clone(companions)}, store: s}
	manifest, haveManifest := in.read(manifestName, largestManifest, true)
	sums, haveSums := in.read(sumsName, largestManifest, true)
	guide, haveGuide := in.read(guideName, largestNote, true)
	if haveManifest {
		var faults []domain.Fault
		in.Manifest, in.Readable, faults = readManifest(manifest, stamp)
		in.Faults = append(in.Faults, faults...)
	}
	if haveSums && haveManifest {
		in.compareHash(readSums(sums), manifestName, manifest)
	}
	if haveSums && haveGuide {
		in.compareHash(readSums(sums), guideName, guide)
	}
	if haveSums && in.Readable {
		in.compareSums(sums)
	}
	for standing, name := range noteNames {
		raw, ok := in.read(name, largestNote, false)
		if !ok || !haveManifest {
			continue
		}
		if _, want, found := readNote(raw, standing, hashOf(manifest)); want != "" {
			in.fault(domain.FaultHash, name, want, found)
		}
	}
	return in.Inspection, nil
}

type inspection struct {
	ports.Inspection
	store *Store
}

func (in *inspection) fault(kind domain.FaultKind, file, want, found string) {
	in.Faults = append(in.Faults, domain.Fault{Kind: kind, File: file, Expected: want, Found: found})
}

// read returns a companion's content, or says why it could not.
func (in *inspection) read(name string, most int64, needed bool) ([]byte, bool) {
	raw, err := in.store.readSmall(filepath.Join(in.Dir, name), most)
	switch {
	case err == nil:
		return raw, true
	case errors.Is(err, fs.ErrNotExist):
		if needed {
			in.fault(domain.FaultMissing, name, "a file", "nothing")
		}
	case errors.Is(err, errNotAFile):
		in.fault(domain.FaultType, name, "a file", "a link, a folder or a device")
	default:
		in.fault(domain.FaultIO, name, "a readable file", err.Error())
	}
	return nil, false
}

func (in *inspection) compareHash(sums map[string]string, name string, raw []byte) {
	found := hashOf(raw)
	switch want, ok := sums[name]; {
	case !ok:
		in.fault(domain.FaultManifest, sumsName, "a line for "+name, "none")
	case want != found:
		in.fault(domain.FaultHash, name, "SHA-256 "+want+", as in "+sumsName, found)
	}
}

// compareSums holds SHA256SUMS against what follows from the manifest; its lines
// for the companions have been compared already.
func (in *inspection) compareSums(raw []byte) {
	have := readSums(raw)
	expected := sumsOf(in.Manifest, have[manifestName], have[guideName])
	if bytes.Equal(raw, expected) {
		return
	}
	before := len(in.Faults)
	want := readSums(expected)
	said := false // by compareHash
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch sum, ok := have[name]; {
		case !ok && (name == manifestName || name == guideName):
			said = true
		case !ok:
			in.fault(domain.FaultManifest, sumsName, "a line for "+name, "none")
		case sum != want[name]:
			in.fault(domain.FaultManifest, sumsName, "SHA-256 "+want[name]+" for "+name+", as in "+manifestName, sum)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, ok := want[name]; !ok {
			in.fault(domain.FaultManifest, sumsName, "no line for "+name, "one")
		}
	}
	if len(in.Faults) == before && !said {
		in.fault(domain.FaultManifest, sumsName, "the lines that follow from "+manifestName, "others, or in another form")
	}
}
