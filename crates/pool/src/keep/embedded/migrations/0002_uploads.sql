-- Version 2: who began an upload, when, and when it last moved.
ALTER TABLE blob ADD COLUMN begun_by BLOB;
ALTER TABLE blob ADD COLUMN begun_at INTEGER;
ALTER TABLE blob ADD COLUMN touched_at INTEGER;
UPDATE blob SET begun_at = strftime('%s', 'now') * 1000, touched_at = strftime('%s', 'now') * 1000 WHERE whole_at IS NULL;
CREATE INDEX blob_unfinished ON blob (begun_by) WHERE whole_at IS NULL;
