-- +goose Up
-- What was asked and answered. Small columns come first, so that filters never read
-- the pages of long texts.
CREATE TABLE interaction (
    id            TEXT    NOT NULL PRIMARY KEY,
    project       TEXT    NOT NULL, -- '' for none
    said_by       TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    extraction    TEXT    NOT NULL, -- off, pending, done, failed
    known         INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    problem       TEXT    NOT NULL,
    extracted_at  INTEGER NOT NULL, -- -62135596800000000 for never
    candidates    TEXT    NOT NULL, -- JSON: ids of memories
    used          TEXT    NOT NULL, -- JSON: [{"kind","id"}]
    confirmations TEXT    NOT NULL, -- JSON: [{"by","at"}]
    prompt        TEXT    NOT NULL,
    answer        TEXT    NOT NULL
) STRICT;

CREATE INDEX interaction_newest ON interaction (at DESC, id DESC);
CREATE INDEX interaction_project_newest ON interaction (project, at DESC, id DESC);
CREATE INDEX interaction_extraction_newest ON interaction (extraction, at DESC, id DESC);

-- What retention or a person removed of them: never silently.
CREATE TABLE interaction_pruning (
    entry   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    oldest  INTEGER NOT NULL,
    newest  INTEGER NOT NULL,
    reason  TEXT    NOT NULL
) STRICT;
