package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Interactions is the store of interactions.
type Interactions struct{ s *Store }

var (
	_ ports.InteractionStore     = (*Interactions)(nil)
	_ ports.InteractionRetention = (*Interactions)(nil)
)

// Interactions returns the store of interactions.
func (s *Store) Interactions() *Interactions { return &Interactions{s} }

const (
	interactionColumns = `id, project, said_by, at, extraction, known, attempts, problem, extracted_at, candidates, used,
    confirmations, prompt, answer`
	interactionInsert = `INSERT INTO interaction (` + interactionColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	interactionSelect = `SELECT ` + interactionColumns + ` FROM interaction WHERE id = ?`
	interactionAmend  = `UPDATE interaction SET extraction = ?, known = ?, attempts = ?, problem = ?, extracted_at = ?,
    candidates = ?, confirmations = ? WHERE id = ?`
)

type interactionRow struct {
	ID            string `db:"id"`
	Project       string `db:"project"`
	By            string `db:"said_by"`
	At            int64  `db:"at"`
	Extraction    string `db:"extraction"`
	Known         int    `db:"known"`
	Attempts      int    `db:"attempts"`
	Problem       string `db:"problem"`
	ExtractedAt   int64  `db:"extracted_at"`
	Candidates    string `db:"candidates"`
	Used          string `db:"used"`
	Confirmations string `db:"confirmations"`
	Prompt        string `db:"prompt"`
	Answer        string `db:"answer"`
}

func (r interactionRow) interaction() (domain.Interaction, error) {
	i := domain.Interaction{
		ID: r.ID, Project: r.Project, Prompt: r.Prompt, Answer: r.Answer, By: r.By, At: moment(r.At),
		Extraction: domain.Extraction{
			State: domain.ExtractionState(r.Extraction), Known: r.Known, Attempts: r.Attempts, Problem: r.Problem,
			At: moment(r.ExtractedAt),
		},
	}
	for _, part := range []struct {
		text string
		into any
	}{{r.Candidates, &i.Extraction.Candidates}, {r.Used, &i.Used}, {r.Confirmations, &i.Confirmations}} {
		if err := json.Unmarshal([]byte(part.text), part.into); err != nil {
			return i, domain.Corrupt("interaction %s cannot be read", r.ID).Because(err).WithHint(restoreHint)
		}
	}
	return i, nil
}

// listText is a list as it is stored: an empty one is none.
func listText[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "null", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

// Add implements ports.InteractionStore.
func (n *Interactions) Add(ctx context.Context, i domain.Interaction) error {
	return n.s.update(ctx, "record an interaction", func(t *tx) error { return addInteraction(t, i) })
}

func addInteraction(t *tx, i domain.Interaction) error {
	candidates, err := listText(i.Extraction.Candidates)
	if err != nil {
		return err
	}
	used, err := listText(i.Used)
	if err != nil {
		return err
	}
	confirmations, err := listText(i.Confirmations)
	if err != nil {
		return err
	}
	e := i.Extraction
	_, err = t.exec(interactionInsert, i.ID, i.Project, i.By, micros(i.At), e.State, e.Known, e.Attempts, e.Problem,
		micros(e.At), candidates, used, confirmations, i.Prompt, i.Answer)
	if isUnique(err) {
		return domain.Conflict("there is an interaction %q already", i.ID).WithField("id")
	}
	return err
}

// Interaction implements ports.InteractionStore.
func (n *Interactions) Interaction(ctx context.Context, id string) (i domain.Interaction, err error) {
	err = n.s.view(ctx, "get an interaction", func(t *tx) (err error) {
		i, err = interactionByID(t, id)
		return err
	})
	return i, err
}

func interactionByID(t *tx, id string) (domain.Interaction, error) {
	var row interactionRow
	err := t.get(&row, interactionSelect, id)
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Interaction{}, noInteraction(id)
	}
	if err != nil {
		return domain.Interaction{}, err
	}
	return row.interaction()
}

func noInteraction(id string) error {
	return domain.NoInteraction(id)
}

// Interactions implements ports.InteractionStore.
func (n *Interactions) Interactions(ctx context.Context, f domain.InteractionFilter) (page domain.InteractionPage, err error) {
	limit := cmp.Or(f.Limit, domain.DefaultPageSize)
	if limit < 0 || limit > domain.MaxPageSize {
		return page, domain.Invalid("limit %d is out of range", f.Limit).WithField("limit").
			WithHint("give a number from 1 to %d", domain.MaxPageSize)
	}
	var where []string
	var args []any
	if f.Project != nil {
		where, args = append(where, "project = ?"), append(args, *f.Project)
	}
	if f.Known != nil {
		known, err := json.Marshal(f.Known)
		if err != nil {
			return page, err
		}
		where, args = append(where, "project IN (SELECT value FROM json_each(?))"), append(args, string(known))
	}
	if f.Extraction != "" {
		where, args = append(where, "extraction = ?"), append(args, f.Extraction)
	}
	if f.Cursor != "" {
		c, err := parseCursor(f.Cursor)
		if err != nil {
			return page, err
		}
		where, args = append(where, "(at, id) < (?, ?)"), append(args, c.createdAt, c.id)
	}
	query := `SELECT ` + interactionColumns + ` FROM interaction`
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, " AND ")
	}
	query += ` ORDER BY at DESC, id DESC LIMIT ?`
	var rows []interactionRow
	if err := n.s.view(ctx, "list interactions", func(t *tx) error { return t.all(&rows, query, append(args, limit+1)...) }); err != nil {
		return page, err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.NextCursor = cursor{createdAt: rows[limit-1].At, id: rows[limit-1].ID}.String()
	}
	page.Interactions = make([]domain.Interaction, len(rows))
	for i, r := range rows {
		if page.Interactions[i], err = r.interaction(); err != nil {
			return domain.InteractionPage{}, err
		}
	}
	return page, nil
}

// Amend implements ports.InteractionStore.
func (n *Interactions) Amend(ctx context.Context, id string, change func(*domain.Interaction) error) (i domain.Interaction, err error) {
	err = n.s.update(ctx, "change an interaction", func(t *tx) error {
		old, err := interactionByID(t, id)
		if err != nil {
			return err
		}
		i = old
		if err := change(&i); err != nil {
			return err
		}
		e, confirmed := i.Extraction, i.Confirmations
		i = old
		e.At = moment(micros(e.At))
		i.Extraction, i.Confirmations = e, confirmed
		candidates, err := listText(e.Candidates)
		if err != nil {
			return err
		}
		confirmations, err := listText(confirmed)
		if err != nil {
			return err
		}
		_, err = t.exec(interactionAmend, e.State, e.Known, e.Attempts, e.Problem, micros(e.At), candidates, confirmations, id)
		return err
	})
	if err != nil {
		return domain.Interaction{}, err
	}
	return i, nil
}

const (
	pruningInsert = `INSERT INTO interaction_pruning (at, removed, oldest, newest, reason) VALUES (?, ?, ?, ?, ?)`
	pruningSelect = `SELECT at, removed, oldest, newest, reason FROM interaction_pruning ORDER BY entry DESC LIMIT ?`
	// Those before a moment, and those that are not among the newest so many.
	pruneDue = `SELECT id FROM interaction WHERE at < ?1
    OR (?2 > 0 AND (at, id) < (SELECT at, id FROM interaction ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?2 - 1))
    ORDER BY at, id LIMIT ?3`
	pruneCount  = `SELECT count(*) AS removed, coalesce(min(at), 0) AS oldest, coalesce(max(at), 0) AS newest FROM interaction WHERE id IN (` + pruneDue + `)`
	pruneDelete = `DELETE FROM interaction WHERE id IN (` + pruneDue + `)`
)

type pruningRow struct {
	At      int64  `db:"at"`
	Removed int    `db:"removed"`
	Oldest  int64  `db:"oldest"`
	Newest  int64  `db:"newest"`
	Reason  string `db:"reason"`
}

// Drop implements ports.InteractionRetention.
func (n *Interactions) Drop(ctx context.Context, id string, at ports.Moment, reason string) error {
	return n.s.update(ctx, "remove an interaction", func(t *tx) error {
		i, err := interactionByID(t, id)
		if err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM interaction WHERE id = ?`, id); err != nil {
			return err
		}
		_, err = t.exec(pruningInsert, micros(at), 1, micros(i.At), micros(i.At), reason)
		return err
	})
}

// Prune implements ports.InteractionRetention.
func (n *Interactions) Prune(ctx context.Context, p domain.Pruning, before ports.Moment, keep, limit int, dry bool) (domain.Pruning, error) {
	run := n.s.update
	if dry {
		run = n.s.view
	}
	err := run(ctx, "remove old interactions", func(t *tx) error {
		var row pruningRow
		if err := t.get(&row, pruneCount, micros(before), keep, limit); err != nil {
			return err
		}
		p.Removed, p.Oldest, p.Newest = row.Removed, time.Time{}, time.Time{}
		if row.Removed == 0 {
			return nil
		}
		p.Oldest, p.Newest = moment(row.Oldest), moment(row.Newest)
		if dry {
			return nil
		}
		if _, err := t.exec(pruneDelete, micros(before), keep, limit); err != nil {
			return err
		}
		_, err := t.exec(pruningInsert, micros(p.At), p.Removed, row.Oldest, row.Newest, p.Reason)
		return err
	})
	if err != nil {
		return domain.Pruning{}, fmt.Errorf("prune: %w", err)
	}
	return p, nil
}

// Prunings implements ports.InteractionRetention.
func (n *Interactions) Prunings(ctx context.Context, limit int) ([]domain.Pruning, error) {
	var rows []pruningRow
	if err := n.s.view(ctx, "list removals of interactions", func(t *tx) error { return t.all(&rows, pruningSelect, limit) }); err != nil {
		return nil, err
	}
	out := make([]domain.Pruning, len(rows))
	for i, r := range rows {
		out[i] = domain.Pruning{At: moment(r.At), Removed: r.Removed, Oldest: moment(r.Oldest), Newest: moment(r.Newest), Reason: r.Reason}
	}
	return out, nil
}
