package drill

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/portfake"
)

// A drill that failed is no error, and is told as a failure.
func TestTell(t *testing.T) {
	var clock portfake.Clock
	var told domain.JobReport
	s := New(Config{Clock: &clock, Tell: func(r domain.JobReport) { told = r }})
	damages := []domain.DrillDamage{{Detected: true}, {Detected: false}}

	s.tell(clock.Now(), domain.Drill{Passed: true, Sabotage: damages[:1]}, nil)
	assert.True(t, told.OK())
	assert.Equal(t, domain.JobDrill, told.Job)
	assert.Equal(t, "passed, 1 of 1 corruptions detected", told.Summary)

	s.tell(clock.Now(), domain.Drill{Sabotage: damages}, nil)
	assert.Equal(t, "1 of 2 corruptions detected", told.Problem)

	s.tell(clock.Now(), domain.Drill{Steps: []domain.DrillStep{{Name: "backup", Passed: true}, {Name: "restore", Detail: "no marker"}}}, nil)
	assert.Equal(t, "restore: no marker", told.Problem)

	s.tell(clock.Now(), domain.Drill{}, errors.New("no room"))
	assert.Equal(t, "no room", told.Problem)

	New(Config{Clock: &clock}).tell(clock.Now(), domain.Drill{}, nil) // nobody to tell
}
