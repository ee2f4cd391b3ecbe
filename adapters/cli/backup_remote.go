package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/offsite"
)

// withRemote opens what a command about off-site copies needs.
func (s *shell) withRemote(cmd *cobra.Command, run func(ctx context.Context, remote *offsite.Service) error) error {
	return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
		remote, err := on.Remote()
		if err != nil {
			return err
		}
		return run(ctx, remote)
	})
}

func backupRemoteCommand(s *shell) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "remote",
		Short: "Look after the copies of backups off site",
		Long: `The remote is a folder or a bucket elsewhere, set by remote.*, to which backups are
pushed, each as one encrypted archive.`,
	})
	s.settings(cmd, true, "remote.")
	cmd.AddCommand(backupRemoteListCommand(s), backupRemotePruneCommand(s), backupRemoteKeygenCommand(s))
	return cmd
}

type remoteBackupView struct {
	summaryView
	AppVersion    string     `json:"app_version,omitempty"`
	SchemaVersion int64      `json:"schema_version,omitempty"`
	Archive       string     `json:"archive,omitempty"`
	ArchiveBytes  int64      `json:"archive_bytes,omitempty"`
	ArchiveSHA256 string     `json:"archive_sha256,omitempty"`
	PushedAt      *time.Time `json:"pushed_at,omitempty"`
	LockedUntil   *time.Time `json:"locked_until,omitempty"`
}

func backupRemoteListCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the backups on the remote, newest first",
		Long: `Shows the backups of which a whole, checked copy is on the remote. It needs no key.
One whose archive is not there as it was sent is broken. Uploads that were never
finished are no backups; they are named on standard error.`,
		Example: `  atocore backup remote list
  atocore backup remote list --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withRemote(cmd, func(ctx context.Context, remote *offsite.Service) error {
				l, err := remote.List(ctx)
				if err != nil {
					return err
				}
				return s.showRemote(l)
			})
		},
	}
}

func (s *shell) showRemote(l domain.RemoteListing) error {
	view := struct {
		Place      string             `json:"place"`
		Backups    []remoteBackupView `json:"backups"`
		Unfinished []string           `json:"unfinished"`
	}{l.Place, []remoteBackupView{}, append([]string{}, l.Unfinished...)}
	var rows [][]string
	for _, b := range l.Backups {
		view.Backups = append(view.Backups, viewRemote(b))
		standing := string(b.Standing)
		pushed := ""
		if b.Standing == domain.StandingBroken {
			standing += ": " + b.Problem
		} else {
			pushed = humanize.Time(b.PushedAt)
		}
		if b.LockedUntil.After(time.Now()) {
			standing += ", locked until " + b.LockedUntil.Local().Format("2006-01-02 15:04")
		}
		rows = append(rows, []string{
			string(b.Stamp), string(b.Kind), humanize.Time(b.CreatedAt), size(b.Bytes), size(b.ArchiveBytes), pushed, standing,
		})
	}
	err := s.result(view, func(p *printer) {
		if len(rows) > 0 {
			p.table([]string{"STAMP", "KIND", "MADE", "SIZE", "ARCHIVE", "PUSHED", "STANDING"}, rows)
		}
	})
	if s.json {
		return err
	}
	if len(rows) == 0 {
		s.note("there is no backup in %s yet; send one with: atocore backup push latest", l.Place)
	}
	for _, name := range l.Unfinished {
		s.note("note: %s was never finished and is no backup", name)
	}
	return err
}

func viewRemote(b domain.RemoteBackup) remoteBackupView {
	v := remoteBackupView{
		summaryView: summaryView{
			Stamp: string(b.Stamp), Kind: string(b.Kind), CreatedAt: b.CreatedAt, Bytes: b.Bytes,
			Included: append([]string{}, b.Included...), Standing: string(b.Standing), Since: b.Since, Problem: b.Problem,
		},
		AppVersion: b.AppVersion, SchemaVersion: b.SchemaVersion, Archive: b.Archive,
		ArchiveBytes: b.ArchiveBytes, ArchiveSHA256: b.ArchiveSHA256,
	}
	if !b.PushedAt.IsZero() {
		v.PushedAt = &b.PushedAt
	}
	if !b.LockedUntil.IsZero() {
		v.LockedUntil = &b.LockedUntil
	}
	return v
}

func backupRemotePruneCommand(s *shell) *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove from the remote what retention does not keep",
		Long: `Decides by remote.keep_* and says why for every backup. Never removed are the newest
proven one, the newest backup.min_keep, and what the remote is bound to keep by
object lock.`,
		Example: `  atocore backup remote prune --dry-run
  atocore backup remote prune --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withRemote(cmd, func(ctx context.Context, remote *offsite.Service) error {
				done, err := remote.Prune(ctx, dry)
				if err != nil {
					return err
				}
				return s.showRemotePrune(done)
			})
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only show what would be removed, and why")
	return cmd
}

type remoteDecisionView struct {
	Stamp  string `json:"stamp"`
	Keep   bool   `json:"keep"`
	Reason string `json:"reason"`
}

func viewDecisions(in []domain.RemoteDecision) []remoteDecisionView {
	out := make([]remoteDecisionView, len(in))
	for i, d := range in {
		out[i] = remoteDecisionView{string(d.Stamp), d.Keep, d.Reason}
	}
	return out
}

func (s *shell) showRemotePrune(r domain.RemotePrune) error {
	view := struct {
		Place     string               `json:"place"`
		DryRun    bool                 `json:"dry_run"`
		Decisions []remoteDecisionView `json:"decisions"`
		Removed   []domain.Stamp       `json:"removed"`
		Swept     []string             `json:"swept"`
	}{r.Place, r.DryRun, viewDecisions(r.Decisions), append([]domain.Stamp{}, r.Removed...), append([]string{}, r.Swept...)}
	return s.result(view, func(p *printer) {
		var rows [][]string
		for _, d := range r.Decisions {
			what := "keep"
			if !d.Keep {
				what = "remove"
			}
			rows = append(rows, []string{string(d.Stamp), what, d.Reason})
		}
		if len(rows) > 0 {
			p.table([]string{"STAMP", "DECISION", "WHY"}, rows)
		}
		verb := "removed"
		if r.DryRun {
			verb = "would remove"
		}
		p.line("%s %s and %s from %s", verb, counted(len(r.Removed), "backup"), counted(len(r.Swept), "unfinished upload"), r.Place)
	})
}

func backupRemoteKeygenCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "keygen FILE",
		Short: "Make the key that encrypts what is pushed",
		Long: `Writes a new age secret key to FILE, which only its owner can read, and prints the
public key. An existing file is never overwritten. Keep a copy away from this
machine, on paper or in a password manager: whoever has lost the key has lost every
archive.`,
		Example: `  atocore backup remote keygen /etc/atocore/remote.key`,
		Args:    takes(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			recipient, err := s.app.Keygen(args[0])
			if err != nil {
				return err
			}
			err = s.result(map[string]string{"file": args[0], "recipient": recipient}, func(p *printer) { p.line("%s", recipient) })
			s.note("the secret key is in %s; set remote.identity_file to it", args[0])
			s.note("keep a copy of that file away from this machine: without it the archives cannot be opened")
			return err
		},
	}
}

func backupPushCommand(s *shell) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "push STAMP|latest",
		Short: "Send a backup off site",
		Long: `Compresses and encrypts the backup while it is being sent; nothing is written to the
disk. The remote is then asked what it has, and only if that is what was sent does
the backup count. One that is there already is not sent again.`,
		Example: `  atocore backup push latest
  atocore backup push 20260409T060000Z --json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withRemote(cmd, func(ctx context.Context, remote *offsite.Service) error {
				watch := s.progress()
				t, err := remote.Push(ctx, args[0], watch.copy)
				watch.done()
				if err != nil {
					return err
				}
				return s.showTransfer(t)
			})
		},
	}
	s.settings(cmd, false, "remote.")
	return cmd
}

func backupPullCommand(s *shell) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pull STAMP|latest",
		Short: "Fetch a backup from off site",
		Long: `Fetches the archive, decrypts, unpacks and validates it under a hidden name, and only
then lists it. A download that breaks is taken up where it broke. latest is the
newest on the remote. To put the state of a machine that is gone in place at once:
atocore backup restore latest --from-remote --confirm-service-stopped`,
		Example: `  atocore backup pull latest
  atocore backup pull 20260409T060000Z && atocore backup restore 20260409T060000Z --confirm-service-stopped`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withRemote(cmd, func(ctx context.Context, remote *offsite.Service) error {
				t, err := s.pull(ctx, remote, args[0])
				if err != nil {
					return err
				}
				return s.showTransfer(t)
			})
		},
	}
	s.settings(cmd, false, "remote.")
	return cmd
}

func (s *shell) pull(ctx context.Context, remote *offsite.Service, name string) (domain.RemoteTransfer, error) {
	watch := s.progress()
	defer watch.done()
	return remote.Pull(ctx, name, watch.copy)
}

type transferView struct {
	Stamp        string  `json:"stamp"`
	Place        string  `json:"place"`
	Already      bool    `json:"already"`
	Folder       string  `json:"folder,omitempty"`
	Bytes        int64   `json:"bytes"`
	ArchiveBytes int64   `json:"archive_bytes"`
	Resumed      int     `json:"resumed,omitempty"`
	Reused       int64   `json:"reused_bytes,omitempty"`
	Checked      string  `json:"checked,omitempty"`
	Seconds      float64 `json:"seconds"`
}

func viewTransfer(t domain.RemoteTransfer) transferView {
	return transferView{
		string(t.Stamp), t.Place, t.Already, t.Folder, t.Bytes, t.ArchiveBytes, t.Resumed, t.Reused, t.Checked, t.Took.Seconds(),
	}
}

func (s *shell) showTransfer(t domain.RemoteTransfer) error {
	return s.result(viewTransfer(t), func(p *printer) {
		took := t.Took.Round(time.Millisecond)
		switch {
		case t.Already && t.Folder != "":
			p.line("%s is here already, %s", p.bold(string(t.Stamp)), t.Folder)
		case t.Already:
			p.line("%s is in %s already", p.bold(string(t.Stamp)), t.Place)
		case t.Folder != "":
			p.line("%s fetched from %s", p.bold(string(t.Stamp)), t.Place)
			p.line("%s out of %s in %s, %s", size(t.Bytes), size(t.ArchiveBytes), took, t.Folder)
		default:
			p.line("%s sent to %s", p.bold(string(t.Stamp)), t.Place)
			p.line("%s in %s of archive in %s, checked by %s", size(t.Bytes), size(t.ArchiveBytes), took, t.Checked)
		}
	})
}

func backupSyncCommand(s *shell) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Send every backup off site that is not there",
		Long: `Pushes what the remote lacks, newest first: all but broken backups, safety backups
of restores, and what remote.keep_* would remove there again. It removes nothing;
atocore backup remote prune does.`,
		Example: `  atocore backup sync
  atocore backup sync --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withRemote(cmd, func(ctx context.Context, remote *offsite.Service) error {
				watch := s.progress()
				r, err := remote.Sync(ctx, watch.copy)
				watch.done()
				if err != nil && len(r.Pushed)+len(r.Failed)+len(r.Already) == 0 {
					return err
				}
				return errors.Join(s.showSync(r), err)
			})
		},
	}
	s.settings(cmd, false, "remote.")
	return cmd
}

func (s *shell) showSync(r domain.RemoteSync) error {
	view := struct {
		Place   string               `json:"place"`
		Pushed  []transferView       `json:"pushed"`
		Already []domain.Stamp       `json:"already"`
		Skipped []remoteDecisionView `json:"skipped"`
		Failed  []remoteDecisionView `json:"failed"`
	}{r.Place, []transferView{}, append([]domain.Stamp{}, r.Already...), viewDecisions(r.Skipped), viewDecisions(r.Failed)}
	var rows [][]string
	for _, t := range r.Pushed {
		view.Pushed = append(view.Pushed, viewTransfer(t))
		rows = append(rows, []string{string(t.Stamp), "pushed", fmt.Sprintf("%s, checked by %s", size(t.ArchiveBytes), t.Checked)})
	}
	for _, stamp := range r.Already {
		rows = append(rows, []string{string(stamp), "already there", ""})
	}
	for _, d := range r.Skipped {
		rows = append(rows, []string{string(d.Stamp), "skipped", d.Reason})
	}
	for _, d := range r.Failed {
		reason, _, _ := strings.Cut(d.Reason, "\n")
		rows = append(rows, []string{string(d.Stamp), "failed", reason})
	}
	return s.result(view, func(p *printer) {
		if len(rows) > 0 {
			p.table([]string{"STAMP", "WHAT", "DETAIL"}, rows)
		}
		p.line("%s sent to %s", counted(len(r.Pushed), "backup"), r.Place)
	})
}
