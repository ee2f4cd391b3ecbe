package offsite

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
	"github.com/atocore/atocore/ports/portfake"
)

type named struct{ ports.RemoteStore }

func (named) Place() string { return "bucket" }

func TestTell(t *testing.T) {
	var clock portfake.Clock
	var told domain.JobReport
	s := New(Config{Remote: named{}, Clock: &clock, Tell: func(r domain.JobReport) { told = r }})

	s.tellPush(clock.Now(), domain.RemoteTransfer{Stamp: "20260409T060000Z", ArchiveBytes: 7}, nil)
	assert.Equal(t, domain.JobReport{Job: domain.JobPush, Stamp: "20260409T060000Z", Started: clock.Now(), Bytes: 7, Summary: "sent to bucket"}, told)

	s.tellPush(clock.Now(), domain.RemoteTransfer{Already: true, ArchiveBytes: 7}, nil)
	assert.Equal(t, "was there already: bucket", told.Summary)
	assert.Zero(t, told.Bytes)

	out := domain.RemoteSync{Pushed: []domain.RemoteTransfer{{Stamp: "a", ArchiveBytes: 1}, {Stamp: "b", ArchiveBytes: 2}}}
	s.tellSync(clock.Now(), out, errors.New("cut off"))
	assert.Equal(t, "cut off", told.Problem)
	assert.EqualValues(t, 3, told.Bytes)
	assert.Empty(t, told.Stamp)

	New(Config{Remote: named{}, Clock: &clock}).tellSync(clock.Now(), out, nil) // nobody to tell
}
