-- Whole numbers for our ids, for clients that know no other; once given a number stays.
CREATE TABLE numbers (
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (kind, id),
    UNIQUE (kind, number)
) STRICT, WITHOUT ROWID;
