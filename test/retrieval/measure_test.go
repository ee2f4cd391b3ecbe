package retrieval

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// caller makes requests over one kept connection.
type caller struct{ client *http.Client }

func newCaller() caller {
	return caller{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: time.Minute}}
}

// post sends a JSON body and returns the whole answer.
func (c caller) post(url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close() //nolint:errcheck // it was read to its end
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s", res.Status, answer)
	}
	return answer, err
}

// latency is what a series of calls took.
type latency struct{ P50, P95, P99 time.Duration }

func (l latency) String() string {
	return fmt.Sprintf("p50 %.2f ms, p95 %.2f ms, p99 %.2f ms", ms(l.P50), ms(l.P95), ms(l.P99))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// timed calls f n times after warm calls that do not count.
func timed(n, warm int, f func(i int) error) (latency, error) {
	took := make([]time.Duration, 0, n)
	for i := range n + warm {
		began := time.Now()
		if err := f(i); err != nil {
			return latency{}, err
		}
		if i >= warm {
			took = append(took, time.Since(began))
		}
	}
	return percentiles(took), nil
}

func percentiles(took []time.Duration) latency {
	slices.Sort(took)
	at := func(p int) time.Duration { return took[min(len(took)-1, len(took)*p/100)] }
	return latency{at(50), at(95), at(99)}
}

// throughput calls f from clients side by side for that long, and returns calls a
// second.
func throughput(clients int, during time.Duration, f func(client, i int) error) (float64, error) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	var first error
	total := 0
	began := time.Now()
	for c := range clients {
		wait.Go(func() {
			n := 0
			var err error
			for ; err == nil && time.Since(began) < during; n++ {
				err = f(c, n*clients+c)
			}
			mu.Lock()
			defer mu.Unlock()
			total += n
			if first == nil {
				first = err
			}
		})
	}
	wait.Wait()
	return float64(total) / time.Since(began).Seconds(), first
}

// residentOf returns the resident memory of a process in bytes. Linux only;
// elsewhere 0.
func residentOf(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "VmRSS:" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}
