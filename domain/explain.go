package domain

import (
	"errors"
	"strings"
)

// Explain returns what is wrong, on one line and never empty, and what to do about
// it, which is empty when the error does not say.
func Explain(err error) (problem, remedy string) {
	if err == nil {
		return "", ""
	}
	problem = err.Error()
	var e *Error
	if errors.As(err, &e) && e.Hint != "" {
		remedy = e.Hint
		problem = strings.Replace(problem, " ("+e.Hint+")", "", 1)
	}
	problem = strings.Join(strings.Fields(problem), " ")
	if problem == "" {
		problem = "it failed, and did not say why"
	}
	return problem, remedy
}
