-- How many documents a collection has and how many bytes they take: asked at every new one.
CREATE TABLE document_counts (
    connection_id TEXT NOT NULL REFERENCES connections (id),
    collection    TEXT NOT NULL,
    documents     INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,
    PRIMARY KEY (connection_id, collection)
) STRICT, WITHOUT ROWID;
INSERT INTO document_counts (connection_id, collection, documents, bytes)
SELECT connection_id, collection, count(*), sum(length(CAST(body AS BLOB))) FROM documents GROUP BY connection_id, collection;

-- The fields by which a collection is looked up.
CREATE TABLE document_indexes (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    connection_id TEXT NOT NULL REFERENCES connections (id),
    collection    TEXT NOT NULL,
    field         TEXT NOT NULL,
    built         INTEGER NOT NULL DEFAULT 0, -- documents up to this `seq` are in it; later ones are put in as they come
    ready         INTEGER NOT NULL DEFAULT 0, -- all documents are in it
    created_at    INTEGER NOT NULL,
    UNIQUE (connection_id, collection, field)
) STRICT;

-- What stands in those fields, in an order of its own: see `documents::key`.
CREATE TABLE document_keys (
    index_id INTEGER NOT NULL,
    key      TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    PRIMARY KEY (index_id, key, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_keys_of_document ON document_keys (seq);
