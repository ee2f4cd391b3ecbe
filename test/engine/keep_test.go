package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/atocore/atocore/adapters/engine"
	"github.com/atocore/atocore/adapters/sqlite"
	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports/porttest"
)

// fill stores documents of 50 chunks each.
func fill(t *testing.T, s *sqlite.Store, documents int) {
	t.Helper()
	for d := range documents {
		key := domain.DocumentKey{Project: "p", Root: "r", Path: fmt.Sprintf("d%d.md", d)}
		var chunks []domain.Chunk
		for i := range 50 {
			text := fmt.Sprintf("%s %s number%d", words[i%len(words)], words[(d+7*i)%len(words)], 50*d+i)
			chunks = append(chunks, domain.Chunk{
				ID: domain.ChunkID(key, text, 0), Seq: i, StartLine: i + 1, EndLine: i + 1, Content: text, Vector: vector(text),
			})
		}
		d := domain.ChunkedDocument{Document: domain.Document{DocumentKey: key, IngestedAt: moment}, Chunks: chunks}
		require.NoError(t, s.Documents().Replace(t.Context(), d))
	}
}

// An engine that is kept is filled before anybody asks, has its image saved while
// it runs, and what killed processes left beside the image goes.
func TestKeptEnginesAreSaved(t *testing.T) {
	dir := t.TempDir()
	s, image := openStore(t, filepath.Join(dir, sqlite.FileName)), filepath.Join(dir, "engine.cache")
	fill(t, s, 30)
	old, young := image+".123", image+".456"
	for _, path := range []string{old, young} {
		require.NoError(t, os.WriteFile(path, []byte("half"), 0o600))
	}
	require.NoError(t, os.Chtimes(old, moment, moment))
	ctx, cancel := context.WithCancel(t.Context())
	settled := make(chan struct{}, 10)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		newEngine(s, image).Keep(ctx, engine.Keeping{
			Every: time.Hour, Settled: func() { settled <- struct{}{} }, Failed: func(err error) { t.Error(err) },
		})
	}()
	<-settled // filled
	<-settled // and saved
	cancel()
	<-ended
	assert.True(t, newEngine(s, image).Load(t.Context()))
	assert.NoFileExists(t, old)
	assert.FileExists(t, young, "somebody may be writing it")
}

const saverVariable = "ATOCORE_TEST_SAVER"

// Whenever a process is killed that writes the image, the next one answers right.
func TestKilledWhileSaving(t *testing.T) {
	if dir := os.Getenv(saverVariable); dir != "" {
		saveForEver(t, dir)
		return
	}
	dir := t.TempDir()
	s, image := openStore(t, filepath.Join(dir, sqlite.FileName)), filepath.Join(dir, "engine.cache")
	fill(t, s, 20)
	random := rand.New(rand.NewPCG(3, 3))
	loaded := 0
	for range 12 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestKilledWhileSaving$")
		child.Env = append(os.Environ(), saverVariable+"="+dir)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		_, err = out.Read(make([]byte, 1)) // it has saved once
		require.NoError(t, err)
		time.Sleep(time.Duration(random.IntN(20_000)) * time.Microsecond) // somewhere within a later one
		require.NoError(t, child.Process.Kill())
		_ = child.Wait()

		e := newEngine(s, image)
		if e.Load(t.Context()) {
			loaded++
		}
		found, err := e.Text().Search(t.Context(), "number7 backup", domain.Scope{}, 20)
		require.NoError(t, err)
		want, err := newEngine(s, "").Text().Search(t.Context(), "number7 backup", domain.Scope{}, 20)
		require.NoError(t, err)
		require.Equal(t, told(want), told(found))
	}
	t.Logf("12 kills, %d times the image was whole", loaded)
	assert.Equal(t, 12, loaded, "the image is replaced as a whole")
}

func saveForEver(t *testing.T, dir string) {
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(dir, sqlite.FileName), Model: porttest.Model()})
	require.NoError(t, err)
	e := newEngine(s, filepath.Join(dir, "engine.cache"))
	require.NoError(t, e.Sync(t.Context()))
	for {
		require.NoError(t, e.Save())
		_, _ = os.Stdout.Write([]byte("."))
	}
}
