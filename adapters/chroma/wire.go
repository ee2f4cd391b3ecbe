package chroma

import (
	"context"
	"fmt"
)

// catalogue is the half of a Chroma database that holds collections. An error
// that the database itself answered is a *statusError.
type catalogue interface {
	// Heartbeat returns nil while the database answers.
	Heartbeat(ctx context.Context) error
	// Limits returns what the database accepts.
	Limits(ctx context.Context) (limits, error)
	// Find returns the collection with that name; status 404 when there is none.
	Find(ctx context.Context, name string) (collection, error)
	// Make returns the collection with that name, made with these labels when it
	// was not there. Its space is the cosine.
	Make(ctx context.Context, name string, labels map[string]any) (collection, error)
	// List returns every collection.
	List(ctx context.Context) ([]collection, error)
	// Drop removes a collection; status 404 when there is none.
	Drop(ctx context.Context, name string) error
}

// rows is the half that holds what is in a collection, named by its id.
type rows interface {
	// Upsert stores the batch, replacing rows with the same id. No id may be there
	// twice.
	Upsert(ctx context.Context, id string, b batch) error
	// Delete removes rows; ids that are not there are passed over.
	Delete(ctx context.Context, id string, ids []string) error
	// Query returns at most n rows nearest to the vector.
	Query(ctx context.Context, id string, vector []float32, f filter, n int) ([]hit, error)
	// Get returns a page of the rows, in an order that does not change while
	// nobody writes.
	Get(ctx context.Context, id string, offset, limit int) ([]row, error)
	// Select returns at most limit rows of the filter, with their vectors if asked.
	Select(ctx context.Context, id string, f filter, limit int, vectors bool) ([]row, error)
	// Count returns the number of rows.
	Count(ctx context.Context, id string) (int, error)
}

// connection is a Chroma database.
type connection interface {
	catalogue
	rows
	// Close ends it.
	Close() error
}

type limits struct {
	batch  int  // rows in one write
	page   int  // rows in one read
	packed bool // vectors may be sent as base64
}

type collection struct {
	id     string
	name   string
	labels map[string]any
}

// batch is a number of rows, field by field.
type batch struct {
	ids     []string
	vectors [][]float32
	labels  []rowLabels
	packed  bool // vectors may be sent as base64
}

// rowLabels is what is kept with a vector.
type rowLabels struct {
	Project string `json:"project"`
	Kind    string `json:"kind"`
	Digest  string `json:"digest"`
}

// filter narrows a query; empty lists do not.
type filter struct {
	projects []string
	kinds    []string
}

type hit struct {
	id       string
	distance float64
}

type row struct {
	id     string
	labels rowLabels
	vector []float32 // where it was asked for
}

// statusError is what the database answered instead of doing what it was asked.
type statusError struct {
	status  int
	name    string // Chroma's name for the error
	message string
}

func (e *statusError) Error() string {
	if e.name == "" {
		return fmt.Sprintf("status %d: %s", e.status, e.message)
	}
	return fmt.Sprintf("status %d, %s: %s", e.status, e.name, e.message)
}
