package prove

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
)

// A proof that found differences is no error, and is told as a failure.
func TestTell(t *testing.T) {
	var clock portfake.Clock
	var told domain.JobReport
	s := New(Config{Clock: &clock, Tell: func(r domain.JobReport) { told = r }})
	began := clock.Now()
	clock.Advance(3 * time.Second)

	s.tell(began, Latest, domain.Proof{Stamp: "20260409T060000Z", Passed: true, RestoreTook: 2 * time.Second}, nil)
	assert.True(t, told.OK())
	assert.Equal(t, domain.JobProve, told.Job)
	assert.Equal(t, domain.Stamp("20260409T060000Z"), told.Stamp)
	assert.Equal(t, 3*time.Second, told.Took)
	assert.Equal(t, "proven, restores in 2.0 s", told.Summary)

	s.tell(began, Latest, domain.Proof{Differences: []domain.Difference{{Subject: "rows", Expected: "2", Found: "1"}, {}}}, nil)
	assert.Equal(t, "it differs in 2 points: rows: expected 2, found 1", told.Problem)
	assert.NotEmpty(t, told.Remedy)

	s.tell(began, "20260410T060000Z", domain.Proof{}, domain.Unavailable("no room").WithHint("make some"))
	assert.Equal(t, "no room", told.Problem)
	assert.Equal(t, "make some", told.Remedy)
	assert.Equal(t, domain.Stamp("20260410T060000Z"), told.Stamp, "the one that was asked for")

	New(Config{Clock: &clock}).tell(began, Latest, domain.Proof{}, nil) // nobody to tell
}
