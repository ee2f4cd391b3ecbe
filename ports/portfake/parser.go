package portfake

import (
	"bytes"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Parser takes every run of lines without a blank one for a block, and a run's
// first line that begins with # for a heading. Its zero value is ready.
type Parser struct{}

var _ ports.Parser = Parser{}

// Parse returns the first heading as the title, and the blocks.
func (Parser) Parse(_ string, content []byte) (string, []domain.Block) {
	var title, heading string
	var blocks []domain.Block
	open := false
	for i, line := range bytes.Split(content, []byte("\n")) {
		text := strings.TrimSpace(string(line))
		switch {
		case text == "":
			open = false
		case strings.HasPrefix(text, "#"):
			heading = strings.TrimSpace(strings.TrimLeft(text, "#"))
			if title == "" {
				title = heading
			}
			blocks = append(blocks, domain.Block{StartLine: i + 1, EndLine: i + 1, Heading: heading, Level: 1})
			open = false
		case open:
			blocks[len(blocks)-1].EndLine = i + 1
		default:
			blocks = append(blocks, domain.Block{StartLine: i + 1, EndLine: i + 1, Heading: heading})
			open = true
		}
	}
	return title, blocks
}
