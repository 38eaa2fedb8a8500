-- Version 4: small notes: leases, keys in escrow, links that open once, what was done.
CREATE TABLE note (
    drawer text NOT NULL,
    name   text NOT NULL,
    body   bytea NOT NULL,
    PRIMARY KEY (drawer, name)
);
CREATE INDEX quarantine_time ON quarantine (received_at);
