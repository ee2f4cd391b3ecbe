-- +goose Up
-- What a memory's lifecycle adds: links, how often and when it was said again, and
-- who made the latest change and why. -62135596800000000 is the zero time: never.
ALTER TABLE memory ADD COLUMN superseded_by TEXT NOT NULL DEFAULT '';
ALTER TABLE memory ADD COLUMN contradicts TEXT NOT NULL DEFAULT '';
ALTER TABLE memory ADD COLUMN reinforced INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memory ADD COLUMN affirmed_at INTEGER NOT NULL DEFAULT -62135596800000000;
ALTER TABLE memory ADD COLUMN last_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE memory ADD COLUMN last_by TEXT NOT NULL DEFAULT '';
ALTER TABLE memory ADD COLUMN last_reason TEXT NOT NULL DEFAULT '';

ALTER TABLE memory_history ADD COLUMN superseded_by TEXT NOT NULL DEFAULT '';
ALTER TABLE memory_history ADD COLUMN contradicts TEXT NOT NULL DEFAULT '';
ALTER TABLE memory_history ADD COLUMN reinforced INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memory_history ADD COLUMN affirmed_at INTEGER NOT NULL DEFAULT -62135596800000000;
ALTER TABLE memory_history ADD COLUMN last_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE memory_history ADD COLUMN last_by TEXT NOT NULL DEFAULT '';
ALTER TABLE memory_history ADD COLUMN last_reason TEXT NOT NULL DEFAULT '';

-- The review queue and expiry look at a status at a time.
CREATE INDEX memory_status_newest ON memory (status, created_at DESC, id DESC);

-- Project state: keyed facts that a person set. The newest entry of a key holds; a
-- removal is an entry, too. Nothing is ever overwritten.
CREATE TABLE project_state (
    entry   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    project TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    value   TEXT    NOT NULL, -- '' for a removal
    removed INTEGER NOT NULL, -- 0, 1
    set_by  TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;

CREATE INDEX project_state_key ON project_state (project, key, entry);
