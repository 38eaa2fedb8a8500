-- The pool in PostgreSQL, version 1. Ids and hashes are bytea; times are Unix milliseconds.
CREATE TABLE meta (
    name  text PRIMARY KEY,
    value text NOT NULL
);

-- The one row that every commit locks: it gives out the places of the feed, one after another and without a gap.
CREATE TABLE feed (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    head     bigint NOT NULL
);
INSERT INTO feed (head) VALUES (0);

-- The log. pool_seq is the place in the feed, given under the lock on its row.
CREATE TABLE record (
    pool_seq    bigint PRIMARY KEY,
    id          bytea NOT NULL UNIQUE,
    kind        integer NOT NULL,
    device      bytea NOT NULL,
    stream      smallint NOT NULL,
    seq         bigint NOT NULL,
    subject     bytea NOT NULL,
    received_at bigint NOT NULL,
    bytes       bytea NOT NULL,
    UNIQUE (device, stream, seq)
);
-- Bodies are packed already; their length is told without reading them.
ALTER TABLE record ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX record_subject ON record (subject, kind, pool_seq);

-- The newest record of every chain.
CREATE TABLE chain_end (
    device bytea NOT NULL,
    stream smallint NOT NULL,
    seq    bigint NOT NULL,
    id     bytea NOT NULL,
    time   bigint NOT NULL,
    PRIMARY KEY (device, stream)
);

CREATE TABLE quarantine (
    id          bytea PRIMARY KEY,
    code        text NOT NULL,
    received_at bigint NOT NULL,
    bytes       bytea NOT NULL
);

CREATE TABLE verdict (
    record   bytea PRIMARY KEY,
    accepted boolean NOT NULL,
    code     text,
    state    text
);

CREATE TABLE person (
    person bytea PRIMARY KEY,
    name   text NOT NULL,
    roles  text NOT NULL
);

CREATE TABLE device (
    device      bytea PRIMARY KEY,
    public_key  text NOT NULL,
    person      bytea NOT NULL REFERENCES person (person),
    machine     text NOT NULL,
    not_after   bigint NOT NULL,
    certificate bytea NOT NULL,
    revoked     text,
    seen_at     bigint
);
CREATE INDEX device_person ON device (person);

CREATE TABLE invitation (
    code    bytea PRIMARY KEY,
    person  bytea NOT NULL,
    name    text NOT NULL,
    roles   text NOT NULL,
    expires bigint NOT NULL,
    used_by bytea
);

CREATE TABLE channel (
    channel bytea PRIMARY KEY,
    body    text NOT NULL
);

-- Sealed under a key derived from the pool's.
CREATE TABLE channel_secret (
    channel bytea PRIMARY KEY,
    sealed  bytea NOT NULL
);

CREATE TABLE publish_job (
    job         bytea PRIMARY KEY,
    story       bytea NOT NULL,
    channel     bytea NOT NULL,
    account     text NOT NULL,
    rev         bytea NOT NULL,
    marker      text NOT NULL,
    lane        bytea,
    state       text NOT NULL,
    fence       bigint NOT NULL,
    at          bigint NOT NULL,
    -- The process that has it in hand, and until when by the database's clock.
    worker      bytea,
    lease_until timestamptz
);
CREATE UNIQUE INDEX publish_once ON publish_job (channel, account, story, rev)
    WHERE state NOT IN ('refused', 'not-released');
CREATE INDEX publish_story ON publish_job (story, channel);
CREATE INDEX publish_open ON publish_job (at) WHERE lane IS NULL AND state IN ('waiting', 'sending');

CREATE TABLE blob (
    root     bytea PRIMARY KEY,
    length   bigint NOT NULL,
    manifest bytea NOT NULL,
    bitmap   bytea NOT NULL,
    is_full  boolean NOT NULL,
    whole_at bigint
);
CREATE INDEX blob_full ON blob (root) WHERE is_full AND whole_at IS NULL;

-- Verified segments in the object store that wait to be read back and sealed.
CREATE TABLE blob_part (
    key      text PRIMARY KEY,
    root     bytea NOT NULL REFERENCES blob (root),
    slab     bigint NOT NULL,
    first    bigint NOT NULL,
    segments bigint NOT NULL
);
CREATE INDEX blob_part_slab ON blob_part (root, slab, first);

-- Sixteen MiB of a blob, read back from the object store and verified.
CREATE TABLE blob_slab (
    root bytea NOT NULL REFERENCES blob (root),
    slab bigint NOT NULL,
    key  text NOT NULL,
    PRIMARY KEY (root, slab)
);

-- Names in the object store that nothing counts on: written before an object is, removed when it counts.
CREATE TABLE loose_object (
    key text PRIMARY KEY,
    at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
