-- The pool makes the blob itself, from what it holds already: nothing of it travels.
ALTER TABLE transfer ADD COLUMN making INTEGER NOT NULL DEFAULT 0;
