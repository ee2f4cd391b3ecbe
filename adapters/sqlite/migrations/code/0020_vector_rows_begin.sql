-- The engine in memory searches, and the database keeps what it is made from: the
-- full-text table and the tables of vec0 go, and a vector is a plain row. These
-- are the tables; migrate_vectors.go converts what is stored, and the other file
-- takes away what it was.
CREATE TABLE vector_passage (
    slot   INTEGER NOT NULL PRIMARY KEY, -- (number of the index << 40) + docid of the passage
    scale  REAL    NOT NULL, -- times a component: the vector in length 1; 0 without direction
    vector BLOB    NOT NULL  -- one byte a dimension, signed
) STRICT;

-- Vectors of memories that are not active, kept for the day they are.
CREATE TABLE vector_parked (
    memory   TEXT    NOT NULL,
    index_no INTEGER NOT NULL,
    scale    REAL    NOT NULL,
    vector   BLOB    NOT NULL,
    PRIMARY KEY (memory, index_no)
) STRICT, WITHOUT ROWID;
