package ledgerfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

// lineWire is one line of the file. docs/proof.md explains each field. Fields are
// only ever added: a reader passes over those that it does not know, and the hash
// is that of the bytes.
type lineWire struct {
	Seq        int64             `json:"seq"`
	At         string            `json:"at"`
	Kind       string            `json:"kind"`
	Outcome    string            `json:"outcome,omitempty"`
	Stamp      string            `json:"stamp,omitempty"`
	AppVersion string            `json:"app_version,omitempty"`
	Seconds    float64           `json:"seconds"`
	Details    map[string]string `json:"details,omitempty"`
	Prev       string            `json:"prev"`
}

// first is the hash of the line before the first.
var first = strings.Repeat("0", 2*sha256.Size)

// longestDetail bounds one detail, in bytes: a line is to be read by people.
const longestDetail = 4000

// encodeLine returns the line of an entry, with its end.
func encodeLine(e domain.LedgerEntry) ([]byte, error) {
	w := lineWire{
		Seq: e.Seq, At: e.At.UTC().Format(time.RFC3339Nano), Kind: string(e.Kind), Outcome: string(e.Outcome),
		Stamp: string(e.Stamp), AppVersion: e.AppVersion, Seconds: e.Took.Seconds(), Prev: e.Prev,
	}
	if len(e.Details) > 0 {
		w.Details = make(map[string]string, len(e.Details))
	}
	for k, v := range e.Details {
		if len(v) > longestDetail {
			v = strings.ToValidUTF8(v[:longestDetail], "") + "…"
		}
		w.Details[k] = v
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(w); err != nil {
		return nil, fmt.Errorf("encode ledger entry: %w", err)
	}
	return b.Bytes(), nil
}

// decodeLine turns a line back, its hash included.
func decodeLine(line []byte) (domain.LedgerEntry, error) {
	var w lineWire
	if err := json.Unmarshal(line, &w); err != nil {
		return domain.LedgerEntry{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, w.At)
	if err != nil {
		return domain.LedgerEntry{}, err
	}
	return domain.LedgerEntry{
		Seq: w.Seq, At: at.UTC(), Kind: domain.LedgerKind(w.Kind), Outcome: domain.LedgerOutcome(w.Outcome),
		Stamp: domain.Stamp(w.Stamp), AppVersion: w.AppVersion,
		Took:    time.Duration(math.Round(w.Seconds*1e6)) * time.Microsecond,
		Details: w.Details, Prev: w.Prev, Hash: hashOf(line),
	}, nil
}

// hashOf is what `sed -n Np ledger.jsonl | sha256sum` says of a line.
func hashOf(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// split returns the whole lines with their ends, and how many bytes of an
// unfinished one follow.
func split(raw []byte) (lines [][]byte, torn int) {
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, '\n')
		if end < 0 {
			return lines, len(raw)
		}
		lines, raw = append(lines, raw[:end+1]), raw[end+1:]
	}
	return lines, 0
}
