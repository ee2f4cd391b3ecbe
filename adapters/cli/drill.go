package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/drill"
)

func drillCommand(s *shell) *cobra.Command {
	var page string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "drill",
		Short: "Rehearse a restore on a copy of the real state, and sabotage the backup",
		Long: `Copies the present state into scratch and does there what docs/backup-restore-drill.md
describes: a marker, a backup, a change, a restore. The marker must be back, the change
gone, every answer the same, and the safety backup must hold the change. Then the
backup is damaged in every way known (bits flipped, files cut off, removed, strangers
and stale logs planted) and each time the restore must refuse it.

The live data is captured as for a backup, and not touched otherwise; a service may go
on. Scratch is backup.scratch_dir, and takes about six times the size of the state.
Exit code 3 says that the drill failed.`,
		Example: `  atocore drill
  atocore drill --html drill.html --json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedState, func(ctx context.Context, on *Services) error {
				return s.runDrill(ctx, on.Drill, page, quiet)
			})
		},
	}
	s.settings(cmd, false, "backup.dir", "backup.scratch_dir")
	cmd.Flags().StringVar(&page, "html", "", "write the report as a page that stands by itself into this file")
	cmd.Flags().BoolVar(&quiet, "summary", false, "do not list every corruption")
	return cmd
}

type drillView struct {
	At         time.Time         `json:"at"`
	AppVersion string            `json:"app_version"`
	Passed     bool              `json:"passed"`
	Problem    string            `json:"problem,omitempty"`
	Bytes      int64             `json:"bytes"`
	Documents  int               `json:"documents"`
	Chunks     int               `json:"chunks"`
	Memories   int               `json:"memories"`
	Seconds    float64           `json:"seconds"`
	Detected   int               `json:"detected"`
	Damages    int               `json:"corruptions"`
	Steps      []drillStepView   `json:"steps"`
	Sabotage   []drillDamageView `json:"sabotage"`
	History    []drillPointView  `json:"history"`
}

type drillStepView struct {
	Name    string  `json:"name"`
	Passed  bool    `json:"passed"`
	Detail  string  `json:"detail,omitempty"`
	Seconds float64 `json:"seconds"`
}

type drillDamageView struct {
	Name     string  `json:"name"`
	File     string  `json:"file"`
	Detected bool    `json:"detected"`
	Found    string  `json:"found,omitempty"`
	Seconds  float64 `json:"seconds"`
}

type drillPointView struct {
	At             time.Time `json:"at"`
	Passed         bool      `json:"passed"`
	Seconds        float64   `json:"seconds"`
	BackupSeconds  float64   `json:"backup_seconds"`
	RestoreSeconds float64   `json:"restore_seconds"`
	Bytes          int64     `json:"bytes"`
	Detected       int       `json:"detected"`
	Damages        int       `json:"corruptions"`
}

func viewDrill(d domain.Drill) drillView {
	v := drillView{
		At: d.At, AppVersion: d.AppVersion, Passed: d.Passed, Problem: drill.Problem(d), Bytes: d.Bytes,
		Documents: d.Counts.Documents, Chunks: d.Counts.Chunks, Memories: d.Counts.Memories, Seconds: d.Took.Seconds(),
		Steps: []drillStepView{}, Sabotage: []drillDamageView{}, History: []drillPointView{},
	}
	v.Detected, v.Damages = d.Detected()
	for _, s := range d.Steps {
		v.Steps = append(v.Steps, drillStepView{s.Name, s.Passed, s.Detail, s.Took.Seconds()})
	}
	for _, s := range d.Sabotage {
		v.Sabotage = append(v.Sabotage, drillDamageView{s.Name, s.File, s.Detected, s.Found, s.Took.Seconds()})
	}
	for _, p := range d.History {
		v.History = append(v.History, drillPointView{
			p.At, p.Passed, p.Took.Seconds(), p.Backup.Seconds(), p.Restore.Seconds(), p.Bytes, p.Detected, p.Damages,
		})
	}
	return v
}

func (s *shell) runDrill(ctx context.Context, service *drill.Service, page string, quiet bool) error {
	watch := s.progress()
	d, err := service.Run(ctx, watch.copy)
	watch.done()
	if err != nil {
		return err
	}
	if page != "" {
		if err := s.writePage(page, d); err != nil {
			return err
		}
	}
	if err := s.result(viewDrill(d), func(p *printer) { p.drill(d, quiet) }); err != nil {
		return err
	}
	if d.Passed {
		return nil
	}
	return domain.Corrupt("the drill failed: %s", drill.Problem(d)).
		WithHint("do not rely on a restore before this is understood")
}

func (s *shell) writePage(path string, d domain.Drill) error {
	var b bytes.Buffer
	if err := s.app.DrillPage(&b, d); err != nil {
		return err
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		return domain.Unavailable("the page could not be written").Because(err).
			WithHint("the drill is done and noted in the ledger; name another file with --html")
	}
	s.note("report: %s", path)
	return nil
}

func (p *printer) drill(d domain.Drill, quiet bool) {
	mark := func(ok bool) string {
		if ok {
			return "ok"
		}
		return "FAILED"
	}
	var rows [][]string
	for _, s := range d.Steps {
		rows = append(rows, []string{mark(s.Passed), shortSpan(s.Took), s.Name, s.Detail})
	}
	p.table([]string{"", "TIME", "STEP", "SEEN"}, rows)
	if !quiet && len(d.Sabotage) > 0 {
		rows = nil
		for _, s := range d.Sabotage {
			rows = append(rows, []string{mark(s.Detected), shortSpan(s.Took), s.Name, s.Found})
		}
		p.table([]string{"", "TIME", "CORRUPTION", "NOTICED"}, rows)
	}
	noticed, all := d.Detected()
	p.line("%s", p.bold(fmt.Sprintf("%d of %d corruptions detected", noticed, all)))
	verdict := p.green("passed")
	if !d.Passed {
		verdict = p.red("failed")
	}
	p.line("the drill %s in %s", verdict, shortSpan(d.Took))
}
