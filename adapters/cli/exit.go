package cli

import "github.com/atocore/atocore/domain"

// The exit codes. Their table in docs/cli.md is the promise to scripts.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitFaulty   = 3
	exitRefused  = 4
	exitNotFound = 5
)

// exitCode translates what sort of failure it was.
func exitCode(kind domain.Kind) int {
	switch kind {
	case "":
		return exitDone
	case domain.KindInvalid:
		return exitUsage
	case domain.KindCorrupt:
		return exitFaulty
	case domain.KindRefused, domain.KindUnauthorized:
		return exitRefused
	case domain.KindNotFound:
		return exitNotFound
	case domain.KindConflict, domain.KindUnavailable, domain.KindThrottled, domain.KindInternal:
		return exitFailed
	}
	return exitFailed
}
