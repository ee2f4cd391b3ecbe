package chroma

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var questions = []string{
	"which part of service 3 listens on port 7031", "service 17 talks to", "preferences about answers", "port 7052",
}

type backupView struct {
	Stamp string `json:"stamp"`
}

// A backup with the Chroma tree, and one whose tree is left out: after the restore
// the index holds what it held, and the answers are the same.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{"with Chroma": nil, "without Chroma": {"--no-chroma"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for n := range 25 {
				w.write(n, 1)
			}
			w.run("project", "add", "services", w.docs())
			w.run("project", "refresh", "services")
			w.run("memory", "add", "--type", "preference", "Answers are short and come with their sources")
			before := w.requireEqual()
			answers := map[string][]string{}
			for _, q := range questions {
				answers[q] = w.ask(q)
				require.NotEmpty(t, answers[q], q)
			}
			made := decode[backupView](t, w.run("backup", "create", "--json"))
			require.FileExists(t, filepath.Join(w.dir, "data", "backups", made.Stamp, "chroma", "chroma", "chroma.sqlite3"))
			w.run("backup", "validate", made.Stamp)

			for n := range 25 { // the mutation
				w.write(n, 2)
			}
			w.write(99, 2)
			w.run("project", "refresh", "services")
			w.run("memory", "add", "--type", "preference", "Answers are long")
			w.requireEqual()

			restore := append([]string{"backup", "restore", made.Stamp, "--confirm-service-stopped"}, flags...)
			if flags == nil {
				_, code, told := w.try(restore...)
				assert.Equal(t, 4, code, "refused while the server answers: %s", told)
				assert.Contains(t, told, "Chroma server")
			}
			w.server.Kill()
			w.run(restore...)
			w.server.Up()
			if flags != nil {
				w.run("index", "verify", "--repair")
			}
			after := w.requireEqual()
			assert.Equal(t, before.Records, after.Records)
			for _, q := range questions {
				assert.Equal(t, answers[q], w.ask(q), q)
			}
		})
	}
}

// Without the folder of the server a backup says that the index was not captured,
// and asking for it is an error.
func TestBackupOfAServerElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env = append(w.env, "ATOCORE_CHROMA_PERSIST_DIR=")
	w.write(1, 1)
	w.run("project", "add", "services", w.docs())
	w.run("project", "refresh", "services")
	made := decode[backupView](t, w.run("backup", "create", "--json"))
	assert.Contains(t, w.run("backup", "show", made.Stamp, "--json"), "chroma.persist_dir is not set")
	_, code, told := w.try("backup", "restore", made.Stamp, "--confirm-service-stopped", "--include-chroma")
	assert.Equal(t, 2, code, told)
	w.write(2, 1)
	w.run("project", "refresh", "services")
	w.run("backup", "restore", made.Stamp, "--confirm-service-stopped")
	w.run("index", "verify", "--repair")
	w.requireEqual()
}

// The doctor compares the index with the text, and changes neither.
func TestDoctorLooksAtTheIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write(1, 1)
	w.run("project", "add", "services", w.docs())
	w.run("project", "refresh", "services")
	out, _, told := w.try("doctor")
	assert.Contains(t, out, "every text has its vector (local/", told)
	w.server.Kill()
	out, _, told = w.try("doctor")
	assert.Contains(t, out, "questions are answered by words alone: the Chroma server at "+w.server.URL+" cannot be reached", told)
	assert.NotContains(t, out, "every text has its vector")
}
