package cli

import (
	"context"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/prove"
)

func backupProveCommand(s *shell) *cobra.Command {
	var all, remote bool
	cmd := &cobra.Command{
		Use:   "prove STAMP|latest|--all",
		Short: "Restore a backup into scratch and see that it answers the same",
		Long: `Restores the backup into a scratch folder by the steps of a real restore, opens it as
a service would, and compares: every file by its hash, every table by its content,
projects, documents, memories and vectors with each other, and the answers to the
probe queries that were recorded when the backup was made, which must be the same
passages in the same order. The time that the restore took is measured.

Exit code 3 says that a backup failed its proof; every difference is listed. The live
data is neither touched nor locked. Scratch is backup.scratch_dir, and takes the size
of the backup. With --remote the copy that is off site is fetched into scratch, with
the key, and proven: what is here is not looked at.`,
		Example: `  atocore backup prove latest
  atocore backup prove --all --json
  atocore backup prove latest --remote`,
		Args: func(cmd *cobra.Command, args []string) error {
			if all && remote {
				return usage(cmd, "--all and --remote exclude each other")
			}
			if all {
				return takes(0, 0)(cmd, args)
			}
			return takes(1, 1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
				if all {
					return s.proveAll(ctx, on.Prove)
				}
				if remote {
					return s.proveBackup(ctx, on.ProveRemote, args[0])
				}
				return s.proveBackup(ctx, on.Prove.Prove, args[0])
			})
		},
	}
	cmd.Flags().BoolVar(&remote, "remote", false, "prove the copy that is off site")
	s.settings(cmd, false, "remote.")
	cmd.Flags().BoolVar(&all, "all", false, "prove every backup, the newest first")
	return cmd
}

type proofView struct {
	Stamp          string                `json:"stamp"`
	Passed         bool                  `json:"passed"`
	At             time.Time             `json:"at"`
	AppVersion     string                `json:"app_version"`
	RestoreSeconds float64               `json:"restore_seconds"`
	Seconds        float64               `json:"seconds"`
	Compared       []proofCountView      `json:"compared"`
	Differences    []proofDifferenceView `json:"differences"`
	Notes          []string              `json:"notes"`
}

type proofCountView struct {
	What  string `json:"what"`
	Count int64  `json:"count"`
}

type proofDifferenceView struct {
	Subject  string `json:"subject"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

func viewProof(p domain.Proof) proofView {
	v := proofView{
		Stamp: string(p.Stamp), Passed: p.Passed, At: p.At, AppVersion: p.AppVersion,
		RestoreSeconds: p.RestoreTook.Seconds(), Seconds: p.Took.Seconds(),
		Compared: []proofCountView{}, Differences: []proofDifferenceView{}, Notes: append([]string{}, p.Notes...),
	}
	for _, c := range p.Compared {
		v.Compared = append(v.Compared, proofCountView(c))
	}
	for _, d := range p.Differences {
		v.Differences = append(v.Differences, proofDifferenceView(d))
	}
	return v
}

// proving is how a backup is proven: the one that is here, or the copy off site.
type proving func(ctx context.Context, name string, report func(domain.CopyProgress)) (domain.Proof, error)

func (s *shell) proveBackup(ctx context.Context, how proving, name string) error {
	watch := s.progress()
	p, err := how(ctx, name, watch.copy)
	watch.done()
	if err != nil {
		return err
	}
	if err := s.result(viewProof(p), func(out *printer) { out.proof(p) }); err != nil {
		return err
	}
	s.proofNotes(p)
	return failedProof(p)
}

// proof says what came of one proof.
func (p *printer) proof(proof domain.Proof) {
	if !proof.Passed {
		p.line("%s %s its proof", p.bold(string(proof.Stamp)), p.red("failed"))
		rows := make([][]string, len(proof.Differences))
		for i, d := range proof.Differences {
			rows[i] = []string{d.Subject, "expected " + d.Expected + ", found " + d.Found}
		}
		p.table([]string{"WHAT", "DIFFERENCE"}, rows)
		return
	}
	p.line("%s is %s, restores in %s", p.bold(string(proof.Stamp)), p.green("proven"), shortSpan(proof.RestoreTook))
	rows := make([][]string, len(proof.Compared))
	for i, c := range proof.Compared {
		rows[i] = []string{humanize.Comma(c.Count), c.What}
	}
	p.table([]string{"COMPARED", "WHAT"}, rows)
}

func (s *shell) proofNotes(p domain.Proof) {
	if s.json {
		return
	}
	for _, n := range p.Notes {
		s.note("note: %s: %s", p.Stamp, n)
	}
}

func (s *shell) proveAll(ctx context.Context, service *prove.Service) error {
	view := struct {
		Proofs []proofView       `json:"proofs"`
		Errors map[string]string `json:"errors,omitempty"` // by stamp: what kept it from being proven
	}{Proofs: []proofView{}, Errors: map[string]string{}}
	var failed []domain.Proof
	watch := s.progress()
	err := service.All(ctx, watch.copy, func(stamp domain.Stamp, p domain.Proof, err error) {
		if err != nil {
			view.Errors[string(stamp)] = err.Error()
			return
		}
		view.Proofs = append(view.Proofs, viewProof(p))
		if !p.Passed {
			failed = append(failed, p)
		}
		watch.done()
		if !s.json {
			s.out.proof(p)
			s.proofNotes(p)
		}
	})
	watch.done()
	if s.json {
		if rerr := s.result(view, nil); rerr != nil {
			return rerr
		}
	}
	switch {
	case len(failed) == 1:
		return failedProof(failed[0])
	case len(failed) > 1:
		return domain.Corrupt("%d backups failed their proof", len(failed)).
			WithHint("do not rely on them: make a new one with atocore backup create, and prove that")
	}
	return err
}

func failedProof(p domain.Proof) error {
	if p.Passed {
		return nil
	}
	return domain.Corrupt("backup %s failed its proof: %s", p.Stamp, counted(len(p.Differences), "difference")).
		WithHint("do not rely on it: make a new one with atocore backup create, and prove that")
}

// shortSpan renders a measured time: 3.2s, 740ms.
func shortSpan(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}
