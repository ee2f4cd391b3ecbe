-- +goose Up
CREATE TABLE document (
    id          INTEGER NOT NULL PRIMARY KEY,
    project     TEXT    NOT NULL,
    root        TEXT    NOT NULL,
    path        TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    size        INTEGER NOT NULL, -- bytes
    mtime_ns    INTEGER NOT NULL, -- nanoseconds: compared with a stat, so nothing may be cut off
    hash        TEXT    NOT NULL,
    ingested_at INTEGER NOT NULL,
    UNIQUE (project, root, path)
) STRICT;

-- Everything that can be found: the chunks of documents and the active memories.
-- Small columns come first, so that filters never read the pages of long texts.
-- docid is never used twice: what keeps a copy of the index can tell a new
-- passage from an old one by it.
CREATE TABLE passage (
    docid      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL, -- memory, chunk
    project    TEXT    NOT NULL, -- '' for none
    id         TEXT    NOT NULL UNIQUE,
    document   INTEGER REFERENCES document (id) ON DELETE CASCADE, -- NULL for memories
    seq        INTEGER NOT NULL,
    start_line INTEGER NOT NULL,
    end_line   INTEGER NOT NULL,
    title      TEXT    NOT NULL,
    heading    TEXT    NOT NULL,
    path       TEXT    NOT NULL,
    content    TEXT    NOT NULL, -- verbatim
    searched   TEXT              -- NULL when it is the content
) STRICT;

CREATE INDEX passage_document ON passage (document, seq) WHERE document IS NOT NULL;

CREATE VIEW passage_text AS
SELECT docid, title, heading, path, coalesce(searched, content) AS text FROM passage;

CREATE VIRTUAL TABLE passage_fts USING fts5 (
    title, heading, path, text,
    content = 'passage_text', content_rowid = 'docid',
    tokenize = 'porter unicode61 remove_diacritics 2'
);

-- The full text follows the passages, whoever writes them.

-- +goose StatementBegin
CREATE TRIGGER passage_insert AFTER INSERT ON passage
BEGIN
    INSERT INTO passage_fts (rowid, title, heading, path, text)
    VALUES (new.docid, new.title, new.heading, new.path, coalesce(new.searched, new.content));
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER passage_delete AFTER DELETE ON passage
BEGIN
    INSERT INTO passage_fts (passage_fts, rowid, title, heading, path, text)
    VALUES ('delete', old.docid, old.title, old.heading, old.path, coalesce(old.searched, old.content));
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER passage_update AFTER UPDATE OF title, heading, path, content, searched ON passage
BEGIN
    INSERT INTO passage_fts (passage_fts, rowid, title, heading, path, text)
    VALUES ('delete', old.docid, old.title, old.heading, old.path, coalesce(old.searched, old.content));
    INSERT INTO passage_fts (rowid, title, heading, path, text)
    VALUES (new.docid, new.title, new.heading, new.path, coalesce(new.searched, new.content));
END;
-- +goose StatementEnd

-- A memory is a passage exactly while it is active.

-- +goose StatementBegin
CREATE TRIGGER memory_insert AFTER INSERT ON memory WHEN new.status = 'active'
BEGIN
    INSERT INTO passage (id, kind, project, seq, start_line, end_line, title, heading, path, content)
    VALUES (new.id, 'memory', new.project, 0, 0, 0, '', '', '', new.content);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER memory_delete AFTER DELETE ON memory
BEGIN
    DELETE FROM passage WHERE id = old.id AND kind = 'memory';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER memory_deactivate AFTER UPDATE OF status ON memory
WHEN old.status = 'active' AND new.status <> 'active'
BEGIN
    DELETE FROM passage WHERE id = old.id AND kind = 'memory';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER memory_activate AFTER UPDATE OF status ON memory
WHEN old.status <> 'active' AND new.status = 'active'
BEGIN
    INSERT INTO passage (id, kind, project, seq, start_line, end_line, title, heading, path, content)
    VALUES (new.id, 'memory', new.project, 0, 0, 0, '', '', '', new.content);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER memory_content AFTER UPDATE OF content ON memory
WHEN old.status = 'active' AND new.status = 'active' AND old.content <> new.content
BEGIN
    UPDATE passage SET content = new.content WHERE id = new.id AND kind = 'memory';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER memory_move AFTER UPDATE OF project ON memory
WHEN old.status = 'active' AND new.status = 'active' AND old.project <> new.project
BEGIN
    UPDATE passage SET project = new.project WHERE id = new.id AND kind = 'memory';
END;
-- +goose StatementEnd

-- Memories that were there before passages were.
INSERT INTO passage (id, kind, project, seq, start_line, end_line, title, heading, path, content)
SELECT id, 'memory', project, 0, 0, 0, '', '', '', content FROM memory WHERE status = 'active';
