DROP TRIGGER passage_delete_vector;
DROP TRIGGER passage_insert_vector;
DROP TRIGGER passage_update_vector;
DROP TRIGGER memory_update_vector;
DROP TRIGGER memory_delete_vector;
DROP TABLE vector_slot;

DROP TRIGGER passage_insert;
DROP TRIGGER passage_delete;
DROP TRIGGER passage_update;
DROP TABLE passage_fts;
DROP VIEW passage_text;

-- A vector never outlives the text that it was made from, whatever the model and
-- whoever writes.

CREATE TRIGGER passage_delete_vector AFTER DELETE ON passage
BEGIN
    INSERT OR REPLACE INTO vector_parked (memory, index_no, scale, vector)
    SELECT old.id, slot >> 40, scale, vector FROM vector_passage
    WHERE old.kind = 'memory' AND slot IN (SELECT (no << 40) + old.docid FROM vector_index)
        AND EXISTS (SELECT 1 FROM memory WHERE id = old.id);
    DELETE FROM vector_passage WHERE slot IN (SELECT (no << 40) + old.docid FROM vector_index);
END;

CREATE TRIGGER passage_insert_vector AFTER INSERT ON passage WHEN new.kind = 'memory'
BEGIN
    INSERT OR REPLACE INTO vector_passage (slot, scale, vector)
    SELECT (index_no << 40) + new.docid, scale, vector FROM vector_parked WHERE memory = new.id;
    DELETE FROM vector_parked WHERE memory = new.id;
END;

CREATE TRIGGER passage_update_vector AFTER UPDATE OF title, heading, content, searched ON passage
BEGIN
    DELETE FROM vector_passage WHERE slot IN (SELECT (no << 40) + old.docid FROM vector_index);
END;

-- Of the triggers on one change, none knows which comes first: a memory may change
-- its content and its status at once, so its vector is looked for in both places.
CREATE TRIGGER memory_update_vector AFTER UPDATE OF content ON memory
WHEN old.content <> new.content
BEGIN
    DELETE FROM vector_parked WHERE memory = old.id;
    DELETE FROM vector_passage WHERE slot IN
        (SELECT (i.no << 40) + p.docid FROM passage p, vector_index i WHERE p.id = old.id);
END;

CREATE TRIGGER memory_delete_vector AFTER DELETE ON memory
BEGIN
    DELETE FROM vector_parked WHERE memory = old.id;
END;
