-- +goose Up
-- API keys, by the hash of their secret, and what administrators did.
-- -62135596800000000 is the zero time: never.
CREATE TABLE api_key (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL, -- with spaces between
    limited      INTEGER NOT NULL, -- 0, 1
    projects     TEXT    NOT NULL, -- JSON array of names
    shared       INTEGER NOT NULL, -- 0, 1
    trusted      INTEGER NOT NULL, -- 0, 1
    rate         INTEGER NOT NULL, -- requests a minute; 0: the default
    hash         BLOB    NOT NULL, -- SHA-256
    former       BLOB,             -- the hash before the rotation
    former_until INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    rotated_at   INTEGER NOT NULL,
    revoked_at   INTEGER NOT NULL,
    used_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX api_key_name ON api_key (name COLLATE NOCASE) WHERE revoked_at = -62135596800000000;

CREATE TABLE audit (
    entry   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    key     TEXT    NOT NULL, -- id of the key, '' for the operator
    who     TEXT    NOT NULL,
    origin  TEXT    NOT NULL, -- address, '' for the command line
    action  TEXT    NOT NULL,
    target  TEXT    NOT NULL,
    outcome TEXT    NOT NULL, -- begun, done, failed, refused
    detail  TEXT    NOT NULL
) STRICT;
