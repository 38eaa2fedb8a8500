-- Full text. `search` holds the shadow text only (one token for every Han character); `search_doc` holds what
-- people wrote, for titles and snippets. A changed document gets a new row, so the newest have the highest rows.
CREATE TABLE search_doc (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  id BLOB NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (kind, id)
);
CREATE VIRTUAL TABLE search USING fts5 (
  title, body, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);
