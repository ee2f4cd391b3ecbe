//go:build !chromago

package chroma

import "github.com/atocore/atocore/domain"

// connect returns the connection to a database.
func connect(c Config) (connection, error) {
	if c.Mode == ModeLocal {
		return nil, domain.Invalid("this build of atocore has no Chroma runtime of its own").WithField("chroma.mode").
			WithHint("run a Chroma server and set chroma.url, or build atocore with: go build -tags chromago ./cmd/atocore")
	}
	return newHTTP(c)
}
