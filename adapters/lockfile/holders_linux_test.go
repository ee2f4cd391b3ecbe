package lockfile

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseLock(t *testing.T) {
	type lock struct {
		pid           int
		device, inode string
		ok            bool
	}
	for line, want := range map[string]lock{
		"1: FLOCK  ADVISORY  WRITE 812 fd:01:4718607 0 EOF": {812, "fd:01", "4718607", true},
		"2: FLOCK  ADVISORY  READ  9 00:2d:17 0 EOF":        {9, "00:2d", "17", true},
		"2: -> FLOCK  ADVISORY  WRITE 10 00:2d:17 0 EOF":    {},
		"3: POSIX  ADVISORY  WRITE 811 fd:01:4718607 0 EOF": {},
		"4: OFDLCK ADVISORY  WRITE -1 fd:01:4718607 0 0":    {},
		"5: FLOCK  ADVISORY  WRITE 0 fd:01:4718607 0 EOF":   {},
		"6: LEASE  ACTIVE    READ 5 fd:01:4718607 0 EOF":    {},
		"": {},
		"7: FLOCK  ADVISORY  WRITE x fd:01:4718607 0 EOF": {},
		"8: FLOCK  ADVISORY  WRITE 812 nonsense 0 EOF":    {},
	} {
		pid, device, inode, ok := parseLock(line)
		assert.Equal(t, want, lock{pid, device, inode, ok}, line)
	}
}
