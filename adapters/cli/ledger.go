package cli

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/domain/ledger"
)

func ledgerCommand(s *shell) *cobra.Command {
	var last int
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Show what was done about backups, and verify that record",
		Long: `The ledger is a file of JSON lines beside the backups: backups, proofs, drills,
restores, deletions and copies elsewhere, each line with the hash of the one before.`,
		Example: `  atocore ledger --last 20
  atocore ledger verify`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
				r, err := on.Ledger.Entries(ctx)
				if err != nil {
					return err
				}
				return s.showLedger(r, last)
			})
		},
	}
	s.settings(cmd, true, "backup.dir")
	cmd.Flags().IntVar(&last, "last", 0, "show only so many of the newest entries (0: all)")
	cmd.AddCommand(&cobra.Command{
		Use:   "verify",
		Short: "See that no entry was changed or removed, and that backups and entries agree",
		Long: `Checks the hash of every line, the numbering, and whether what this machine wrote is
still there; then whether every backup has an entry, and every entry its backup or a
recorded deletion. Exit code 3 says that anything is wrong.`,
		Example: `  atocore ledger verify --json`,
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, NeedBackups, func(ctx context.Context, on *Services) error {
				r, err := on.Ledger.Verify(ctx)
				if err != nil {
					return err
				}
				return s.showVerified(r)
			})
		},
	})
	return cmd
}

type ledgerEntryView struct {
	Seq        int64             `json:"seq"`
	At         time.Time         `json:"at"`
	Kind       string            `json:"kind"`
	Outcome    string            `json:"outcome,omitempty"`
	Stamp      string            `json:"stamp,omitempty"`
	AppVersion string            `json:"app_version,omitempty"`
	Seconds    float64           `json:"seconds"`
	Details    map[string]string `json:"details,omitempty"`
	Prev       string            `json:"prev"`
	Hash       string            `json:"hash"`
}

func viewLedgerEntry(e domain.LedgerEntry) ledgerEntryView {
	return ledgerEntryView{
		e.Seq, e.At, string(e.Kind), string(e.Outcome), string(e.Stamp), e.AppVersion, e.Took.Seconds(), e.Details, e.Prev, e.Hash,
	}
}

func (s *shell) showLedger(r domain.LedgerReading, last int) error {
	entries := r.Entries
	if last > 0 && last < len(entries) {
		entries = entries[len(entries)-last:]
	}
	view := struct {
		Entries []ledgerEntryView `json:"entries"`
	}{Entries: []ledgerEntryView{}}
	var rows [][]string
	for _, e := range entries {
		view.Entries = append(view.Entries, viewLedgerEntry(e))
		took := ""
		if e.Took > 0 {
			took = shortSpan(e.Took)
		}
		rows = append(rows, []string{
			e.At.Format(time.RFC3339), string(e.Kind), string(e.Outcome), string(e.Stamp), took, detailText(e.Details),
		})
	}
	err := s.result(view, func(p *printer) {
		if len(rows) > 0 {
			p.table([]string{"AT", "WHAT", "OUTCOME", "BACKUP", "TOOK", "DETAILS"}, rows)
		}
	})
	if len(rows) == 0 && !s.json {
		s.note("the ledger is empty: it begins with the next backup, proof, drill or restore")
	}
	if len(r.Faults) > 0 && !s.json {
		s.note("the ledger is faulty in %s; see: atocore ledger verify", counted(len(r.Faults), "place"))
	}
	return err
}

func detailText(details map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(details)) {
		parts = append(parts, k+"="+details[k])
	}
	return strings.Join(parts, " ")
}

type ledgerFaultView struct {
	Line    int    `json:"line,omitempty"`
	Stamp   string `json:"stamp,omitempty"`
	Problem string `json:"problem"`
}

func (s *shell) showVerified(r domain.LedgerReading) error {
	view := struct {
		Sound   bool              `json:"sound"`
		Entries int               `json:"entries"`
		Head    string            `json:"head,omitempty"` // hash of the last line
		Torn    int               `json:"torn_bytes"`
		Faults  []ledgerFaultView `json:"faults"`
	}{Sound: len(r.Faults) == 0, Entries: len(r.Entries), Torn: r.Torn, Faults: []ledgerFaultView{}}
	if n := len(r.Entries); n > 0 {
		view.Head = r.Entries[n-1].Hash
	}
	for _, f := range r.Faults {
		view.Faults = append(view.Faults, ledgerFaultView{f.Line, string(f.Stamp), f.Problem})
	}
	err := s.result(view, func(p *printer) {
		for _, f := range r.Faults {
			p.line("%s", f.String())
		}
		if view.Sound {
			p.line("the ledger is %s: %s, and the backups agree", p.green("sound"), plural(view.Entries, "entry", "entries"))
		}
		p.fields([2]string{"last line", view.Head})
	})
	if r.Torn > 0 && !s.json {
		s.note("note: %d bytes of a line that was never finished are at the end: its writer was killed; the next entry takes their place", r.Torn)
	}
	if err != nil || view.Sound {
		return err
	}
	return ledger.Faulty(r)
}
