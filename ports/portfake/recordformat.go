package portfake

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// RecordFormat is ports.RecordFormat as plain JSON documents, the number of records
// last. The zero value works.
type RecordFormat struct{}

var _ ports.RecordFormat = RecordFormat{}

// Write implements ports.RecordFormat.
func (RecordFormat) Write(w io.Writer, feed func(put func(domain.Record) error) error) error {
	e, n := json.NewEncoder(w), 0
	err := feed(func(r domain.Record) error {
		n++
		return e.Encode(r)
	})
	if err != nil {
		return err
	}
	return e.Encode(n)
}

// Read implements ports.RecordFormat.
func (RecordFormat) Read(ctx context.Context, r io.Reader, each func(domain.Record) error) error {
	d := json.NewDecoder(r)
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		var raw json.RawMessage
		var count int
		var record domain.Record
		switch {
		case d.Decode(&raw) != nil:
			return domain.Corrupt("cut off after %d records", n)
		case json.Unmarshal(raw, &count) == nil:
			if count != n || d.More() {
				return domain.Corrupt("it holds %d records, not %d", n, count)
			}
			return nil
		case json.Unmarshal(raw, &record) != nil:
			return domain.Corrupt("document %d is no record", n+1)
		}
		if err := record.Validate(); err != nil {
			return domain.Corrupt("%s", fmt.Sprintf("record %d: %v", n+1, err))
		}
		if err := each(record); err != nil {
			return err
		}
	}
}
