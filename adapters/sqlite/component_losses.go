package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/atocore/atocore/domain"
)

// loss is one way in which the live database can be ahead of a copy.
type loss struct {
	table     string
	query     string // counts, with the live database as main and the copy as old
	one, many string
}

var losses = []loss{
	{
		"memory", `SELECT count(*) FROM main.memory AS m WHERE m.id NOT IN (SELECT id FROM old.memory)`,
		"1 memory newer than this backup would be lost", "%d memories newer than this backup would be lost",
	},
	{
		"memory", `SELECT count(*) FROM main.memory AS m JOIN old.memory AS o ON o.id = m.id
		WHERE m.revision <> o.revision OR m.updated_at <> o.updated_at OR m.content <> o.content`,
		"1 memory changed since this backup would go back to what it was", "%d memories changed since this backup would go back to what they were",
	},
	{
		"memory", `SELECT count(*) FROM old.memory AS o WHERE o.id NOT IN (SELECT id FROM main.memory)`,
		"1 memory deleted since this backup would come back", "%d memories deleted since this backup would come back",
	},
	{
		"project_state", `SELECT count(*) FROM main.project_state AS s WHERE s.entry NOT IN (SELECT entry FROM old.project_state)`,
		"1 change of project state since this backup would be lost", "%d changes of project state since this backup would be lost",
	},
	{
		"interaction", `SELECT count(*) FROM main.interaction AS i WHERE i.id NOT IN (SELECT id FROM old.interaction)`,
		"1 interaction newer than this backup would be lost", "%d interactions newer than this backup would be lost",
	},
	{
		"interaction", `SELECT count(*) FROM old.interaction AS o WHERE o.id NOT IN (SELECT id FROM main.interaction)`,
		"1 interaction removed since this backup would come back", "%d interactions removed since this backup would come back",
	},
	{
		"document", `SELECT count(*) FROM main.document AS d WHERE NOT EXISTS
		(SELECT 1 FROM old.document AS o WHERE o.project = d.project AND o.root = d.root AND o.path = d.path)`,
		"1 document ingested since this backup would be lost until the next refresh", "%d documents ingested since this backup would be lost until the next refresh",
	},
	{
		"document", `SELECT count(*) FROM main.document AS d JOIN old.document AS o
		ON o.project = d.project AND o.root = d.root AND o.path = d.path WHERE o.hash <> d.hash`,
		"1 document would go back to an older version until the next refresh", "%d documents would go back to an older version until the next refresh",
	},
	{
		"document", `SELECT count(*) FROM old.document AS o WHERE NOT EXISTS
		(SELECT 1 FROM main.document AS d WHERE o.project = d.project AND o.root = d.root AND o.path = d.path)`,
		"1 document removed since this backup would come back", "%d documents removed since this backup would come back",
	},
}

// Losses compares the live database with a captured one in dir.
func (c *Component) Losses(ctx context.Context, dir string) ([]string, error) {
	live, err := c.openLive(ctx)
	if domain.KindOf(err) == domain.KindUnavailable {
		return nil, nil // nothing is there, so nothing can be lost
	}
	var said []string
	if err == nil {
		defer func() { _ = live.Close() }()
		said, err = compareLosses(ctx, live, filepath.Join(dir, capturedName))
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("compare with the present database: %w", ctx.Err())
	}
	if err != nil {
		return []string{fmt.Sprintf("the present database cannot be read, so what it holds beyond this backup is not known: %v", err)}, nil
	}
	return said, nil
}

func compareLosses(ctx context.Context, live *sql.DB, copied string) ([]string, error) {
	conn, err := live.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	uri := fileURI(copied, url.Values{"mode": {"ro"}, "immutable": {"1"}})
	if _, err := conn.ExecContext(ctx, "ATTACH ?1 AS old", uri); err != nil {
		return nil, err
	}
	if err := begin(ctx, conn); err != nil { // one moment for all the counts
		return nil, err
	}
	defer func() { _, _ = conn.ExecContext(context.Background(), "ROLLBACK") }()
	var said []string
	for _, l := range losses {
		var known int
		if err := conn.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND name = ?1)
			+ (SELECT count(*) FROM old.sqlite_master WHERE type = 'table' AND name = ?1)`, l.table).Scan(&known); err != nil {
			return nil, err
		}
		if known < 2 {
			continue // one of the two is from a time before that table
		}
		var n int64
		if err := conn.QueryRowContext(ctx, l.query).Scan(&n); err != nil {
			return nil, err
		}
		switch n {
		case 0:
		case 1:
			said = append(said, l.one)
		default:
			said = append(said, fmt.Sprintf(l.many, n))
		}
	}
	return said, nil
}
