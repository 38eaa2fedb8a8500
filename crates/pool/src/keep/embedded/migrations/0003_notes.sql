-- Version 3: small notes: leases, keys in escrow, links that open once, what was done.
CREATE TABLE note (
    drawer TEXT NOT NULL,
    name   TEXT NOT NULL,
    body   BLOB NOT NULL,
    PRIMARY KEY (drawer, name)
) WITHOUT ROWID;
CREATE INDEX quarantine_time ON quarantine (received_at);
