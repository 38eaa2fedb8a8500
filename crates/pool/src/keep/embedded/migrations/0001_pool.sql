-- The pool's library, version 1.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The log. pool_seq is the place in the feed, given in the committing transaction.
CREATE TABLE record (
    pool_seq    INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    kind        INTEGER NOT NULL,
    device      BLOB NOT NULL,
    stream      INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    subject     BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    bytes       BLOB NOT NULL,
    UNIQUE (device, stream, seq)
);
CREATE INDEX record_subject ON record (subject, kind, pool_seq);

-- The newest record of every chain.
CREATE TABLE head (
    device BLOB NOT NULL,
    stream INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    id     BLOB NOT NULL,
    time   INTEGER NOT NULL,
    PRIMARY KEY (device, stream)
) WITHOUT ROWID;

-- Records that nobody merges by himself.
CREATE TABLE quarantine (
    id          BLOB PRIMARY KEY,
    code        TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    bytes       BLOB NOT NULL
);

CREATE TABLE verdict (
    record   BLOB PRIMARY KEY,
    accepted INTEGER NOT NULL,
    code     TEXT,
    state    TEXT
) WITHOUT ROWID;

CREATE TABLE person (
    person BLOB PRIMARY KEY,
    name   TEXT NOT NULL,
    roles  TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE device (
    device      BLOB PRIMARY KEY,
    public_key  TEXT NOT NULL,
    person      BLOB NOT NULL REFERENCES person (person),
    machine     TEXT NOT NULL,
    not_after   INTEGER NOT NULL,
    certificate BLOB NOT NULL,
    revoked     TEXT,
    seen_at     INTEGER
) WITHOUT ROWID;

CREATE TABLE invitation (
    code    BLOB PRIMARY KEY,
    person  BLOB NOT NULL,
    name    TEXT NOT NULL,
    roles   TEXT NOT NULL,
    expires INTEGER NOT NULL,
    used_by BLOB
) WITHOUT ROWID;

CREATE TABLE channel (
    channel BLOB PRIMARY KEY,
    body    TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE publish_job (
    job     BLOB PRIMARY KEY,
    story   BLOB NOT NULL,
    channel BLOB NOT NULL,
    account TEXT NOT NULL,
    rev     BLOB NOT NULL,
    marker  TEXT NOT NULL,
    lane    BLOB,
    state   TEXT NOT NULL,
    fence   INTEGER NOT NULL,
    at      INTEGER NOT NULL
) WITHOUT ROWID;
-- One release of one revision; one that surely did not happen stands in nobody's way.
CREATE UNIQUE INDEX publish_once ON publish_job (channel, account, story, rev)
    WHERE state NOT IN ('refused', 'not-released');

CREATE TABLE blob (
    root     BLOB PRIMARY KEY,
    length   INTEGER NOT NULL,
    manifest BLOB NOT NULL,
    bitmap   BLOB NOT NULL,
    whole_at INTEGER
);
