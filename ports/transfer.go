package ports

import (
	"context"
	"io"

	"github.com/atocore/atocore/domain"
)

// TransferStore gives out what was put in, with its history, and takes it in as it was.
type TransferStore interface {
	// Export calls each with every memory, key of a project's state and interaction, in
	// this order: memories, deleted ones too, by id; keys by project and key;
	// interactions by time and id. All of it is one state of the store, however long it
	// takes; who writes meanwhile is not held up. What each is given it may keep. Its
	// error ends the export and is returned.
	Export(ctx context.Context, each func(domain.Record) error) error
	// Import stores the records as they are, ids, times and history included, in one
	// transaction, and says what became of each, in their order. What meets something
	// in the store (domain.MeetHistory and its like) is not stored, and nothing that
	// is there is changed. vectors has a vector for each memory, by id, that can be
	// found; without one it is found by its text alone. With dry nothing is stored. A
	// vector of another dimension is KindInvalid. Projects are none of its business.
	Import(ctx context.Context, records []domain.Record, vectors map[string][]float32, dry bool) ([]domain.Outcome, error)
}

// RecordFormat writes and reads records as a stream.
type RecordFormat interface {
	// Write writes everything that feed hands to put, and what shows that it is whole.
	// It keeps no more than one record in memory.
	Write(w io.Writer, feed func(put func(domain.Record) error) error) error
	// Read hands every record to each, valid by itself (domain.Record.Validate), and
	// then looks whether it was whole. A stream that is cut off, changed or not in the
	// format is KindCorrupt, with the line; one of a newer version of the format is
	// KindRefused. each may have been called by then. An error of each is returned.
	Read(ctx context.Context, r io.Reader, each func(domain.Record) error) error
}
