package chroma

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

type proofView struct {
	Passed      bool     `json:"passed"`
	Notes       []string `json:"notes"`
	Differences []struct {
		Subject string `json:"subject"`
	} `json:"differences"`
	Compared []struct {
		What  string `json:"what"`
		Count int64  `json:"count"`
	} `json:"compared"`
}

type drillView struct {
	Passed bool `json:"passed"`
	Steps  []struct {
		Name   string `json:"name"`
		Detail string `json:"detail"`
	} `json:"steps"`
	Sabotage []struct {
		File     string `json:"file"`
		Detected bool   `json:"detected"`
	} `json:"sabotage"`
}

// While the server answers, a backup with its tree is made, proven, and rehearsed:
// the drill damages the tree as well, and the live server is not touched.
func TestProofAndDrill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 25 {
		w.write(n, 1)
	}
	w.run("project", "add", "services", w.docs())
	w.run("project", "refresh", "services")
	w.run("memory", "add", "--type", "preference", "Answers are short and come with their sources")
	before := w.requireEqual()
	w.run("backup", "create")
	proof := decode[proofView](t, w.run("backup", "prove", "latest", "--json"))
	assert.True(t, proof.Passed)
	assert.Empty(t, proof.Differences)
	compared := map[string]int64{}
	for _, c := range proof.Compared {
		compared[c.What] = c.Count
	}
	assert.Positive(t, compared["answers to probes, ids in order"])
	assert.EqualValues(t, before.Passages, compared["passages, by id"])

	drill := decode[drillView](t, w.run("drill", "--json"))
	assert.True(t, drill.Passed, "%+v", drill.Steps)
	damaged := map[string]int{}
	for _, d := range drill.Sabotage {
		assert.True(t, d.Detected, d.File)
		component, _, _ := strings.Cut(d.File, "/")
		damaged[component]++
	}
	assert.Positive(t, damaged["db"])
	assert.Positive(t, damaged["registry"])
	assert.Positive(t, damaged["chroma"], "%v", damaged)
	assert.Equal(t, before, w.requireEqual(), "the live index is as it was")
}

// Where the folder of the server is not known, the drill rehearses the truth alone.
func TestDrillOfAServerElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env = append(w.env, "ATOCORE_CHROMA_PERSIST_DIR=")
	w.write(1, 1)
	w.run("project", "add", "services", w.docs())
	w.run("project", "refresh", "services")
	w.run("backup", "create")
	assert.True(t, decode[proofView](t, w.run("backup", "prove", "latest", "--json")).Passed)
	drill := decode[drillView](t, w.run("drill", "--json"))
	assert.True(t, drill.Passed)
	for _, d := range drill.Sabotage {
		assert.NotContains(t, d.File, "chroma/")
	}
}
