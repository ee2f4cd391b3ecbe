package domain

import (
	"math/rand"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What a name may be, said as a regular expression.
func TestNames(t *testing.T) {
	form := regexp.MustCompile(`^[\pL\pN][\pL\pN ._-]{0,63}$`)
	letters := []string{"a", "Z", "9", "é", "½", "日", " ", ".", "_", "-", "@", "/", "\n", "\xff", "\u0301", "�"}
	dice := rand.New(rand.NewSource(1))
	good := 0
	check := func(s string) {
		want := form.MatchString(s) && !strings.HasSuffix(s, " ")
		if want {
			good++
		}
		assert.Equal(t, want, isName(s, projectMarks), "%q", s)
	}
	for range 20000 {
		var s string
		for range dice.Intn(5) {
			s += letters[dice.Intn(len(letters))]
		}
		check(s)
	}
	for n := range 70 {
		check(strings.Repeat("é", n))
	}
	assert.Greater(t, good, 1000)
}
