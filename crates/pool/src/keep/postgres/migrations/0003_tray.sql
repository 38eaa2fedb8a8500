-- Version 3: uploads of the side door, and where their bytes lie in the object store until they become a blob.
CREATE TABLE tray (
    id       text PRIMARY KEY,
    upload   text NOT NULL,
    held     bigint NOT NULL,
    moved_at bigint NOT NULL
);
CREATE TABLE tray_piece (
    id     text NOT NULL REFERENCES tray (id),
    first  bigint NOT NULL,
    length bigint NOT NULL,
    key    text NOT NULL,
    hash   bytea NOT NULL,
    PRIMARY KEY (id, first)
);
