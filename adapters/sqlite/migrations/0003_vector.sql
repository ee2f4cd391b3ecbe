-- +goose Up
-- The vector indexes, at most one of them live. A second one is filled beside it
-- when the embedding model changes, and takes its place when it is whole. The
-- vectors of index N are in the table vector_N (vec0), which is made together
-- with its row here, because its width is the model's.
CREATE TABLE vector_index (
    no        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    model     TEXT    NOT NULL,
    dimension INTEGER NOT NULL,
    live      INTEGER NOT NULL CHECK (live IN (0, 1)),
    UNIQUE (model, dimension)
) STRICT;

CREATE UNIQUE INDEX vector_index_live ON vector_index (live) WHERE live = 1;

-- A slot is a row of vector_N. One without an id is free: a slot is used again
-- and never deleted, because vec0 does not reclaim rows deleted in between.
CREATE TABLE vector_slot (
    slot     INTEGER NOT NULL PRIMARY KEY,
    index_no INTEGER NOT NULL REFERENCES vector_index (no) ON DELETE CASCADE,
    id       TEXT,             -- of the passage
    blank    INTEGER NOT NULL, -- 1: a vector of length 0, near to nothing
    parked   INTEGER NOT NULL  -- 1: of a memory that is not active, kept for the day it is
) STRICT;

CREATE UNIQUE INDEX vector_slot_id ON vector_slot (id, index_no) WHERE id IS NOT NULL;
CREATE INDEX vector_slot_free ON vector_slot (index_no) WHERE id IS NULL;

-- A vector never outlives the text that it was made from, whatever the model and
-- whoever writes. (Triggers on vector_slot, made with each index, pass this on to
-- vector_N.)

-- +goose StatementBegin
CREATE TRIGGER passage_delete_vector AFTER DELETE ON passage
BEGIN
    UPDATE vector_slot SET parked = 1
    WHERE id = old.id AND EXISTS (SELECT 1 FROM memory WHERE id = old.id);
    UPDATE vector_slot SET id = NULL
    WHERE id = old.id AND NOT EXISTS (SELECT 1 FROM memory WHERE id = old.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER passage_insert_vector AFTER INSERT ON passage
BEGIN
    UPDATE vector_slot SET parked = 0 WHERE id = new.id AND parked = 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER passage_update_vector AFTER UPDATE OF title, heading, content, searched ON passage
BEGIN
    UPDATE vector_slot SET id = NULL WHERE id = old.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER memory_update_vector AFTER UPDATE OF content ON memory
WHEN old.content <> new.content
BEGIN
    UPDATE vector_slot SET id = NULL WHERE id = old.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER memory_delete_vector AFTER DELETE ON memory
BEGIN
    UPDATE vector_slot SET id = NULL WHERE id = old.id;
END;
-- +goose StatementEnd

-- Every text that has a vector: what can be found, and the memories that may be
-- active again.
CREATE VIEW vector_source AS
SELECT id, kind, project, coalesce(searched, content) AS text FROM passage
UNION ALL
SELECT id, 'memory', project, content FROM memory WHERE status <> 'active';
