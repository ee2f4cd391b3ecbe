package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Keys is the store of API keys.
type Keys struct{ s *Store }

var _ ports.KeyStore = (*Keys)(nil)

// Keys returns the store of API keys.
func (s *Store) Keys() *Keys { return &Keys{s} }

const (
	keyColumns = `id, name, scopes, limited, projects, shared, trusted, rate, hash, former, former_until,
    created_at, expires_at, rotated_at, revoked_at, used_at`
	keyInsert = `INSERT INTO api_key (` + keyColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	keySelect = `SELECT ` + keyColumns + ` FROM api_key WHERE id = ?`
	keyList   = `SELECT ` + keyColumns + ` FROM api_key ORDER BY created_at, id`
	keyUpdate = `UPDATE api_key SET name = ?, scopes = ?, limited = ?, projects = ?, shared = ?, trusted = ?, rate = ?,
    hash = ?, former = ?, former_until = ?, created_at = ?, expires_at = ?, rotated_at = ?, revoked_at = ?, used_at = ? WHERE id = ?`
	keyUsed = `UPDATE api_key SET used_at = ?1 WHERE id = ?2 AND used_at < ?1`
	keyAny  = `SELECT EXISTS (SELECT 1 FROM api_key)`
)

type keyRow struct {
	ID          string `db:"id"`
	Name        string `db:"name"`
	Scopes      string `db:"scopes"`
	Limited     bool   `db:"limited"`
	Projects    string `db:"projects"`
	Shared      bool   `db:"shared"`
	Trusted     bool   `db:"trusted"`
	Rate        int    `db:"rate"`
	Hash        []byte `db:"hash"`
	Former      []byte `db:"former"`
	FormerUntil int64  `db:"former_until"`
	CreatedAt   int64  `db:"created_at"`
	ExpiresAt   int64  `db:"expires_at"`
	RotatedAt   int64  `db:"rotated_at"`
	RevokedAt   int64  `db:"revoked_at"`
	UsedAt      int64  `db:"used_at"`
}

func (r keyRow) key() (domain.Key, error) {
	k := domain.Key{
		ID: r.ID, Name: r.Name, Limited: r.Limited, Shared: r.Shared, Trusted: r.Trusted, Rate: r.Rate,
		Hash: r.Hash, Former: r.Former, FormerUntil: moment(r.FormerUntil), CreatedAt: moment(r.CreatedAt),
		ExpiresAt: moment(r.ExpiresAt), RotatedAt: moment(r.RotatedAt), RevokedAt: moment(r.RevokedAt), UsedAt: moment(r.UsedAt),
	}
	for _, scope := range strings.Fields(r.Scopes) {
		k.Scopes = append(k.Scopes, domain.KeyScope(scope))
	}
	if err := json.Unmarshal([]byte(r.Projects), &k.Projects); err != nil {
		// Not one of its projects may be guessed.
		return domain.Key{}, domain.Corrupt("the projects of key %q cannot be read", r.ID).Because(err).WithHint(restoreHint)
	}
	return k, nil
}

// keyValues are the values of all columns but the id.
func keyValues(k domain.Key) ([]any, error) {
	projects, err := json.Marshal(k.Projects)
	if err != nil {
		return nil, err
	}
	scopes := make([]string, len(k.Scopes))
	for i, scope := range k.Scopes {
		scopes[i] = string(scope)
	}
	return []any{
		k.Name, strings.Join(scopes, " "), k.Limited, string(projects), k.Shared, k.Trusted, k.Rate, k.Hash, k.Former,
		micros(k.FormerUntil), micros(k.CreatedAt), micros(k.ExpiresAt), micros(k.RotatedAt), micros(k.RevokedAt), micros(k.UsedAt),
	}, nil
}

// Add implements ports.KeyStore.
func (s *Keys) Add(ctx context.Context, k domain.Key) error {
	values, err := keyValues(k)
	if err != nil {
		return err
	}
	return s.s.update(ctx, "add key", func(t *tx) error {
		if err := t.get(new(keyRow), keySelect, k.ID); err == nil {
			return domain.Conflict("there is a key %q already", k.ID).WithField("id")
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		_, err := t.exec(keyInsert, append([]any{k.ID}, values...)...)
		return nameTaken(err, k)
	})
}

func nameTaken(err error, k domain.Key) error {
	if isUnique(err) {
		return domain.Conflict("there is a key called %q already", k.Name).WithField("name").
			WithHint("choose another name, or revoke that key first")
	}
	return err
}

// Get implements ports.KeyStore.
func (s *Keys) Get(ctx context.Context, id string) (k domain.Key, err error) {
	err = s.s.view(ctx, "look up key", func(t *tx) error {
		k, err = keyByID(t, id)
		return err
	})
	return k, err
}

func keyByID(t *tx, id string) (domain.Key, error) {
	var row keyRow
	err := t.get(&row, keySelect, id)
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Key{}, domain.NotFound("there is no key %q", id).WithField("id").WithHint("list them with: atocore key list")
	}
	if err != nil {
		return domain.Key{}, err
	}
	return row.key()
}

// List implements ports.KeyStore.
func (s *Keys) List(ctx context.Context) ([]domain.Key, error) {
	var rows []keyRow
	if err := s.s.view(ctx, "list keys", func(t *tx) error { return t.all(&rows, keyList) }); err != nil {
		return nil, err
	}
	out := make([]domain.Key, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.key(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Update implements ports.KeyStore.
func (s *Keys) Update(ctx context.Context, id string, change func(*domain.Key) error) (k domain.Key, err error) {
	err = s.s.update(ctx, "change key", func(t *tx) error {
		old, err := keyByID(t, id)
		if err != nil {
			return err
		}
		k = old
		if err := change(&k); err != nil {
			return err
		}
		k.ID, k.CreatedAt, k.UsedAt = old.ID, old.CreatedAt, old.UsedAt
		values, err := keyValues(k)
		if err != nil {
			return err
		}
		_, err = t.exec(keyUpdate, append(values, id)...)
		return nameTaken(err, k)
	})
	if err != nil {
		return domain.Key{}, err
	}
	return k, nil
}

// Used implements ports.KeyStore.
func (s *Keys) Used(ctx context.Context, at map[string]ports.Moment) error {
	return s.s.update(ctx, "note the use of keys", func(t *tx) error {
		for id, when := range at {
			if _, err := t.exec(keyUsed, micros(when), id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Any implements ports.KeyStore.
func (s *Keys) Any(ctx context.Context) (bool, error) {
	return s.s.seen.keys.look(ctx, s.s, func() (some bool, err error) {
		err = s.s.read.row(ctx, keyAny, nil, &some)
		return some, s.s.explain(ctx, "look for keys", err)
	})
}
