package offsite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
)

const (
	summaryFormat  = 1
	largestSummary = 1 << 20
)

// summary is the small file beside each archive: what the remote holds, told
// without opening it. It is written last, so it also says that the archive is whole.
type summary struct {
	Format         int            `json:"format"`
	Stamp          string         `json:"stamp"`
	Kind           string         `json:"kind"`
	CreatedAt      time.Time      `json:"created_at"`
	AppVersion     string         `json:"app_version"`
	SchemaVersion  int64          `json:"schema_version"`
	Bytes          int64          `json:"bytes"`
	Included       []string       `json:"included"`
	Standing       string         `json:"standing"`
	Since          time.Time      `json:"since"`
	ManifestSHA256 string         `json:"manifest_sha256"`
	Archive        archiveSummary `json:"archive"`
	PushedAt       time.Time      `json:"pushed_at"`
}

type archiveSummary struct {
	Name        string     `json:"name"`
	Size        int64      `json:"size"`
	SHA256      string     `json:"sha256"`
	Files       int        `json:"files"`    // in it
	Unpacked    int64      `json:"unpacked"` // bytes of those
	Checked     string     `json:"checked"`  // how the copy was checked
	LockedUntil *time.Time `json:"locked_until,omitempty"`
}

func archiveName(stamp domain.Stamp) string { return string(stamp) + archiveSuffix }
func summaryName(stamp domain.Stamp) string { return string(stamp) + summarySuffix }

// stampOf returns the stamp in a name with that suffix, and whether it has one.
func stampOf(name, suffix string) (domain.Stamp, bool) {
	text, ok := strings.CutSuffix(name, suffix)
	if !ok {
		return "", false
	}
	stamp, err := domain.ParseStamp(text)
	return stamp, err == nil
}

// backup returns what the summary says of its backup.
func (m summary) backup() domain.RemoteBackup {
	b := domain.RemoteBackup{
		BackupSummary: domain.BackupSummary{
			Stamp: domain.Stamp(m.Stamp), Kind: domain.BackupKind(m.Kind), CreatedAt: m.CreatedAt, Bytes: m.Bytes,
			Included: m.Included, Standing: domain.Standing(m.Standing), Since: m.Since,
		},
		AppVersion: m.AppVersion, SchemaVersion: m.SchemaVersion, Files: m.Archive.Files, Archive: m.Archive.Name,
		ArchiveBytes: m.Archive.Size, ArchiveSHA256: m.Archive.SHA256, PushedAt: m.PushedAt,
	}
	if m.Archive.LockedUntil != nil {
		b.LockedUntil = *m.Archive.LockedUntil
	}
	return b
}

func (m summary) check(stamp domain.Stamp) error {
	switch {
	case m.Format > summaryFormat:
		return domain.Invalid("the summary has format version %d, this program knows %d", m.Format, summaryFormat).
			WithHint("update atocore to read it")
	case m.Format < 1 || m.Stamp != string(stamp) || m.Archive.Name != archiveName(stamp) || m.Archive.Size <= 0 ||
		m.Archive.Files <= 0 || m.Archive.Unpacked < 0 || len(m.Archive.SHA256) != 64 || m.CreatedAt.IsZero():
		return errors.New("it contradicts itself")
	}
	switch domain.Standing(m.Standing) {
	case domain.StandingWritten, domain.StandingValidated, domain.StandingProven:
		return nil
	default: // a broken backup is never pushed
		return fmt.Errorf("the standing %q is unknown", m.Standing)
	}
}

// read fetches and checks the summary of a backup. KindNotFound when there is
// none, KindCorrupt when it cannot be believed.
func (s *Service) read(ctx context.Context, stamp domain.Stamp) (summary, error) {
	var m summary
	name := summaryName(stamp)
	raw, err := s.small(ctx, name)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, s.unbelievable(name, err)
	}
	err = m.check(stamp)
	var known *domain.Error
	if err != nil && !errors.As(err, &known) {
		return m, s.unbelievable(name, err)
	}
	return m, err
}

func (s *Service) unbelievable(name string, err error) error {
	return domain.Corrupt("%s on the remote cannot be believed", name).Because(err).
		WithHint("choose another backup; list them with: atocore backup remote list")
}

// small returns the whole of a small object.
func (s *Service) small(ctx context.Context, name string) ([]byte, error) {
	var raw bytes.Buffer
	_, err := io.Copy(&raw, io.LimitReader(s.download(ctx, name), largestSummary+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if raw.Len() > largestSummary {
		return nil, domain.Corrupt("%s on the remote has more than %d bytes", name, largestSummary)
	}
	return raw.Bytes(), nil
}

// write puts the summary, and reads it back.
func (s *Service) write(ctx context.Context, m summary) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	raw = append(raw, '\n')
	name := summaryName(domain.Stamp(m.Stamp))
	if _, err := s.cfg.Remote.Put(ctx, name, bytes.NewReader(raw), int64(len(raw))); err != nil {
		return err
	}
	said, err := s.small(ctx, name)
	if err != nil {
		return fmt.Errorf("check the summary: %w", err)
	}
	if !bytes.Equal(raw, said) {
		return domain.Corrupt("the remote returns another %s than it was given", name).WithHint("do not trust this remote")
	}
	return nil
}
