package query

import (
	"slices"

	"github.com/atocore/atocore/domain"
)

// hints returns the names of the projects whose name or alias stands in the prompt
// as whole words, in the order of projects. A name made of stop words alone ("it")
// hints at nothing.
func hints(prompt string, projects []domain.Project) []string {
	words := domain.Words(prompt)
	var hinted []string
	for _, p := range projects {
		if slices.ContainsFunc(p.Names(), func(name string) bool { return stands(domain.Words(name), words) }) {
			hinted = append(hinted, p.Name)
		}
	}
	return hinted
}

// stands tells whether name occurs in words as an unbroken run.
func stands(name, words []string) bool {
	if !slices.ContainsFunc(name, func(w string) bool { return !domain.IsStopWord(w) }) {
		return false
	}
	for i := 0; i+len(name) <= len(words); i++ {
		if slices.Equal(words[i:i+len(name)], name) {
			return true
		}
	}
	return false
}
