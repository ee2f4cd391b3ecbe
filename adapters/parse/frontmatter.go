package parse

import (
	"bytes"

	"go.yaml.in/yaml/v3"
)

// frontMatter returns the last line of the YAML at the top of the document, 0 for
// none, and the title in it. Dashes around something else are Markdown.
func frontMatter(doc *lines) (last int, title string) {
	if string(bytes.TrimRight(doc.text(1), " \t")) != "---" {
		return 0, ""
	}
	for n := 2; n <= doc.count(); n++ {
		switch string(bytes.TrimRight(doc.text(n), " \t")) {
		case "---", "...":
			var fields map[string]any
			if err := yaml.Unmarshal(doc.src[doc.starts[1]:doc.starts[n-1]], &fields); err != nil || (len(fields) == 0 && n > 2) {
				return 0, ""
			}
			if said, ok := fields["title"].(string); ok {
				title = shown(said)
			}
			return n, title
		}
	}
	return 0, ""
}
