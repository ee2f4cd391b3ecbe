package key

import (
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/atocore/atocore/domain"
)

// How fast an address may show secrets that this process has not yet seen to be
// right: a handful at once, then one every few seconds. Those that were right stay
// out of it, so that one program that guesses does not lock out its neighbours.
const (
	guesses      = 20
	guessesEvery = 3 * time.Second
)

// Bounds of what is remembered of callers.
const (
	maxAddresses = 8192
	maxSecrets   = 4096
)

// limits are the token buckets of addresses and keys. They hold for this process.
type limits struct {
	mu        sync.Mutex
	addresses map[string]*rate.Limiter
	keys      map[string]*rate.Limiter
	right     map[[sha256.Size]byte]bool // hashes of secrets that were right
}

func (l *limits) init() {
	l.addresses = map[string]*rate.Limiter{}
	l.keys = map[string]*rate.Limiter{}
	l.right = map[[sha256.Size]byte]bool{}
}

// attempt takes a token of the address, unless the secret was right before.
func (l *limits) attempt(sum [sha256.Size]byte, from string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.right[sum] {
		return nil
	}
	from = network(from)
	bucket := l.addresses[from]
	if bucket == nil {
		l.makeRoom(now)
		bucket = rate.NewLimiter(rate.Every(guessesEvery), guesses)
		l.addresses[from] = bucket
	}
	if wait := take(bucket, now); wait > 0 {
		return domain.Throttled(wait, "too many attempts to be let in from this address")
	}
	return nil
}

// makeRoom forgets, of a few addresses, one whose bucket is full again, or else any.
func (l *limits) makeRoom(now time.Time) {
	if len(l.addresses) < maxAddresses {
		return
	}
	victim, looked := "", 0
	for from, bucket := range l.addresses {
		victim, looked = from, looked+1
		if looked == 8 || bucket.TokensAt(now) >= guesses {
			break
		}
	}
	delete(l.addresses, victim)
}

func (l *limits) remember(sum [sha256.Size]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.right) >= maxSecrets {
		clear(l.right)
	}
	l.right[sum] = true
}

func (l *limits) forget(sum [sha256.Size]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.right, sum)
}

// take takes one request of a key that may make so many a minute. What it may make
// in ten seconds it may make at once, and ten in any case.
func (l *limits) take(id string, perMinute int, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit, burst := rate.Limit(float64(perMinute)/60), max(10, perMinute/6)
	bucket := l.keys[id]
	if bucket == nil {
		bucket = rate.NewLimiter(limit, burst)
		l.keys[id] = bucket
	}
	if bucket.Limit() != limit {
		bucket.SetLimitAt(now, limit)
		bucket.SetBurstAt(now, burst)
	}
	if wait := take(bucket, now); wait > 0 {
		return domain.Throttled(wait, "this key may make %d requests a minute, and has made more", perMinute)
	}
	return nil
}

// take takes a token, or returns how long it would have to be waited for.
func take(bucket *rate.Limiter, now time.Time) time.Duration {
	r := bucket.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// network returns what counts as one address: all of an IPv6 network of 64 bits,
// which one household has for itself.
func network(from string) string {
	addr, err := netip.ParseAddr(from)
	if err != nil || addr.Unmap().Is4() {
		return addr.Unmap().String()
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return from
	}
	return prefix.String()
}
