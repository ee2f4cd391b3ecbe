package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
)

func backupCreateCommand(s *shell) *cobra.Command {
	var kind string
	var include, leave bool
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a backup",
		Long: `Captures the database and the registry of projects as they are at one moment, while
a service may go on writing. It needs no running service. The backup appears when
all of it is on the disk; a run that is ended or killed leaves none.

Secrets, the configuration and the folders that were ingested are not backed up.`,
		Example: `  atocore backup create
  atocore backup create --kind scheduled --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := backup.Options{Kind: domain.BackupKind(kind)}
			switch {
			case o.Kind != domain.BackupManual && o.Kind != domain.BackupScheduled:
				return usage(cmd, "--kind is manual or scheduled, not %q", kind)
			case include && leave:
				return usage(cmd, "--include-chroma and --no-chroma exclude each other")
			case include || leave:
				o.IncludeChroma = &include
			}
			return s.with(cmd, NeedState, func(ctx context.Context, on *Services) error {
				return s.createBackup(ctx, on.Backup, o)
			})
		},
	}
	cmd.Flags().StringVar(&kind, "kind", string(domain.BackupManual), "manual, or scheduled for one that a timer makes")
	cmd.Flags().BoolVar(&include, "include-chroma", false, "ask for the Chroma tree; where there is none, the backup says so")
	cmd.Flags().BoolVar(&leave, "no-chroma", false, "leave the Chroma tree out")
	return cmd
}

func (s *shell) createBackup(ctx context.Context, service *backup.Service, o backup.Options) error {
	watch := s.progress()
	began := time.Now()
	o.Report = watch.copy
	m, err := service.Create(ctx, o)
	watch.done()
	if err != nil {
		return err
	}
	_, dir, err := service.Show(ctx, string(m.Stamp))
	if err != nil {
		return fmt.Errorf("look at the new backup: %w", err)
	}
	took := time.Since(began)
	v := viewManifest(m, dir)
	seconds := took.Seconds()
	v.Seconds = &seconds
	return s.result(v, func(p *printer) {
		p.line("%s", p.bold(string(m.Stamp)))
		p.line("%s in %s, %s", size(m.Bytes()), took.Round(time.Millisecond), dir)
		p.leftOut(m)
	})
}

// leftOut says which components are not in the backup, and why.
func (p *printer) leftOut(m domain.Manifest) {
	for _, c := range m.Components {
		if !c.Included {
			p.line("%s: not included: %s", c.Name, c.Reason)
		}
	}
}

type manifestView struct {
	Stamp         string          `json:"stamp"`
	Dir           string          `json:"dir"`
	Format        int             `json:"format"`
	Kind          string          `json:"kind"`
	CreatedAt     time.Time       `json:"created_at"`
	AppVersion    string          `json:"app_version"`
	SchemaVersion int64           `json:"schema_version"`
	Embedding     string          `json:"embedding,omitempty"`
	Dimension     int             `json:"dimension,omitempty"`
	Bytes         int64           `json:"bytes"`
	Components    []componentView `json:"components"`
	Seconds       *float64        `json:"seconds,omitempty"`
}

type componentView struct {
	Name     string      `json:"name"`
	Included bool        `json:"included"`
	Reason   string      `json:"reason,omitempty"`
	Bytes    int64       `json:"bytes"`
	Files    []fileView  `json:"files"`
	Tables   []tableView `json:"tables"`
	Vectors  *int64      `json:"vectors,omitempty"`
}

type fileView struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

type tableView struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"`
}

func viewManifest(m domain.Manifest, dir string) manifestView {
	v := manifestView{
		Stamp: string(m.Stamp), Dir: dir, Format: m.Format, Kind: string(m.Kind), CreatedAt: m.CreatedAt,
		AppVersion: m.AppVersion, SchemaVersion: m.SchemaVersion, Embedding: m.Embedding.Name,
		Dimension: m.Embedding.Dimension, Bytes: m.Bytes(), Components: []componentView{},
	}
	for _, c := range m.Components {
		cv := componentView{
			Name: c.Name, Included: c.Included, Reason: c.Reason, Bytes: c.Bytes(),
			Files: []fileView{}, Tables: []tableView{},
		}
		for _, f := range c.Files {
			cv.Files = append(cv.Files, fileView{f.Path, f.Size, f.SHA256})
		}
		for _, t := range c.Facts.Tables {
			cv.Tables = append(cv.Tables, tableView(t))
		}
		if c.Facts.Vectors != nil {
			n := c.Facts.Vectors.Count
			cv.Vectors = &n
		}
		v.Components = append(v.Components, cv)
	}
	return v
}

// shape says on one line what a component's copy holds.
func shape(c componentView) string {
	if !c.Included {
		return c.Reason
	}
	var parts []string
	for _, t := range c.Tables {
		parts = append(parts, fmt.Sprintf("%s %d", t.Name, t.Rows))
	}
	if c.Vectors != nil {
		parts = append(parts, fmt.Sprintf("vectors %d", *c.Vectors))
	}
	return strings.Join(parts, ", ")
}
