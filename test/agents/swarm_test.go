package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	swarmAgents  = 20 // processes of "atocore mcp"
	swarmClients = 2  // of the service, over HTTP
	// seenWithin is how soon every reader must see what was acknowledged to anybody.
	seenWithin = time.Second
	// mostWAL bounds the log of the database while somebody always reads.
	mostWAL = 64 << 20
)

// Twenty processes for agents and a service write and recall at once; each is killed
// again and again, and started anew. Everything that was acknowledged is there once,
// everybody sees it at once, the log of the database stays small, and nobody is left
// behind.
func TestSwarm(t *testing.T) {
	lasts := 5 * time.Second
	if text := os.Getenv("ATOCORE_TEST_SWARM"); text != "" {
		var err error
		lasts, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	p := newProgram(t)
	p.project("handbook", "# Deploys\n\nWe deploy on Tuesdays.\n")
	s := &swarm{program: p, stop: time.Now().Add(lasts)}
	s.serviceUp(t)

	watched, unwatch := context.WithCancel(t.Context())
	var watcher sync.WaitGroup
	watcher.Go(func() { s.watchWAL(watched) })
	var all sync.WaitGroup
	all.Go(func() { s.killService(t) })
	for i := range swarmAgents {
		connect := s.overStdio
		if i%2 == 0 {
			connect = s.overStdioAlone
		}
		all.Go(func() { s.work(t, i, connect) })
	}
	for i := range swarmClients {
		all.Go(func() { s.work(t, swarmAgents+i, s.overHTTP) })
	}
	all.Wait()
	unwatch()
	watcher.Wait()
	s.service.Load().stop(t)
	if runtime.GOOS == "linux" {
		assert.Empty(t, leftBehind(t, p.data), "processes are left behind")
	}

	var listed struct {
		Memories []struct{ Content string }
	}
	require.NoError(t, json.Unmarshal([]byte(p.run("memory", "list", "--all", "--status", "any", "--json")), &listed))
	times := map[string]int{}
	for _, m := range listed.Memories {
		times[m.Content]++
	}
	for _, content := range s.acknowledged {
		assert.Equal(t, 1, times[content], content)
	}
	for content, n := range times {
		assert.Equal(t, 1, n, content)
	}
	slices.Sort(s.latencies)
	require.NotEmpty(t, s.latencies)
	require.Greater(t, len(s.acknowledged), swarmAgents)
	t.Logf("%s: %d written, %d of them after a lost answer; %d agents and %d services killed; "+
		"seen by another after %s (median), %s (longest); largest WAL %.1f MB",
		lasts, len(s.acknowledged), s.retried, s.agentsKilled, s.servicesKilled,
		s.latencies[len(s.latencies)/2], s.latencies[len(s.latencies)-1], float64(s.largestWAL)/(1<<20))
	assert.Less(t, s.largestWAL, int64(mostWAL))
	assert.Positive(t, s.agentsKilled)
}

type fact struct {
	content string
	words   string // by which it is found
	id      string
	waits   bool      // it is a candidate, and shown to who asks for such
	at      time.Time // when it was acknowledged
}

type swarm struct {
	program
	stop    time.Time
	service atomic.Pointer[service]
	next    atomic.Int64

	mu           sync.Mutex
	acknowledged []string
	newest       []fact // of each worker
	latencies    []time.Duration
	retried      int
	agentsKilled int

	servicesKilled int
	turn           atomic.Int64 // counts up just before and just after a service is killed
	largestWAL     int64
}

func (s *swarm) over() bool { return time.Now().After(s.stop) }

func (s *swarm) serviceUp(t *testing.T) {
	up, err := s.serve()
	require.NoError(t, err)
	s.service.Store(up)
}

// killService kills the service now and then, and starts it anew.
func (s *swarm) killService(t *testing.T) {
	for {
		wait := time.Duration(1000+rand.IntN(3000)) * time.Millisecond
		if time.Until(s.stop) < wait {
			return
		}
		time.Sleep(wait) // the moment of the kill is the point
		down := s.service.Load()
		s.turn.Add(1)
		_ = down.cmd.Process.Kill()
		<-down.end //nolint:errcheck // it was killed
		s.turn.Add(1)
		s.servicesKilled++
		up, err := s.serve()
		if !assert.NoError(t, err) {
			return
		}
		s.service.Store(up)
	}
}

// overStdio starts a process that joins the service while there is one.
func (s *swarm) overStdio(ctx context.Context) (*sdk.ClientSession, func(), error) {
	return s.overProcess(ctx, "--trusted")
}

// overStdioAlone starts a process that opens the stores itself.
func (s *swarm) overStdioAlone(ctx context.Context) (*sdk.ClientSession, func(), error) {
	return s.overProcess(ctx, "--trusted", "--alone")
}

// overProcess starts a process, and kills it after a while.
func (s *swarm) overProcess(ctx context.Context, args ...string) (*sdk.ClientSession, func(), error) {
	a, err := s.agent(ctx, args...)
	if err != nil {
		return nil, nil, err
	}
	timer := time.AfterFunc(time.Duration(200+rand.IntN(3000))*time.Millisecond, func() {
		if s.over() {
			return
		}
		_ = a.cmd.Process.Kill()
		s.mu.Lock()
		s.agentsKilled++
		s.mu.Unlock()
	})
	return a.ClientSession, func() {
		timer.Stop()
		_ = a.Close() // of a killed one this fails, and reaps it
	}, nil
}

func (s *swarm) overHTTP(ctx context.Context) (*sdk.ClientSession, func(), error) {
	session, err := sdk.NewClient(&sdk.Implementation{Name: "tester", Version: "1"}, nil).Connect(ctx,
		&sdk.StreamableClientTransport{Endpoint: s.service.Load().url + "/mcp", DisableStandaloneSSE: true, MaxRetries: -1}, nil)
	if err != nil {
		return nil, nil, err
	}
	return session, func() { _ = session.Close() }, nil
}

// work writes and recalls by one connection after another until the time is over. A
// write whose answer was lost is made again.
func (s *swarm) work(t *testing.T, worker int, connect func(context.Context) (*sdk.ClientSession, func(), error)) {
	var pending *fact
	for !s.over() || pending != nil {
		if time.Since(s.stop) > patience {
			t.Errorf("worker %d cannot finish: %v", worker, pending)
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		session, end, err := connect(ctx)
		if err == nil {
			for err == nil && (!s.over() || pending != nil) {
				pending, err = s.step(ctx, session, pending)
			}
			end()
		}
		cancel()
		if err != nil && errors.Is(err, errWrong) {
			t.Errorf("worker %d: %v", worker, err)
			return
		}
	}
}

// errWrong marks what no kill explains.
var errWrong = errors.New("wrong")

// step writes one fact, tells everybody, and looks for the newest of somebody else.
func (s *swarm) step(ctx context.Context, session *sdk.ClientSession, pending *fact) (*fact, error) {
	again := pending != nil
	if !again {
		pending = s.newFact()
	}
	var answer stored
	turn := s.turn.Load()
	text, err := call(ctx, session, "remember", map[string]any{"content": pending.content, "memory_type": "episodic"}, &answer)
	if err != nil {
		return pending, classify(err, text)
	}
	// An agent's process that had passed the call on to a service that was killed before
	// it answered makes it again by itself.
	again = again || s.turn.Load() > turn
	if answer.Repeated && !again {
		return nil, fmt.Errorf("%w: %q was taken for known: %s", errWrong, pending.content, text)
	}
	pending.id, pending.waits, pending.at = answer.ID, answer.Status == "candidate", time.Now()
	s.mu.Lock()
	s.acknowledged = append(s.acknowledged, pending.content)
	if again && answer.Repeated {
		s.retried++
	}
	s.newest = append(s.newest, *pending)
	look := s.newest[max(0, len(s.newest)-1-rand.IntN(20))]
	s.mu.Unlock()

	var seen found
	asked := time.Now()
	text, err = call(ctx, session, "recall", map[string]any{"prompt": look.words, "top_k": 5, "unconfirmed": look.waits}, &seen)
	if err != nil {
		return nil, classify(err, text)
	}
	for _, r := range seen.Results {
		if r.ID == look.id {
			s.mu.Lock()
			s.latencies = append(s.latencies, time.Since(asked))
			s.mu.Unlock()
			return nil, nil
		}
	}
	if asked.Sub(look.at) > seenWithin {
		return nil, fmt.Errorf("%w: %q was acknowledged %s before and is not seen: %s", errWrong, look.content, asked.Sub(look.at), text)
	}
	return nil, fmt.Errorf("%w: %q was acknowledged and is not seen at once: %s", errWrong, look.content, text)
}

// classify tells what a tool refuses from a connection that broke.
func classify(err error, text string) error {
	if text != "" && !strings.Contains(text, "cut off") {
		return fmt.Errorf("%w: %w", errWrong, err)
	}
	return err
}

// newFact makes a fact that is like no other.
func (s *swarm) newFact() *fact {
	n := s.next.Add(1)
	words := fmt.Sprintf("%s %s %s", nonsense(), nonsense(), nonsense())
	return &fact{content: fmt.Sprintf("The %s was seen, as entry q%dx", words, n), words: words}
}

// nonsense is a word of nine letters that nobody else has.
func nonsense() string {
	b := make([]byte, 9)
	for i := range b {
		letters := "bcdfghjklmnpqrstvwz"
		if i%2 == 1 {
			letters = "aeiou"
		}
		b[i] = letters[rand.IntN(len(letters))]
	}
	return string(b)
}

func (s *swarm) watchWAL(ctx context.Context) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if info, err := os.Stat(filepath.Join(s.data, "atocore.db-wal")); err == nil {
				s.largestWAL = max(s.largestWAL, info.Size())
			}
		}
	}
}

// leftBehind returns the processes that have the data directory in their
// environment.
func leftBehind(t *testing.T, data string) []string {
	t.Helper()
	var left []string
	require.Eventually(t, func() bool {
		left = nil
		entries, err := os.ReadDir("/proc")
		require.NoError(t, err)
		for _, e := range entries {
			environment, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
			if err == nil && strings.Contains(string(environment), "ATOCORE_DATA_DIR="+data+"\x00") {
				left = append(left, e.Name())
			}
		}
		return len(left) == 0
	}, patience, 50*time.Millisecond, "left: %v", left)
	return left
}
