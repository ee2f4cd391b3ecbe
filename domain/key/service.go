// Package key is the use case of API keys: it makes, lists, revokes and rotates
// them, and tells from what a caller shows who he is, at a pace that keeps guessing
// slow and no key from taking the service for itself.
package key

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what a Service works with.
type Config struct {
	Keys     ports.KeyStore        // nil: there are none
	Registry ports.ProjectRegistry // resolves the projects of new keys
	Clock    ports.Clock
	// Token is the operator's own, from the configuration; "" for none. It has every
	// scope, and no limit of any kind.
	Token string
	Rate  int // requests a minute of keys that name none; 0: DefaultRate
	// Random is where secrets come from; nil: the system's generator.
	Random io.Reader
}

// DefaultRate is how many requests a minute a key may make unless told otherwise.
const DefaultRate = 6000

// Service keeps keys and recognises them. It is safe for concurrent use.
type Service struct {
	Config
	token  [sha256.Size]byte
	limits limits
	uses   uses
}

// New returns the service.
func New(c Config) *Service {
	if c.Rate <= 0 {
		c.Rate = DefaultRate
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	s := &Service{Config: c, token: sha256.Sum256([]byte(c.Token))}
	s.limits.init()
	return s
}

// Close waits until the uses of keys are noted.
func (s *Service) Close() { s.uses.wait() }

// Draft is a key as it is asked for.
type Draft struct {
	Name     string
	Scopes   []string // at least one of read, write, admin
	Projects []string // names or aliases; none for a key that is not limited
	Shared   bool     // limited, and yet reaching what belongs to no project
	Trusted  bool
	Rate     int       // requests a minute; 0 for the default
	Expires  time.Time // zero: never
}

// Create makes a key and returns it with its secret, which nobody can be told
// again. An unknown project is KindNotFound, a name that is in use KindConflict.
func (s *Service) Create(ctx context.Context, d Draft) (domain.Key, string, error) {
	k := domain.Key{
		Name: strings.TrimSpace(d.Name), Limited: len(d.Projects) > 0 || d.Shared, Shared: d.Shared, Trusted: d.Trusted,
		Rate: d.Rate, CreatedAt: s.Clock.Now(), ExpiresAt: d.Expires.UTC().Truncate(time.Microsecond),
	}
	for _, scope := range d.Scopes {
		k.Scopes = append(k.Scopes, domain.KeyScope(scope))
	}
	if err := s.checkExpiry(k.ExpiresAt); err != nil {
		return domain.Key{}, "", err
	}
	projects, err := s.Registry.List(ctx)
	if err != nil {
		return domain.Key{}, "", fmt.Errorf("look up project: %w", err)
	}
	for _, name := range d.Projects {
		p, err := domain.FindProject(projects, name)
		if err != nil {
			return domain.Key{}, "", err
		}
		k.Projects = append(k.Projects, p.Name)
	}
	slices.Sort(k.Projects)
	k.Projects = slices.Compact(k.Projects)
	if err := k.Validate(); err != nil {
		return domain.Key{}, "", err
	}
	for {
		var secret string
		k.ID, err = s.random(5)
		if err == nil {
			secret, k.Hash, err = s.newSecret(k.ID)
		}
		if err != nil {
			return domain.Key{}, "", err
		}
		err = s.Keys.Add(ctx, k)
		if taken := new(domain.Error); errors.As(err, &taken) && taken.Kind == domain.KindConflict && taken.Field == "id" {
			continue // the one in a million millions
		}
		if err != nil {
			return domain.Key{}, "", fmt.Errorf("create key: %w", err)
		}
		return k, secret, nil
	}
}

func (s *Service) checkExpiry(at time.Time) error {
	if !at.IsZero() && !s.Clock.Now().Before(at) {
		return domain.Invalid("the key would expire in the past").WithField("expires").
			WithHint("give a time that is yet to come, or leave it out for a key that does not expire")
	}
	return nil
}

// List returns all keys, also those that were revoked, oldest first.
func (s *Service) List(ctx context.Context) ([]domain.Key, error) {
	return s.Keys.List(ctx)
}

// Find returns the key with that id, or else the one with that name that is not
// revoked; KindNotFound, with the nearest names, when there is none.
func (s *Service) Find(ctx context.Context, name string) (domain.Key, error) {
	keys, err := s.Keys.List(ctx)
	if err != nil {
		return domain.Key{}, err
	}
	var known []string
	for _, k := range keys {
		if k.ID == name {
			return k, nil
		}
	}
	for _, k := range keys {
		if !k.RevokedAt.IsZero() {
			continue
		}
		if domain.FoldName(k.Name) == domain.FoldName(name) {
			return k, nil
		}
		known = append(known, k.Name)
	}
	missing := domain.NotFound("there is no key %q", name).WithField("key")
	missing.Nearest = domain.Nearest(name, known)
	if len(missing.Nearest) > 0 {
		return domain.Key{}, missing.WithHint("%s", domain.DidYouMean(missing.Nearest))
	}
	return domain.Key{}, missing.WithHint("list them with: atocore key list")
}

// Revoke ends a key, given by id or name, at once and for good, in every process.
// One that is revoked already stays as it is.
func (s *Service) Revoke(ctx context.Context, name string) (domain.Key, error) {
	k, err := s.Find(ctx, name)
	if err != nil || !k.RevokedAt.IsZero() {
		return k, err
	}
	return s.Keys.Update(ctx, k.ID, func(k *domain.Key) error {
		if k.RevokedAt.IsZero() {
			k.RevokedAt = s.Clock.Now()
		}
		k.Former, k.FormerUntil = nil, time.Time{}
		return nil
	})
}

// MaxGrace bounds how long a secret is good after its rotation.
const MaxGrace = 30 * 24 * time.Hour

// Rotation says how a secret is changed.
type Rotation struct {
	Grace   time.Duration // how long the former secret stays good, up to MaxGrace
	Expires *time.Time    // a new expiry; the zero time for never, nil to leave it
}

// Rotate gives a key, given by id or name, another secret, and returns it. A
// revoked key, and an expired one without a new expiry, is KindConflict.
func (s *Service) Rotate(ctx context.Context, name string, r Rotation) (domain.Key, string, error) {
	if r.Grace < 0 || r.Grace > MaxGrace {
		return domain.Key{}, "", domain.Invalid("grace %s is out of range", r.Grace).WithField("grace").
			WithHint("from 0 to %d hours", int(MaxGrace.Hours()))
	}
	if r.Expires != nil {
		if err := s.checkExpiry(*r.Expires); err != nil {
			return domain.Key{}, "", err
		}
	}
	k, err := s.Find(ctx, name)
	if err != nil {
		return domain.Key{}, "", err
	}
	secret, hash, err := s.newSecret(k.ID)
	if err != nil {
		return domain.Key{}, "", err
	}
	k, err = s.Keys.Update(ctx, k.ID, func(k *domain.Key) error {
		now := s.Clock.Now()
		if r.Expires != nil {
			k.ExpiresAt = r.Expires.UTC().Truncate(time.Microsecond)
		}
		if status := k.Status(now); status != domain.KeyActive {
			return domain.Conflict("key %q is %s", k.Name, status).WithHint("%s", map[domain.KeyStatus]string{
				domain.KeyRevoked: "create another one", domain.KeyExpired: "give it a new expiry, too",
			}[status])
		}
		k.Former, k.FormerUntil = nil, time.Time{}
		if r.Grace > 0 {
			k.Former, k.FormerUntil = k.Hash, now.Add(r.Grace)
		}
		k.Hash, k.RotatedAt = hash, now
		return nil
	})
	if err != nil {
		return domain.Key{}, "", err
	}
	return k, secret, nil
}

// Prefix begins every secret, so that people and scanners recognise one.
const Prefix = "atocore_"

const (
	idLength     = 8  // characters; 40 bits
	secretLength = 52 // characters; 256 bits
)

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func (s *Service) random(bytes int) (string, error) {
	b := make([]byte, bytes)
	if _, err := io.ReadFull(s.Random, b); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return letters.EncodeToString(b), nil
}

// newSecret returns a secret and what is kept of it. The secret is 256 random bits,
// which nobody can guess however fast the hash is: what slow hashes are for, words
// that people choose, does not arise, and a slow one would let anybody keep the
// processors busy by asking.
func (s *Service) newSecret(id string) (secret string, hash []byte, err error) {
	drawn, err := s.random(secretLength * 5 / 8)
	if err != nil {
		return "", nil, err
	}
	secret = Prefix + id + "_" + drawn
	sum := sha256.Sum256([]byte(secret))
	return secret, sum[:], nil
}

// keyID returns the id within what looks like a secret.
func keyID(secret string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(secret, Prefix)
	if !ok || len(rest) != idLength+1+secretLength || rest[idLength] != '_' {
		return "", false
	}
	id = rest[:idLength]
	return id, strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// uses notes when keys were last used, each at most once a minute, aside from the
// calls that use them: a store that is busy makes nobody wait.
type uses struct {
	mu      sync.Mutex
	noted   map[string]time.Time
	pending sync.WaitGroup
}

const usesEvery = time.Minute

func (u *uses) note(store ports.KeyStore, k domain.Key, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	last := u.noted[k.ID]
	if k.UsedAt.After(last) {
		last = k.UsedAt
	}
	if now.Sub(last) < usesEvery {
		return
	}
	if u.noted == nil {
		u.noted = map[string]time.Time{}
	}
	u.noted[k.ID] = now
	u.pending.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = store.Used(ctx, map[string]time.Time{k.ID: now}) // a call has better things to fail for
	})
}

func (u *uses) wait() { u.pending.Wait() }
