package key

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/atocore/atocore/domain"
)

// Open tells whether anybody may call without showing anything: there is neither a
// token nor a key, and never was one. Revoking the last key opens nothing.
func (s *Service) Open(ctx context.Context) (bool, error) {
	if s.Token != "" {
		return false, nil
	}
	if s.Keys == nil {
		return true, nil
	}
	some, err := s.Keys.Any(ctx)
	if err != nil {
		return false, fmt.Errorf("look for keys: %w", err)
	}
	return !some, nil
}

// Authenticate returns who shows the secret: a key's, or the operator's token. "" is
// the operator, too, while the service is Open. from is the address that the call
// comes from, "" for a process on this machine. The store is asked each time, so
// that what another process revoked is refused at once. KindUnauthorized: it opens
// nothing, or not any more. KindThrottled: the address guesses, or the key asks too
// often.
func (s *Service) Authenticate(ctx context.Context, secret, from string) (domain.Principal, error) {
	now := s.Clock.Now()
	if secret == "" {
		open, err := s.Open(ctx)
		if err != nil {
			return domain.Principal{}, err
		}
		if !open {
			return domain.Principal{}, unknown()
		}
		p := domain.Operator()
		p.Name = "anonymous"
		return p, nil
	}
	sum := sha256.Sum256([]byte(secret))
	if err := s.limits.attempt(sum, from, now); err != nil {
		return domain.Principal{}, err
	}
	p, err := s.recognise(ctx, secret, sum, now)
	if domain.KindOf(err) == domain.KindUnauthorized {
		s.limits.forget(sum)
	}
	if err == nil {
		s.limits.remember(sum)
	}
	if err != nil || p.key.ID == "" {
		return p.Principal, err
	}
	rate := p.key.Rate
	if rate == 0 {
		rate = s.Rate
	}
	if err := s.limits.take(p.key.ID, rate, now); err != nil {
		return domain.Principal{}, err
	}
	s.uses.note(s.Keys, p.key, now)
	return p.Principal, nil
}

type recognised struct {
	domain.Principal
	key domain.Key // without an id for the operator's token
}

// recognise compares hashes, in a time that does not depend on where they differ:
// both sides are of one length, and how much of a guess is right never shows.
func (s *Service) recognise(ctx context.Context, secret string, sum [sha256.Size]byte, now time.Time) (recognised, error) {
	if subtle.ConstantTimeCompare(sum[:], s.token[:]) == 1 && s.Token != "" {
		p := domain.Operator()
		p.Name = "api_token"
		return recognised{Principal: p}, nil
	}
	id, ok := keyID(secret)
	if !ok || s.Keys == nil {
		return recognised{}, unknown()
	}
	k, err := s.Keys.Get(ctx, id)
	if err != nil && domain.KindOf(err) != domain.KindNotFound {
		return recognised{}, fmt.Errorf("look up key: %w", err)
	}
	current := subtle.ConstantTimeCompare(sum[:], k.Hash)
	former := subtle.ConstantTimeCompare(sum[:], k.Former)
	if !now.Before(k.FormerUntil) {
		former = 0
	}
	if err != nil || current|former != 1 {
		return recognised{}, unknown()
	}
	// Who has the secret may know what became of the key.
	switch k.Status(now) {
	case domain.KeyRevoked:
		return recognised{}, domain.Unauthorized("the key %q was revoked", k.Name).WithHint("ask the operator for another one")
	case domain.KeyExpired:
		return recognised{}, domain.Unauthorized("the key %q expired at %s", k.Name, k.ExpiresAt.Format(time.RFC3339)).
			WithHint("ask the operator to rotate it")
	case domain.KeyActive:
	}
	return recognised{k.Principal(), k}, nil
}

func unknown() error {
	return domain.Unauthorized("the request carries no valid token").WithHint("send it as: Authorization: Bearer TOKEN")
}
