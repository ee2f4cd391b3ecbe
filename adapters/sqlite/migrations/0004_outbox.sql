-- +goose Up
-- The vector indexes that are kept elsewhere, and what each of them still lacks.
-- Both are derived: their names begin with vector_ like those of the vectors.
CREATE TABLE vector_remote (
    no        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name      TEXT    NOT NULL UNIQUE,
    model     TEXT    NOT NULL,
    dimension INTEGER NOT NULL,
    ready     INTEGER NOT NULL CHECK (ready IN (0, 1))
) STRICT;

-- A row says: this passage changed since the index took it in. Whether it is to
-- be stored or removed there is seen from the passage itself when its turn comes.
-- The ticket tells two changes apart and is never used twice.
CREATE TABLE vector_outbox (
    ticket INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    remote INTEGER NOT NULL REFERENCES vector_remote (no) ON DELETE CASCADE,
    id     TEXT    NOT NULL, -- of the passage, which may be gone
    vector BLOB,             -- of its present text, where the writer had it: float32, little-endian
    UNIQUE (remote, id)
) STRICT;

CREATE INDEX vector_outbox_order ON vector_outbox (remote, ticket);

-- The queue follows the passages, whoever writes them.

-- +goose StatementBegin
CREATE TRIGGER passage_insert_outbox AFTER INSERT ON passage
BEGIN
    REPLACE INTO vector_outbox (remote, id) SELECT no, new.id FROM vector_remote;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER passage_delete_outbox AFTER DELETE ON passage
BEGIN
    REPLACE INTO vector_outbox (remote, id) SELECT no, old.id FROM vector_remote;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER passage_update_outbox AFTER UPDATE OF project, content, searched ON passage
WHEN old.project <> new.project OR coalesce(old.searched, old.content) <> coalesce(new.searched, new.content)
BEGIN
    REPLACE INTO vector_outbox (remote, id) SELECT no, new.id FROM vector_remote;
END;
-- +goose StatementEnd
