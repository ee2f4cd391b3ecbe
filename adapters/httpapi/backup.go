package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
)

type newBackupJSON struct {
	IncludeChroma *bool `json:"include_chroma,omitempty" doc:"Whether to include the Chroma tree; left out: if there is one. Where there is none, the answer says so"`
}

type backupJSON struct {
	Stamp         string                `json:"stamp" doc:"Its name: the UTC second in which it was made"`
	Kind          string                `json:"kind" enum:"manual,scheduled,pre-restore"`
	CreatedAt     time.Time             `json:"created_at"`
	AppVersion    string                `json:"app_version"`
	Format        int                   `json:"format" doc:"Version of the backup's format"`
	SchemaVersion int64                 `json:"schema_version" doc:"Version of the database's schema"`
	Embedding     *modelJSON            `json:"embedding,omitempty" doc:"Of the vectors in it"`
	Bytes         int64                 `json:"bytes"`
	Components    []backupComponentJSON `json:"components" nullable:"false"`
}

type modelJSON struct {
	Name      string `json:"name"`
	Dimension int    `json:"dimension"`
}

type backupComponentJSON struct {
	Name     string            `json:"name"`
	Included bool              `json:"included"`
	Reason   string            `json:"reason,omitempty" doc:"Why it is not included"`
	Files    int               `json:"files"`
	Bytes    int64             `json:"bytes"`
	Tables   []backupTableJSON `json:"tables" nullable:"false"`
	Vectors  *int64            `json:"vectors,omitempty" doc:"How many vectors its index holds"`
}

type backupTableJSON struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

type backupSummaryJSON struct {
	Stamp     string    `json:"stamp"`
	Kind      string    `json:"kind,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	Bytes     int64     `json:"bytes"`
	Included  []string  `json:"included" nullable:"false" doc:"Names of components"`
	Standing  string    `json:"standing" enum:"written,validated,proven,broken" doc:"How far it is known to be good"`
	Since     time.Time `json:"since" doc:"When it was found to be so"`
	Pinned    bool      `json:"pinned" doc:"Whether it is kept until it is let go of"`
	Problem   string    `json:"problem,omitempty" doc:"Why it is broken"`

	RestoreSeconds float64    `json:"restore_seconds,omitempty" doc:"What the restore of its last proof took"`
	Disproved      *time.Time `json:"disproved,omitempty" doc:"When its last proof failed"`
}

type backupListJSON struct {
	Backups []backupSummaryJSON `json:"backups" nullable:"false" doc:"Newest first"`
}

type validationJSON struct {
	Stamp   string      `json:"stamp"`
	Sound   bool        `json:"sound"`
	Files   int         `json:"files"`
	Bytes   int64       `json:"bytes"`
	Seconds float64     `json:"seconds"`
	Faults  []faultJSON `json:"faults" nullable:"false" doc:"Every one that was found"`
}

type faultJSON struct {
	Kind     string `json:"kind" enum:"missing,extra,size,hash,type,mode,manifest,path,duplicate,format,integrity,content,io"`
	File     string `json:"file,omitempty" doc:"Relative to the backup; left out for the backup as a whole"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

type backupStamp struct {
	Stamp string `path:"stamp" doc:"Stamp of a backup, or latest"`
}

func (s *Server) addBackups() {
	tags := []string{"backup"}
	register(s, huma.Operation{
		OperationID: "create-backup", Method: http.MethodPost, Path: "/admin/backup", Tags: tags,
		Summary: "Make a backup", DefaultStatus: http.StatusCreated,
		Description: "Captures the state as it is at one moment; writers go on meanwhile. Ends, and leaves nothing, when the caller goes away.",
		Metadata:    map[string]any{slow: true},
	}, s.createBackup)
	register(s, huma.Operation{
		OperationID: "list-backups", Method: http.MethodGet, Path: "/admin/backup", Tags: tags,
		Summary: "List the backups",
	}, s.listBackups)
	register(s, huma.Operation{
		OperationID: "get-backup", Method: http.MethodGet, Path: "/admin/backup/{stamp}", Tags: tags,
		Summary: "Show what is in a backup",
	}, s.getBackup, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "validate-backup", Method: http.MethodGet, Path: "/admin/backup/{stamp}/validate", Tags: tags,
		Summary:     "Find every fault of a backup",
		Description: "Reads every byte of it. A faulty backup is a successful answer that lists the faults.",
		Metadata:    map[string]any{slow: true},
	}, s.validateBackup, http.StatusNotFound)
	register(s, huma.Operation{
		OperationID: "restore-backup", Method: http.MethodPost, Path: "/admin/backup/{stamp}/restore", Tags: tags,
		Summary:       "Refused: a restore needs a stopped service",
		Description:   "Always answers 403 and says what to do instead.",
		DefaultStatus: http.StatusNoContent,
	}, s.refuseRestore)
}

type createBackupInput struct{ Body *newBackupJSON }

type createBackupOutput struct {
	Location string `header:"Location" doc:"Path of the new backup"`
	Body     backupJSON
}

func (s *Server) createBackup(ctx context.Context, in *createBackupInput) (*createBackupOutput, error) {
	o := backup.Options{Kind: domain.BackupManual}
	if in.Body != nil {
		o.IncludeChroma = in.Body.IncludeChroma
	}
	m, err := s.cfg.Backups.Create(ctx, o)
	if err != nil {
		return nil, err
	}
	return &createBackupOutput{"/admin/backup/" + string(m.Stamp), toBackupJSON(m)}, nil
}

func toBackupJSON(m domain.Manifest) backupJSON {
	out := backupJSON{
		Stamp: string(m.Stamp), Kind: string(m.Kind), CreatedAt: m.CreatedAt, AppVersion: m.AppVersion,
		Format: m.Format, SchemaVersion: m.SchemaVersion, Bytes: m.Bytes(), Components: []backupComponentJSON{},
	}
	if m.Embedding != (domain.EmbeddingModel{}) {
		out.Embedding = &modelJSON{m.Embedding.Name, m.Embedding.Dimension}
	}
	for _, c := range m.Components {
		j := backupComponentJSON{
			Name: c.Name, Included: c.Included, Reason: c.Reason, Files: len(c.Files), Bytes: c.Bytes(),
			Tables: []backupTableJSON{},
		}
		for _, t := range c.Facts.Tables {
			j.Tables = append(j.Tables, backupTableJSON{t.Name, t.Rows})
		}
		if v := c.Facts.Vectors; v != nil {
			j.Vectors = &v.Count
		}
		out.Components = append(out.Components, j)
	}
	return out
}

func (s *Server) listBackups(ctx context.Context, _ *struct{}) (*struct{ Body backupListJSON }, error) {
	list, err := s.cfg.Backups.List(ctx)
	if err != nil {
		return nil, err
	}
	out := backupListJSON{Backups: []backupSummaryJSON{}}
	for _, b := range list {
		out.Backups = append(out.Backups, backupSummaryJSON{
			Stamp: string(b.Stamp), Kind: string(b.Kind), CreatedAt: b.CreatedAt, Bytes: b.Bytes,
			Included: append([]string{}, b.Included...), Standing: string(b.Standing), Since: b.Since, Pinned: b.Pinned, Problem: b.Problem,
			RestoreSeconds: b.RestoreTook.Seconds(),
		})
		if !b.Disproved.IsZero() {
			out.Backups[len(out.Backups)-1].Disproved = &b.Disproved
		}
	}
	return &struct{ Body backupListJSON }{out}, nil
}

func (s *Server) getBackup(ctx context.Context, in *backupStamp) (*struct{ Body backupJSON }, error) {
	m, _, err := s.cfg.Backups.Show(ctx, in.Stamp)
	if err != nil {
		return nil, err
	}
	return &struct{ Body backupJSON }{toBackupJSON(m)}, nil
}

func (s *Server) validateBackup(ctx context.Context, in *backupStamp) (*struct{ Body validationJSON }, error) {
	v, err := s.cfg.Backups.Validate(ctx, in.Stamp, nil)
	if err != nil {
		return nil, err
	}
	out := validationJSON{
		Stamp: string(v.Stamp), Sound: v.Sound(), Files: v.Files, Bytes: v.Bytes,
		Seconds: v.Took.Seconds(), Faults: []faultJSON{},
	}
	for _, f := range v.Faults {
		out.Faults = append(out.Faults, faultJSON{string(f.Kind), f.File, f.Expected, f.Found})
	}
	return &struct{ Body validationJSON }{out}, nil
}

// refuseRestore answers whoever looks for the call: while this process answers, the
// stores are open, so it can never be done here.
func (s *Server) refuseRestore(_ context.Context, in *backupStamp) (*struct{}, error) {
	name := in.Stamp
	if name != backup.Latest {
		stamp, err := domain.ParseStamp(name)
		if err != nil {
			return nil, err
		}
		name = string(stamp)
	}
	return nil, domain.Refused("a backup cannot be restored while the service runs").
		WithHint("stop the service, then: atocore backup restore %s --confirm-service-stopped", name)
}
