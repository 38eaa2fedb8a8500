-- What the person wants sent at once goes before the others of its lane.
ALTER TABLE transfer ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
DROP INDEX transfer_open;
DROP INDEX transfer_order;
CREATE INDEX transfer_open ON transfer (lane, urgent DESC, total, root) WHERE state IN ('waiting', 'moving');
CREATE INDEX transfer_order ON transfer (state, lane, urgent DESC, total, root);
