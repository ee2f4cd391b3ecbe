package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/atocore/atocore/domain"
)

func TestStopWords(t *testing.T) {
	for word, want := range map[string]bool{
		"the": true, "what": true, "does": true, "s": true, "of": true,
		"": false, "database": false, "The": false, "key": false, "backup": false, "new": false, "время": false,
	} {
		assert.Equal(t, want, domain.IsStopWord(word), "%q", word)
	}
}
