-- +goose Up
-- What changed, in order, for whoever keeps a copy of the passages in memory. The
-- mark tells two histories apart that have the same numbers, such as that of a
-- restored backup from the one that it replaced. Old rows may be removed: who needs
-- them starts over.
CREATE TABLE feed_change (
    seq     INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    passage TEXT    NOT NULL, -- id
    mark    INTEGER NOT NULL DEFAULT (random())
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER feed_passage_insert AFTER INSERT ON passage
BEGIN
    INSERT INTO feed_change (passage) VALUES (new.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_passage_delete AFTER DELETE ON passage
BEGIN
    INSERT INTO feed_change (passage) VALUES (old.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_passage_update AFTER UPDATE ON passage
BEGIN
    INSERT INTO feed_change (passage) VALUES (new.id);
END;
-- +goose StatementEnd

-- What an answer says of a memory beside its text.

-- +goose StatementBegin
CREATE TRIGGER feed_memory_update AFTER UPDATE OF type, confidence ON memory
WHEN old.type <> new.type OR old.confidence <> new.confidence
BEGIN
    INSERT INTO feed_change (passage) VALUES (new.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_vector_insert AFTER INSERT ON vector_slot WHEN new.id IS NOT NULL
BEGIN
    INSERT INTO feed_change (passage) VALUES (new.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_vector_update AFTER UPDATE ON vector_slot WHEN new.id IS NOT NULL
BEGIN
    INSERT INTO feed_change (passage) VALUES (new.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_vector_leave AFTER UPDATE OF id ON vector_slot WHEN old.id IS NOT NULL AND new.id IS NULL
BEGIN
    INSERT INTO feed_change (passage) VALUES (old.id);
END;
-- +goose StatementEnd

-- An index that goes live changes every vector.

-- +goose StatementBegin
CREATE TRIGGER feed_index_live AFTER UPDATE OF live ON vector_index WHEN new.live = 1 AND old.live = 0
BEGIN
    INSERT INTO feed_change (passage) SELECT id FROM passage;
END;
-- +goose StatementEnd

INSERT INTO feed_change (passage) SELECT id FROM passage;
