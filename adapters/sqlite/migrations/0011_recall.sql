-- +goose Up
-- How often memories were in answers. Counted on the side and in batches: no truth,
-- so no digest covers it.
CREATE TABLE recall_count (
    memory  TEXT    NOT NULL PRIMARY KEY,
    times   INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
