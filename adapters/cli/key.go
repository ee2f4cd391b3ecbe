package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/audit"
	"github.com/atocore/atocore/domain/key"
)

func keyCommand(s *shell) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "key",
		Short: "Make, list, revoke and rotate the keys of agents and other programs",
		Long: `A key lets a program in over HTTP and MCP. It has scopes: read, write (which includes
read) and admin (which includes both). It may be limited to projects; then nothing
else exists for it. What it writes waits for review unless it is trusted.

The secret is shown once: the store holds its hash alone. From the first key on, the
HTTP service answers nobody without a key or the token of the configuration.

Keys are no protection against who can read the data directory.`,
		Example: `  atocore key create reader --scope read
  atocore key create builder --scope write --project handbook
  atocore key list`,
	})
	cmd.AddCommand(keyCreateCommand(s), keyListCommand(s), keyRotateCommand(s), keyRevokeCommand(s))
	return cmd
}

type keyView struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Scopes      []string   `json:"scopes"`
	Limited     bool       `json:"limited"`
	Projects    []string   `json:"projects"`
	Shared      bool       `json:"shared"`
	Trusted     bool       `json:"trusted"`
	Rate        int        `json:"rate"`
	Status      string     `json:"status"`
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	RotatedAt   *time.Time `json:"rotated_at,omitempty"`
	FormerUntil *time.Time `json:"former_until,omitempty"`
	RevokedAt   *time.Time `json:"revoked_at,omitempty"`
	UsedAt      *time.Time `json:"used_at,omitempty"`
}

func viewKey(k domain.Key, now time.Time) keyView {
	given := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	v := keyView{
		ID: k.ID, Name: k.Name, Scopes: []string{}, Limited: k.Limited, Projects: append([]string{}, k.Projects...), Shared: k.Shared,
		Trusted: k.Trusted, Rate: k.Rate, Status: string(k.Status(now)), CreatedAt: k.CreatedAt,
		ExpiresAt: given(k.ExpiresAt), RotatedAt: given(k.RotatedAt), FormerUntil: given(k.FormerUntil),
		RevokedAt: given(k.RevokedAt), UsedAt: given(k.UsedAt),
	}
	for _, scope := range k.Scopes {
		v.Scopes = append(v.Scopes, string(scope))
	}
	return v
}

// reach says in words what exists for a key.
func (v keyView) reach() string {
	if !v.Limited {
		return "all"
	}
	reach := strings.Join(v.Projects, ", ")
	switch {
	case v.Shared && reach == "":
		return "no project"
	case v.Shared:
		return reach + ", and no project"
	}
	return reach
}

func (s *shell) showSecret(k domain.Key, secret string, now time.Time) error {
	view := struct {
		Key    keyView `json:"key"`
		Secret string  `json:"secret"`
	}{viewKey(k, now), secret}
	return s.result(view, func(p *printer) {
		p.line("%s", secret)
		s.note("key %q (%s): %s, projects: %s", k.Name, k.ID, strings.Join(view.Key.Scopes, ", "), view.Key.reach())
		s.note("The secret is shown this once: only its hash is kept.")
	})
}

// expiry reads --expires: a time, a span from now, or never.
func expiry(text string, now time.Time) (time.Time, error) {
	if text == "never" {
		return time.Time{}, nil
	}
	if span, err := time.ParseDuration(text); err == nil {
		return now.Add(span), nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		if _, err := fmt.Sscanf(days+".", "%d.", &n); err == nil && n > 0 && n <= 36500 {
			return now.AddDate(0, 0, n), nil
		}
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, domain.Invalid("--expires %q is not a time", text).WithField("expires").
			WithHint("write it as 90d, 12h, 2026-12-31T00:00:00Z or never")
	}
	return at.UTC(), nil
}

func keyCreateCommand(s *shell) *cobra.Command {
	var d key.Draft
	var expires string
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a key and show its secret, once",
		Long: `Makes a key and prints its secret, which is shown this once. Without --project the key
is for everything. With it, nothing but those projects exists for the key, neither in
answers nor in counts nor in errors; --shared adds what belongs to no project, such as
preferences. A key of scope admin cannot be limited.

What a key writes is a candidate until a person promotes it; with --trusted it is
active at once, and the key may set project state.`,
		Example: `  atocore key create reader --scope read
  atocore key create builder --scope write --project handbook --shared --expires 90d
  atocore key create ops --scope admin --trusted`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.Name = args[0]
			return s.administer(cmd, NeedNewStores, "create-key", d.Name, func(ctx context.Context, on *Services) (show func() error, err error) {
				if expires != "" {
					if d.Expires, err = expiry(expires, on.Keys.Clock.Now()); err != nil {
						return nil, err
					}
				}
				k, secret, err := on.Keys.Create(ctx, d)
				if err != nil {
					return nil, err
				}
				audit.Note(ctx, k.Name+" "+k.ID)
				return func() error { return s.showSecret(k, secret, on.Keys.Clock.Now()) }, nil
			})
		},
	}
	cmd.Flags().StringSliceVar(&d.Scopes, "scope", nil, "read, write or admin; each includes those before it")
	cmd.Flags().StringSliceVar(&d.Projects, "project", nil, "limit the key to this project; may be given several times")
	cmd.Flags().BoolVar(&d.Shared, "shared", false, "a limited key also reaches what belongs to no project")
	cmd.Flags().BoolVar(&d.Trusted, "trusted", false, "what the key writes is active at once")
	cmd.Flags().IntVar(&d.Rate, "rate", 0, "requests a minute (0: keys.rate of the configuration)")
	cmd.Flags().StringVar(&expires, "expires", "", "when the key ends: 90d, 12h, a time, or never (default never)")
	return cmd
}

func keyListCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the keys, the revoked ones too",
		Long:    "Lists the keys, oldest first, with what they may do and about when each was last used (to the minute).",
		Example: `  atocore key list`,
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedStores, func(ctx context.Context, on *Services) error {
				keys, err := on.Keys.List(ctx)
				if err != nil {
					return err
				}
				view := struct {
					Keys []keyView `json:"keys"`
				}{Keys: []keyView{}}
				var rows [][]string
				for _, k := range keys {
					v := viewKey(k, on.Keys.Clock.Now())
					view.Keys = append(view.Keys, v)
					expires, used, trusted := "never", "never", ""
					if v.ExpiresAt != nil {
						expires = moment(*v.ExpiresAt)
					}
					if v.UsedAt != nil {
						used = moment(*v.UsedAt)
					}
					if v.Trusted {
						trusted = "trusted"
					}
					rows = append(rows, []string{v.ID, v.Name, v.Status, strings.Join(v.Scopes, ","), v.reach(), trusted, expires, used})
				}
				return s.result(view, func(p *printer) {
					if len(rows) == 0 {
						s.note("there is no key")
						return
					}
					p.table([]string{"ID", "NAME", "STATUS", "SCOPES", "PROJECTS", "TRUST", "EXPIRES", "LAST USE"}, rows)
				})
			})
		},
	}
}

func keyRotateCommand(s *shell) *cobra.Command {
	var r key.Rotation
	var expires string
	cmd := &cobra.Command{
		Use:   "rotate KEY",
		Short: "Give a key another secret and show it, once",
		Long: `Gives a key, named by id or name, another secret, and prints that. The former one is
good for as long as --grace says, by default no longer.`,
		Example: `  atocore key rotate builder --grace 24h`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.administer(cmd, NeedStores, "rotate-key", args[0], func(ctx context.Context, on *Services) (func() error, error) {
				if expires != "" {
					at, err := expiry(expires, on.Keys.Clock.Now())
					if err != nil {
						return nil, err
					}
					r.Expires = &at
				}
				k, secret, err := on.Keys.Rotate(ctx, args[0], r)
				if err != nil {
					return nil, err
				}
				audit.Note(ctx, k.Name+" "+k.ID)
				return func() error { return s.showSecret(k, secret, on.Keys.Clock.Now()) }, nil
			})
		},
	}
	cmd.Flags().DurationVar(&r.Grace, "grace", 0, "how long the former secret stays good, up to 720h")
	cmd.Flags().StringVar(&expires, "expires", "", "a new end: 90d, 12h, a time, or never (default: as it is)")
	return cmd
}

func keyRevokeCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "revoke KEY",
		Short:   "End a key at once and for good",
		Long:    "Ends a key, named by id or name. Every process on this data directory refuses it from then on. It stays in the list.",
		Example: `  atocore key revoke builder`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.administer(cmd, NeedStores, "revoke-key", args[0], func(ctx context.Context, on *Services) (func() error, error) {
				k, err := on.Keys.Revoke(ctx, args[0])
				if err != nil {
					return nil, err
				}
				audit.Note(ctx, k.Name+" "+k.ID)
				return func() error {
					return s.result(viewKey(k, on.Keys.Clock.Now()), func(p *printer) { p.line("revoked %s (%s)", k.Name, k.ID) })
				}, nil
			})
		},
	}
}
