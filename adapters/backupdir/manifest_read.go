package backupdir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/atocore/atocore/domain"
)

// readManifest decodes metadata.json as strictly as it can: a backup is read by
// programs that were not there when it was written, so nothing is guessed. It
// returns every fault, and whether what it returns can be worked with at all;
// entries that must not be followed are left out.
func readManifest(raw []byte, want domain.Stamp) (domain.Manifest, bool, []domain.Fault) {
	var faults []domain.Fault
	fault := func(kind domain.FaultKind, expected, found string) {
		faults = append(faults, domain.Fault{Kind: kind, File: manifestName, Expected: expected, Found: found})
	}
	if !utf8.Valid(raw) {
		fault(domain.FaultManifest, "JSON in UTF-8", "other bytes")
		return domain.Manifest{}, false, faults
	}
	var head struct {
		Format *int `json:"format"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		fault(domain.FaultManifest, "a manifest in JSON", err.Error())
		return domain.Manifest{}, false, faults
	}
	if head.Format != nil && *head.Format > domain.BackupFormat {
		fault(domain.FaultFormat, fmt.Sprintf("format version %d or older; update atocore to read this backup", domain.BackupFormat),
			fmt.Sprintf("version %d", *head.Format))
		return domain.Manifest{Format: *head.Format}, false, faults
	}
	if err := checkKeys(raw); err != nil {
		fault(domain.FaultManifest, "each key once, in lower case", err.Error())
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var w manifestWire
	if err := dec.Decode(&w); err != nil {
		fault(domain.FaultManifest, "the fields of a manifest", strings.TrimPrefix(err.Error(), "json: "))
		return domain.Manifest{}, false, faults
	}
	m := w.manifest(fault)
	checkManifest(&m, want, fault)
	return m, true, faults
}

// checkKeys refuses keys that occur twice in an object, and keys that Go's decoder
// would take for others because it does not look at case.
func checkKeys(raw []byte) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := checkValue(dec); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something after the end")
	}
	return nil
}

func checkValue(dec *json.Decoder) error {
	token, err := dec.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for dec.More() {
		if delim == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			if seen[name] {
				return fmt.Errorf("%q twice", name)
			}
			if name != strings.ToLower(name) {
				return fmt.Errorf("%q", name)
			}
			seen[name] = true
		}
		if err := checkValue(dec); err != nil {
			return err
		}
	}
	_, err = dec.Token() // the end of the object or list
	return err
}
