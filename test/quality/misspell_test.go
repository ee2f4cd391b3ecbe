package quality

import (
	"math/rand"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/domain"
)

// misspell returns the questions with one slip (two letters that changed places,
// one too many, one missing, one wrong) in every word of five letters or more. It
// is the same slip every time.
func misspell(questions []question) []question {
	dice := rand.New(rand.NewSource(1))
	out := make([]question, len(questions))
	for i, q := range questions {
		words := strings.Fields(q.Question)
		for k, w := range words {
			words[k] = slip(dice, w)
		}
		q.Question = strings.Join(words, " ")
		out[i] = q
	}
	return out
}

func slip(dice *rand.Rand, word string) string {
	letters := []rune(word)
	bare := strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }))
	if len(letters) < 5 || domain.IsStopWord(bare) {
		return word
	}
	at := 1 + dice.Intn(len(letters)-3)
	other := rune('a' + dice.Intn(26))
	switch dice.Intn(4) {
	case 0:
		letters[at], letters[at+1] = letters[at+1], letters[at]
	case 1:
		letters = append(letters[:at:at], letters[at+1:]...)
	case 2:
		letters = append(letters[:at:at], append([]rune{other}, letters[at:]...)...)
	default:
		letters[at] = other
	}
	return string(letters)
}

func TestMisspell(t *testing.T) {
	q := []question{{Question: "Which database does the archive use?"}}
	first := misspell(q)[0].Question
	assert.Equal(t, first, misspell(q)[0].Question)
	assert.NotEqual(t, q[0].Question, first)
	assert.True(t, strings.HasPrefix(first, "Which "), "a stop word stays: %s", first)
	assert.Equal(t, "Which database does the archive use?", q[0].Question)
}
