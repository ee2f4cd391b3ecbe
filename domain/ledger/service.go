// Package ledger keeps the record of what was done about backups, and holds it
// against the backups that there are: a backup that nobody recorded, and one that
// is gone though nobody recorded its removal, show as much as an altered line.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Config is what a Service is made of.
type Config struct {
	Ledger     ports.Ledger
	Backups    ports.BackupStore
	Clock      ports.Clock
	AppVersion string
}

// Service keeps the ledger. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns the service.
func New(c Config) *Service { return &Service{cfg: c} }

// Record adds an entry, durably. Its time is now, unless it has one. The first
// entry of all comes after one that lists the backups that were there already.
func (s *Service) Record(ctx context.Context, e domain.LedgerEntry) error {
	if e.At.IsZero() {
		e.At = s.cfg.Clock.Now()
	}
	e.AppVersion = s.cfg.AppVersion
	_, err := s.cfg.Ledger.Append(ctx, e, func() (domain.LedgerEntry, error) {
		list, err := s.cfg.Backups.List(ctx)
		if err != nil {
			return domain.LedgerEntry{}, err
		}
		var there []string
		for _, b := range list {
			arrives := e.Kind == domain.LedgerBackup || e.Kind == domain.LedgerPulled
			if b.Stamp != e.Stamp || !arrives {
				there = append(there, string(b.Stamp))
			}
		}
		return domain.LedgerEntry{
			At: e.At, Kind: domain.LedgerBegun, AppVersion: s.cfg.AppVersion,
			Details: map[string]string{detailBackups: strings.Join(there, " ")},
		}, nil
	})
	if err != nil {
		return fmt.Errorf("record in the ledger: %w", err)
	}
	return nil
}

// detailBackups lists the stamps that were there when the ledger began.
const detailBackups = "backups"

// Entries returns every entry, oldest first, and what is wrong with the chain.
func (s *Service) Entries(ctx context.Context) (domain.LedgerReading, error) {
	return s.cfg.Ledger.Read(ctx)
}

// Last returns the newest entry of that kind and outcome ("" for any).
func (s *Service) Last(ctx context.Context, kind domain.LedgerKind, outcome domain.LedgerOutcome) (domain.LedgerEntry, bool, error) {
	r, err := s.cfg.Ledger.Read(ctx)
	if err != nil {
		return domain.LedgerEntry{}, false, err
	}
	e, ok := domain.LastLedgerEntry(r.Entries, kind, outcome)
	return e, ok, nil
}

// Verify checks the chain, and holds the entries against the backups. What it finds
// is in the reading's faults.
func (s *Service) Verify(ctx context.Context) (domain.LedgerReading, error) {
	// The backups first: what is made in between then has its entry, and no folder.
	list, err := s.cfg.Backups.List(ctx)
	if err != nil {
		return domain.LedgerReading{}, err
	}
	r, err := s.cfg.Ledger.Read(ctx)
	if err != nil {
		return r, err
	}
	if len(r.Entries) == 0 && len(r.Faults) == 0 {
		return r, nil // nothing was recorded yet
	}
	accounts := accountsOf(r.Entries)
	there := map[domain.Stamp]bool{}
	for _, b := range list {
		there[b.Stamp] = true
		a := accounts[b.Stamp]
		switch {
		case a == nil:
			r.Faults = append(r.Faults, domain.LedgerFault{Stamp: b.Stamp, Problem: "it is there, and no entry says who made it"})
			continue
		case a.gone:
			r.Faults = append(r.Faults, domain.LedgerFault{Line: a.line, Stamp: b.Stamp, Problem: "it is there, though its deletion was recorded"})
		}
		if b.Standing == domain.StandingProven && b.Since.After(a.since) && !a.proofs[b.Since] {
			r.Faults = append(r.Faults, domain.LedgerFault{
				Stamp: b.Stamp, Problem: "its proof of " + b.Since.Format(time.RFC3339) + " has no entry",
			})
		}
	}
	// A backup that was made after the list has been read is not there yet.
	again, err := s.cfg.Backups.List(ctx)
	if err != nil {
		return r, err
	}
	for _, b := range again {
		there[b.Stamp] = true
	}
	for _, stamp := range slices.Sorted(maps.Keys(accounts)) {
		if a := accounts[stamp]; !a.gone && !there[stamp] {
			r.Faults = append(r.Faults, domain.LedgerFault{Line: a.line, Stamp: stamp, Problem: "it is gone, and no deletion was recorded"})
		}
	}
	return r, nil
}

// account is what the ledger says of one backup.
type account struct {
	line   int       // of the last entry about its being there or not
	since  time.Time // from when on its proofs are recorded
	gone   bool
	proofs map[time.Time]bool
}

func accountsOf(entries []domain.LedgerEntry) map[domain.Stamp]*account {
	accounts := map[domain.Stamp]*account{}
	arrive := func(stamp domain.Stamp, e domain.LedgerEntry) {
		accounts[stamp] = &account{line: int(e.Seq), since: e.At, proofs: map[time.Time]bool{}}
	}
	for _, e := range entries {
		switch e.Kind {
		case domain.LedgerBegun:
			for _, s := range strings.Fields(e.Details[detailBackups]) {
				arrive(domain.Stamp(s), e)
			}
		case domain.LedgerBackup, domain.LedgerPulled:
			if e.Outcome != domain.LedgerFailed && e.Stamp != "" {
				arrive(e.Stamp, e)
			}
		case domain.LedgerDeletion:
			if a := accounts[e.Stamp]; a != nil && e.Outcome != domain.LedgerFailed {
				a.gone, a.line = true, int(e.Seq)
			}
		case domain.LedgerProof:
			if a := accounts[e.Stamp]; a != nil && e.Outcome == domain.LedgerPassed {
				a.proofs[e.At] = true
			}
		case domain.LedgerDrill, domain.LedgerRestore, domain.LedgerRemoteCopy, domain.LedgerRemoteGone, domain.LedgerGap, domain.LedgerMissed:
		}
	}
	return accounts
}

// Faulty returns an error of KindCorrupt when anything is wrong, otherwise nil.
func Faulty(r domain.LedgerReading) error {
	if len(r.Faults) == 0 {
		return nil
	}
	var all []error
	for _, f := range r.Faults {
		all = append(all, errors.New(f.String()))
	}
	return domain.Corrupt("the ledger does not agree with itself, or with the backups, in %d places", len(r.Faults)).
		Because(errors.Join(all...)).WithHint("docs/proof.md says what each may mean")
}
