package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/atocore/atocore/domain"
)

// tableInfo is what a digest needs to know about a table.
type tableInfo struct {
	name         string
	kind         string // table, shadow, virtual
	columns      []string
	withoutRowid bool
}

// truth tells whether the rows of the table are truth: every ordinary table of
// every schema version is, except SQLite's own, the record of migrations (its
// times tell when a program ran, not what it was given), the vector index, which
// is made from the passages, the feed of changes, which is there for caches, and the
// counts of what was recalled, which are lost with a process that dies.
func (t tableInfo) truth() bool {
	return t.kind == "table" && !strings.HasPrefix(t.name, "sqlite_") &&
		t.name != versionTable && !strings.HasPrefix(t.name, "vector_") && !strings.HasPrefix(t.name, "feed_") && !strings.HasPrefix(t.name, "recall_")
}

// stored tells whether the table has pages of its own.
func (t tableInfo) stored() bool { return t.kind == "table" || t.kind == "shadow" }

// rowid returns the name under which the row's number can be asked for, "" where
// there is none.
func (t tableInfo) rowid() string {
	if t.withoutRowid {
		return ""
	}
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		if !slices.ContainsFunc(t.columns, func(c string) bool { return strings.EqualFold(c, name) }) {
			return name
		}
	}
	return ""
}

// tablesOf lists the tables of the main database in order of name.
func tablesOf(ctx context.Context, conn *sql.Conn) ([]tableInfo, error) {
	rows, err := conn.QueryContext(ctx, `SELECT l.name, l.type, l.wr FROM pragma_table_list AS l
		WHERE l.schema = 'main' AND l.type <> 'view' ORDER BY l.name COLLATE BINARY`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var tables []tableInfo
	for rows.Next() {
		var t tableInfo
		if err := rows.Scan(&t.name, &t.kind, &t.withoutRowid); err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range tables {
		if !tables[i].truth() {
			continue
		}
		if tables[i].columns, err = columnsOf(ctx, conn, tables[i].name); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// columnsOf lists the columns as declared; generated ones are computed, not kept.
func columnsOf(ctx context.Context, conn *sql.Conn, table string) ([]string, error) {
	rows, err := conn.QueryContext(ctx, `SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0 ORDER BY cid`, table)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var columns []string
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return columns, rows.Err()
}

func hasTable(tables []tableInfo, name string) bool {
	return slices.ContainsFunc(tables, func(t tableInfo) bool { return t.name == name })
}

// schemaOf returns the version of the schema, 0 when there is none.
func schemaOf(ctx context.Context, conn *sql.Conn, tables []tableInfo) (version int64, err error) {
	if !hasTable(tables, versionTable) {
		return 0, nil
	}
	if err := conn.QueryRowContext(ctx, schemaVersionQuery).Scan(&version); err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return version, nil
}

// stateFacts reads what is known of a captured file beside its rows: schema version,
// embedding model and the ids in the live vector index.
func stateFacts(ctx context.Context, conn *sql.Conn, tables []tableInfo, pages *pageReader) (domain.ComponentFacts, error) {
	var f domain.ComponentFacts
	var err error
	if f.Schema, err = schemaOf(ctx, conn, tables); err != nil {
		return f, err
	}
	if !hasTable(tables, "vector_index") {
		return f, nil
	}
	var index int64
	var model domain.EmbeddingModel
	err = conn.QueryRowContext(ctx, `SELECT no, model, dimension FROM vector_index WHERE live = 1`).
		Scan(&index, &model.Name, &model.Dimension)
	if errors.Is(err, sql.ErrNoRows) {
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("read vector index: %w", err)
	}
	f.Embedding = &model
	var ids domain.RowSum
	if hasTable(tables, "vector_slot") {
		ids, err = sumSlots(ctx, conn, index)
	} else {
		ids, err = sumIDs(ctx, conn, index, pages)
	}
	if err != nil {
		return f, fmt.Errorf("read ids of the vector index: %w", err)
	}
	f.Vectors = &domain.SetDigest{Count: ids.Rows(), Digest: ids.String()}
	return f, nil
}

// sumSlots adds up the ids of a vector index as the versions before 20 kept it; an
// id is hashed as its bytes alone.
func sumSlots(ctx context.Context, conn *sql.Conn, index int64) (domain.RowSum, error) {
	var s domain.RowSum
	err := eachRow(ctx, conn, `SELECT id FROM vector_slot WHERE index_no = ?1 AND id IS NOT NULL`, func(row []driver.Value) error {
		s.Add([]byte(row[0].(string)))
		return nil
	}, index)
	return s, err
}

// sumIDs does so for the index as it is kept now, memories that are not active
// included.
func sumIDs(ctx context.Context, conn *sql.Conn, index int64, pages *pageReader) (s domain.RowSum, err error) {
	l, err := listsOf(ctx, conn)
	if err != nil {
		return s, err
	}
	l.pages = pages.scattered()
	orphaned, err := l.eachVector(ctx, vectorIndex{No: index}, func(id string) error {
		s.Add([]byte(id))
		return nil
	})
	if err != nil {
		return s, err
	}
	for _, id := range orphaned { // never, unless somebody meddled
		s.Add([]byte(id))
	}
	err = eachRow(ctx, conn, `SELECT memory FROM vector_parked WHERE index_no = ?1`, func(row []driver.Value) error {
		s.Add([]byte(row[0].(string)))
		return nil
	}, index)
	return s, err
}
