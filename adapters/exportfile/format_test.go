package exportfile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/exportfile"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

func TestRecordFormat(t *testing.T) { porttest.TestRecordFormat(t, exportfile.Format{}) }

func nothing(domain.Record) error { return nil }

func TestEveryChangeIsFound(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, exportfile.Format{}.Write(&b, func(put func(domain.Record) error) error {
		for _, name := range []string{"a", "b"} {
			err := put(domain.Record{Project: &domain.Project{Name: name, IngestRoots: []domain.IngestRoot{{Path: "/x", Label: "l"}}}})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	whole := b.String()
	read := func(text string) error {
		return exportfile.Format{}.Read(t.Context(), strings.NewReader(text), nothing)
	}
	require.NoError(t, read(whole))
	for n := range whole {
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(read(whole[:n])), "cut at %d", n)
		if changed := whole[:n] + "x" + whole[n+1:]; changed != whole {
			assert.NotEmpty(t, domain.KindOf(read(changed)), "changed at %d", n)
		}
	}
	lines := strings.SplitAfter(whole, "\n")
	for name, text := range map[string]string{
		"a line less":    lines[0] + lines[1] + lines[3],
		"a line twice":   lines[0] + lines[1] + lines[1] + lines[2] + lines[3],
		"another order":  lines[0] + lines[2] + lines[1] + lines[3],
		"more behind":    whole + lines[1],
		"two files":      whole + whole,
		"two headers":    lines[0] + whole,
		"no header":      whole[len(lines[0]):],
		"an empty line":  lines[0] + "\n" + strings.Join(lines[1:], ""),
		"another format": `{"header":{"format":"x","version":1}}` + "\n",
		"version 0":      strings.Replace(whole, `"version":1`, `"version":0`, 1),
		"other JSON":     `{"type":"entity"}` + "\n",
		"two in one":     lines[0] + `{"project":{"name":"a"},"state":{"project":"a"}}` + "\n",
		"null":           "null\n",
		"not UTF-8":      lines[0] + "{\"project\":{\"name\":\"\xff\"}}\n",
	} {
		assert.Equal(t, domain.KindCorrupt, domain.KindOf(read(text)), name)
	}
	err := read(strings.Replace(whole, `"version":1`, `"version":2`, 1))
	assert.Equal(t, domain.KindRefused, domain.KindOf(err), err)
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"header":{"format":"atocore-export","version":1}}` + "\n" +
		`{"memory":{"id":"a","history":[{"change":"created","at":"2026-04-09T06:00:00Z","memory_type":"project","content":"x","confidence":0.7,"status":"active","created_at":"2026-04-09T06:00:00Z","updated_at":"2026-04-09T06:00:00Z","revision":1}]}}` + "\n"))
	f.Add([]byte(`{"end":{"projects":0,"memories":0,"state":0,"interactions":0,"sha256":""}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		_ = exportfile.Format{}.Read(t.Context(), bytes.NewReader(content), func(r domain.Record) error {
			return r.Validate() // what is handed over is valid
		})
	})
}
