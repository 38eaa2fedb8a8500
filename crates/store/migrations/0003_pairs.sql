-- The shadow text now holds every Han character alone and together with the one after it, so that two characters are
-- one short list instead of two long ones held against each other. The index keeps no places (`detail`): phrases are
-- proved on the text. Titles have an index of their own, because they are asked first.
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5 (
  text, content = '', contentless_delete = 1, detail = none, tokenize = "unicode61 remove_diacritics 2"
);
CREATE VIRTUAL TABLE search_title USING fts5 (
  title, content = '', contentless_delete = 1, detail = none, tokenize = "unicode61 remove_diacritics 2"
);
-- Bytes gathered in memory before a piece of the index is written: fewer and larger pieces when much comes at once.
INSERT INTO search (search, rank) VALUES ('hashsize', 33554432);
INSERT INTO search (rowid, text) SELECT row, shadow(title || char(10) || body) FROM search_doc;
INSERT INTO search_title (rowid, title) SELECT row, shadow(title) FROM search_doc;
