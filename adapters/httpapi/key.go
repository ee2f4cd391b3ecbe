package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/audit"
	"github.com/atocore/atocore/domain/key"
)

type keyJSON struct {
	ID          string     `json:"id" doc:"Stands in the secret, too, after atocore_"`
	Name        string     `json:"name"`
	Scopes      []string   `json:"scopes" nullable:"false" enum:"read,write,admin"`
	Limited     bool       `json:"limited" doc:"Only projects, and with shared what belongs to none, exist for it"`
	Projects    []string   `json:"projects" nullable:"false" doc:"Canonical names; empty when it is not limited"`
	Shared      bool       `json:"shared" doc:"A limited key also reaches what belongs to no project"`
	Trusted     bool       `json:"trusted" doc:"What it writes is active at once; without it, a candidate"`
	Rate        int        `json:"rate" doc:"Requests a minute; 0: the default of the service"`
	Status      string     `json:"status" enum:"active,expired,revoked"`
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty" doc:"Absent: never"`
	RotatedAt   *time.Time `json:"rotated_at,omitempty" doc:"When it got the secret that it has; absent: at its creation"`
	FormerUntil *time.Time `json:"former_until,omitempty" doc:"Until when the secret before that is good"`
	RevokedAt   *time.Time `json:"revoked_at,omitempty"`
	UsedAt      *time.Time `json:"used_at,omitempty" doc:"About when it was last used, to the minute; absent: never"`
}

func (s *Server) toKeyJSON(k domain.Key) keyJSON {
	out := keyJSON{
		ID: k.ID, Name: k.Name, Scopes: []string{}, Limited: k.Limited, Projects: append([]string{}, k.Projects...), Shared: k.Shared,
		Trusted: k.Trusted, Rate: k.Rate, Status: string(k.Status(s.cfg.Keys.Clock.Now())), CreatedAt: k.CreatedAt,
		ExpiresAt: given(k.ExpiresAt), RotatedAt: given(k.RotatedAt), FormerUntil: given(k.FormerUntil),
		RevokedAt: given(k.RevokedAt), UsedAt: given(k.UsedAt),
	}
	for _, scope := range k.Scopes {
		out.Scopes = append(out.Scopes, string(scope))
	}
	return out
}

type newKeyJSON struct {
	Name     string   `json:"name" doc:"1 to 64 letters, digits, spaces and . _ @ -; unique among keys that are not revoked"`
	Scopes   []string `json:"scopes" nullable:"false" minItems:"1" enum:"read,write,admin" doc:"Each includes those before it; admin goes with no limit to projects"`
	Projects []string `json:"projects,omitempty" nullable:"false" doc:"Names or aliases of the projects that it is limited to; absent or empty: it is not"`
	Shared   *bool    `json:"shared,omitempty" doc:"Limited, and yet reaching what belongs to no project"`
	Trusted  *bool    `json:"trusted,omitempty" doc:"What it writes is active at once"`
	Rate     *int     `json:"rate,omitempty" minimum:"0" maximum:"1000000" doc:"Requests a minute; the default of the service unless given"`
	Expires  *string  `json:"expires,omitempty" format:"date-time" doc:"From when on it opens nothing, in RFC 3339; never unless given"`
}

type rotationJSON struct {
	GraceSeconds *int    `json:"grace_seconds,omitempty" minimum:"0" maximum:"2592000" doc:"How long the former secret stays good; 0 unless given"`
	Expires      *string `json:"expires,omitempty" doc:"A new expiry, in RFC 3339, or never; as it is unless given"`
}

type secretJSON struct {
	Key    keyJSON `json:"key"`
	Secret string  `json:"secret" doc:"What callers send as Authorization: Bearer SECRET. It is shown this once: only its hash is kept"`
}

type keyListJSON struct {
	Keys []keyJSON `json:"keys" nullable:"false" doc:"Oldest first, the revoked ones too"`
}

type keyPath struct {
	Key string `path:"key" doc:"Id of a key, or the name of one that is not revoked"`
}

type newKeyOutput struct {
	Location string `header:"Location" doc:"Path of the key"`
	Body     secretJSON
}

func (s *Server) addKeys() {
	tags := []string{"key"}
	register(s, huma.Operation{
		OperationID: "create-key", Method: http.MethodPost, Path: "/admin/keys", Tags: tags,
		Summary: "Make a key", DefaultStatus: http.StatusCreated,
	}, s.createKey, http.StatusNotFound, http.StatusConflict)
	register(s, huma.Operation{
		OperationID: "list-keys", Method: http.MethodGet, Path: "/admin/keys", Tags: tags,
		Summary: "List the keys",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body keyListJSON }, error) {
		keys, err := s.cfg.Keys.List(ctx)
		if err != nil {
			return nil, err
		}
		out := keyListJSON{Keys: []keyJSON{}}
		for _, k := range keys {
			out.Keys = append(out.Keys, s.toKeyJSON(k))
		}
		return &struct{ Body keyListJSON }{out}, nil
	})
	register(s, huma.Operation{
		OperationID: "get-key", Method: http.MethodGet, Path: "/admin/keys/{key}", Tags: tags,
		Summary: "Read what a key may do",
	}, func(ctx context.Context, in *keyPath) (*struct{ Body keyJSON }, error) {
		k, err := s.cfg.Keys.Find(ctx, in.Key)
		if err != nil {
			return nil, err
		}
		return &struct{ Body keyJSON }{s.toKeyJSON(k)}, nil
	}, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "revoke-key", Method: http.MethodDelete, Path: "/admin/keys/{key}", Tags: tags,
		Summary: "End a key at once and for good", DefaultStatus: http.StatusNoContent,
		Description: "It stays in the list, so that histories can be read.",
	}, func(ctx context.Context, in *keyPath) (*struct{}, error) {
		k, err := s.cfg.Keys.Revoke(ctx, in.Key)
		audit.Note(ctx, k.Name+" "+k.ID)
		return nil, err
	}, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "rotate-key", Method: http.MethodPost, Path: "/admin/keys/{key}/rotate", Tags: tags,
		Summary: "Give a key another secret",
	}, s.rotateKey, http.StatusNotFound, http.StatusConflict)
}

func (s *Server) createKey(ctx context.Context, in *struct{ Body newKeyJSON }) (*newKeyOutput, error) {
	expires, err := expiry(deref(in.Body.Expires))
	if err != nil {
		return nil, err
	}
	k, secret, err := s.cfg.Keys.Create(ctx, key.Draft{
		Name: in.Body.Name, Scopes: in.Body.Scopes, Projects: in.Body.Projects, Shared: deref(in.Body.Shared),
		Trusted: deref(in.Body.Trusted), Rate: deref(in.Body.Rate), Expires: expires,
	})
	if err != nil {
		return nil, err
	}
	audit.Note(ctx, k.Name+" "+k.ID)
	return &newKeyOutput{Location: "/admin/keys/" + k.ID, Body: secretJSON{s.toKeyJSON(k), secret}}, nil
}

func (s *Server) rotateKey(ctx context.Context, in *struct {
	Key  string `path:"key" doc:"Id of a key, or the name of one that is not revoked"`
	Body *rotationJSON
},
) (*struct{ Body secretJSON }, error) {
	var r key.Rotation
	if in.Body != nil {
		r.Grace = time.Duration(deref(in.Body.GraceSeconds)) * time.Second
		if in.Body.Expires != nil {
			var at time.Time
			if *in.Body.Expires != "never" {
				var err error
				if at, err = expiry(*in.Body.Expires); err != nil {
					return nil, err
				}
			}
			r.Expires = &at
		}
	}
	k, secret, err := s.cfg.Keys.Rotate(ctx, in.Key, r)
	if err != nil {
		return nil, err
	}
	audit.Note(ctx, k.Name+" "+k.ID)
	return &struct{ Body secretJSON }{secretJSON{s.toKeyJSON(k), secret}}, nil
}

func expiry(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, domain.Invalid("expires %q is not a time", text).WithField("expires").
			WithHint("write it as in RFC 3339: 2026-12-31T00:00:00Z")
	}
	return at, nil
}
