-- +goose Up
-- "Atoc": says whose file this is, to file(1) and to Open.
PRAGMA application_id = 1098149731;

-- Times are microseconds since 1970 in UTC, here and everywhere unless the
-- column says otherwise.
CREATE TABLE memory (
    id         TEXT    NOT NULL PRIMARY KEY,
    type       TEXT    NOT NULL,
    content    TEXT    NOT NULL,
    project    TEXT    NOT NULL, -- '' for none
    confidence REAL    NOT NULL,
    source     TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision   INTEGER NOT NULL
) STRICT;

CREATE INDEX memory_newest ON memory (created_at DESC, id DESC);
CREATE INDEX memory_project_newest ON memory (project, created_at DESC, id DESC);

-- One row a change: the memory as it stood right after it (right before it, for
-- a deletion). It outlives the memory, so it references nothing.
CREATE TABLE memory_history (
    entry      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    memory     TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    type       TEXT    NOT NULL,
    content    TEXT    NOT NULL,
    project    TEXT    NOT NULL,
    confidence REAL    NOT NULL,
    source     TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision   INTEGER NOT NULL
) STRICT;

CREATE INDEX memory_history_memory ON memory_history (memory, entry);
