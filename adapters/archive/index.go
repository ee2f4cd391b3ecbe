package archive

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/atocore/atocore/domain"
)

// indexWire is the form of the index in the archive.
type indexWire struct {
	Format int        `json:"format"`
	Stamp  string     `json:"stamp"`
	Files  []fileWire `json:"files"`
}

type fileWire struct {
	Path   string `json:"path"`
	Mode   string `json:"mode"` // octal
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func encodeIndex(x domain.ArchiveIndex) ([]byte, error) {
	w := indexWire{Format: indexFormat, Stamp: string(x.Stamp), Files: []fileWire{}}
	for _, f := range x.Files {
		w.Files = append(w.Files, fileWire{f.Path, fmt.Sprintf("%04o", f.Mode), f.Size, f.SHA256})
	}
	raw, err := json.MarshalIndent(w, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the index: %w", err)
	}
	return append(raw, '\n'), nil
}

// decodeIndex reads an index, and refuses one that must not be followed.
func decodeIndex(raw []byte, limits domain.ArchiveLimits) (domain.ArchiveIndex, error) {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return domain.ArchiveIndex{}, corrupt("its index cannot be read").Because(err)
	}
	if head.Format > indexFormat {
		return domain.ArchiveIndex{}, domain.Invalid("the archive has format version %d, this program knows %d", head.Format, indexFormat).
			WithHint("update atocore to read it")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var w indexWire
	if err := dec.Decode(&w); err != nil {
		return domain.ArchiveIndex{}, corrupt("its index cannot be read").Because(err)
	}
	stamp, err := domain.ParseStamp(w.Stamp)
	if err != nil {
		return domain.ArchiveIndex{}, corrupt("its index names no stamp: %q", w.Stamp)
	}
	if limits.Stamp != "" && stamp != limits.Stamp {
		return domain.ArchiveIndex{}, corrupt("it holds backup %s, not %s", stamp, limits.Stamp)
	}
	x := domain.ArchiveIndex{Stamp: stamp}
	if len(w.Files) > limits.Files {
		return x, corrupt("it promises %d files, at most %d were expected", len(w.Files), limits.Files)
	}
	seen := map[string]bool{}
	left := limits.Bytes
	for _, f := range w.Files {
		if err := checkFile(f, seen); err != nil {
			return x, err
		}
		if f.Size > left {
			return x, corrupt("it promises more than the %d bytes that were expected", limits.Bytes)
		}
		left -= f.Size
		var mode uint32
		if _, err := fmt.Sscanf(f.Mode, "%o", &mode); err != nil || mode > 0o777 {
			return x, corrupt("its index gives %q the mode %q", f.Path, f.Mode)
		}
		x.Files = append(x.Files, domain.ArchiveFile{Path: f.Path, Mode: mode, Size: f.Size, SHA256: f.SHA256})
	}
	return x, nil
}

func checkFile(f fileWire, seen map[string]bool) error {
	// Two names that differ in case alone are one file on some systems.
	folded := strings.ToLower(f.Path)
	switch {
	case !safePath(f.Path) || f.Path == indexName:
		return corrupt("its index has the path %q", f.Path)
	case seen[folded]:
		return corrupt("its index has %q twice", f.Path)
	case f.Size < 0:
		return corrupt("its index gives %q the size %d", f.Path, f.Size)
	}
	if b, err := hex.DecodeString(f.SHA256); err != nil || len(b) != 32 {
		return corrupt("its index has no SHA-256 of %q", f.Path)
	}
	seen[folded] = true
	return nil
}
