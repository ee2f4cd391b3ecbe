package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"github.com/atocore/atocore/domain"
	"github.com/atocore/atocore/ports"
)

// Interactions is the store of interactions.
type Interactions struct{ s *Store }

var _ ports.InteractionStore = (*Interactions)(nil)

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
