-- The library of one laptop. Ids are 16 bytes, fingerprints 32 bytes, moments Unix milliseconds.

-- Immutable signed records, the reporter's own and those taken in from the pool. rowid is the local order.
CREATE TABLE record (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  device BLOB NOT NULL,
  stream INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  subject BLOB NOT NULL,
  pool_seq INTEGER,
  applied INTEGER NOT NULL DEFAULT 0,
  bytes BLOB NOT NULL,
  UNIQUE (device, stream, seq)
);
CREATE INDEX record_subject ON record (subject, kind);
CREATE INDEX record_kind ON record (kind, row);
CREATE INDEX record_unapplied ON record (row) WHERE applied = 0;

-- How far the pool has acknowledged the streams of this laptop.
CREATE TABLE pushed (
  device BLOB NOT NULL,
  stream INTEGER NOT NULL,
  upto_seq INTEGER NOT NULL,
  PRIMARY KEY (device, stream)
) WITHOUT ROWID;

-- Records that must not count: forks, broken chains, bad signatures. Kept whole for an administrator.
CREATE TABLE quarantine (
  row INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  device BLOB NOT NULL,
  stream INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  pool_seq INTEGER,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  bytes BLOB NOT NULL
);
CREATE INDEX quarantine_device ON quarantine (device, reason);

-- Typed but not yet sealed into a record.
CREATE TABLE doc_local (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  story BLOB NOT NULL,
  session TEXT NOT NULL,
  at INTEGER NOT NULL,
  bytes BLOB NOT NULL
);
CREATE INDEX doc_local_story ON doc_local (story, row);

-- The one pool this library belongs to, and the pull cursor.
CREATE TABLE pool (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  pool_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  url TEXT NOT NULL,
  key BLOB NOT NULL,
  cursor INTEGER NOT NULL,
  certificate BLOB
);

CREATE TABLE revision_body (
  rev BLOB PRIMARY KEY,
  canonical BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE revision (
  row INTEGER PRIMARY KEY,
  story BLOB NOT NULL,
  rev BLOB NOT NULL REFERENCES revision_body (rev),
  why TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (story, rev, why)
);

CREATE TABLE story (
  story BLOB PRIMARY KEY,
  headline TEXT NOT NULL,
  state TEXT NOT NULL,
  author TEXT NOT NULL,
  updated INTEGER NOT NULL,
  binned INTEGER NOT NULL,
  counts TEXT NOT NULL,
  card TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX story_updated ON story (binned, updated);
CREATE INDEX story_state ON story (state, binned, updated);

CREATE TABLE clip (
  clip BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  blob BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  kind TEXT NOT NULL,
  mime TEXT NOT NULL,
  width INTEGER,
  height INTEGER,
  duration_ms INTEGER,
  captured_at INTEGER,
  added_at INTEGER NOT NULL,
  story BLOB,
  caption TEXT NOT NULL,
  credit TEXT NOT NULL,
  state TEXT NOT NULL,
  card TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX clip_added ON clip (added_at);
CREATE INDEX clip_story ON clip (story, added_at);
CREATE INDEX clip_blob ON clip (blob);

CREATE TABLE derived (
  clip BLOB NOT NULL,
  role TEXT NOT NULL,
  blob BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  mime TEXT NOT NULL,
  PRIMARY KEY (clip, role)
) WITHOUT ROWID;

CREATE TABLE transfer (
  root BLOB NOT NULL,
  direction TEXT NOT NULL,
  lane INTEGER NOT NULL,
  state TEXT NOT NULL,
  done_bytes INTEGER NOT NULL,
  total INTEGER NOT NULL,
  next_try INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  subject BLOB NOT NULL,
  PRIMARY KEY (root, direction)
) WITHOUT ROWID;
CREATE INDEX transfer_open ON transfer (lane, total, root) WHERE state IN ('waiting', 'moving');
CREATE INDEX transfer_order ON transfer (state, lane, total, root);

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE job (
  job BLOB PRIMARY KEY,
  started INTEGER NOT NULL,
  is_over INTEGER NOT NULL,
  card TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX job_started ON job (is_over, started);

CREATE TABLE sync_log (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  level TEXT NOT NULL,
  code TEXT NOT NULL,
  params TEXT NOT NULL,
  subject BLOB
);

-- Exactly one release of one revision of one story on one channel and account.
CREATE TABLE delivery (
  push BLOB PRIMARY KEY,
  story BLOB NOT NULL,
  channel BLOB NOT NULL,
  account TEXT NOT NULL,
  rev BLOB NOT NULL,
  state TEXT NOT NULL,
  marker TEXT NOT NULL,
  fence INTEGER NOT NULL,
  url TEXT,
  remote_id TEXT,
  error TEXT,
  at INTEGER NOT NULL,
  UNIQUE (channel, account, story, rev)
) WITHOUT ROWID;
CREATE INDEX delivery_story ON delivery (story, at);

CREATE TABLE cut (
  cut BLOB PRIMARY KEY,
  story BLOB,
  json TEXT NOT NULL,
  updated INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX cut_story ON cut (story, updated);
