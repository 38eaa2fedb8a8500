-- Version 2: who began an upload, when, and when it last moved.
ALTER TABLE blob ADD COLUMN begun_by bytea;
ALTER TABLE blob ADD COLUMN begun_at bigint;
ALTER TABLE blob ADD COLUMN touched_at bigint;
UPDATE blob SET begun_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
    touched_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint WHERE whole_at IS NULL;
CREATE INDEX blob_unfinished ON blob (begun_by) WHERE whole_at IS NULL;
