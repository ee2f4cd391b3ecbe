package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/backup"
)

func backupValidateCommand(s *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "validate STAMP|latest",
		Short: "Find every fault of a backup",
		Long: `Reads every byte: compares files with the manifest, checks the database, and counts
and compares what is in it. Every fault is listed, not only the first. Exit code 3
says that there are any. Neither the live data nor the backup's files are changed.`,
		Example: `  atocore backup validate latest
  atocore backup validate 20260409T060000Z --json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
				return s.validateBackup(ctx, on.Backup, args[0])
			})
		},
	}
}

type faultView struct {
	Kind     string `json:"kind"`
	File     string `json:"file,omitempty"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

type validationView struct {
	Stamp   string      `json:"stamp"`
	Sound   bool        `json:"sound"`
	Files   int         `json:"files"`
	Bytes   int64       `json:"bytes"`
	Seconds float64     `json:"seconds"`
	Faults  []faultView `json:"faults"`
}

func (s *shell) validateBackup(ctx context.Context, service *backup.Service, name string) error {
	watch := s.progress()
	v, err := service.Validate(ctx, name, watch.copy)
	watch.done()
	if err != nil {
		return err
	}
	view := validationView{
		Stamp: string(v.Stamp), Sound: v.Sound(), Files: v.Files, Bytes: v.Bytes,
		Seconds: v.Took.Seconds(), Faults: []faultView{},
	}
	var rows [][]string
	for _, f := range v.Faults {
		view.Faults = append(view.Faults, faultView{string(f.Kind), f.File, f.Expected, f.Found})
		rows = append(rows, []string{f.File, string(f.Kind), "expected " + f.Expected + ", found " + f.Found})
	}
	err = s.result(view, func(p *printer) {
		if v.Sound() {
			p.line("%s is %s: %s, %s, %s", p.bold(string(v.Stamp)), p.green("sound"), counted(v.Files, "file"),
				size(v.Bytes), v.Took.Round(time.Millisecond))
			return
		}
		p.table([]string{"FILE", "FAULT", "WHAT"}, rows)
	})
	if err != nil || v.Sound() {
		return err
	}
	return domain.Corrupt("backup %s has %s", v.Stamp, counted(len(v.Faults), "fault")).
		WithHint("do not restore it; look for a sound one with: atocore backup list")
}
