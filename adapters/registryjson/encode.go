package registryjson

import (
	"bytes"
	"encoding/json"

	"github.com/atocore/atocore/domain"
)

// formatVersion is the newest version of the file that this program knows.
const formatVersion = 1

type fileJSON struct {
	Version  int           `json:"version"`
	Projects []projectJSON `json:"projects"`
}

type projectJSON struct {
	Name        string     `json:"name"`
	Aliases     []string   `json:"aliases"`
	Description string     `json:"description"`
	IngestRoots []rootJSON `json:"ingest_roots"`
}

type rootJSON struct {
	Path  string `json:"path"`
	Label string `json:"label"`
}

func encode(projects []domain.Project) []byte {
	out := fileJSON{Version: formatVersion, Projects: []projectJSON{}}
	for _, p := range projects {
		row := projectJSON{Name: p.Name, Aliases: append([]string{}, p.Aliases...), Description: p.Description}
		for _, r := range p.IngestRoots {
			row.IngestRoots = append(row.IngestRoots, rootJSON(r))
		}
		out.Projects = append(out.Projects, row)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		panic(err) // strings and numbers only: cannot happen
	}
	return b.Bytes()
}
