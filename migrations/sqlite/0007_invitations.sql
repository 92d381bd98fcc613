-- People who were asked to join, and lists of them that somebody is still putting together.
-- migrations/postgres has the same.

-- One to an address in an organisation. Whoever accepts one takes its row, and has an account then.
CREATE TABLE invitations (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    email           TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    -- What they may be called; they say so themselves.
    name            TEXT CHECK (length(name) > 0),
    -- How lists sort them: by that name, or else by their address.
    name_key        TEXT NOT NULL CHECK (length(name_key) > 0),
    role            TEXT NOT NULL CHECK (role IN ('agent', 'supervisor', 'account-holder')),
    team_id         BLOB,
    invited_by      BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    -- The link that works; none until its mail was written.
    token_hash      BLOB UNIQUE CHECK (length(token_hash) = 32),
    sent_at         INTEGER,
    expires_at      INTEGER,
    UNIQUE (organisation_id, email),
    CHECK ((token_hash IS NULL) = (sent_at IS NULL) AND (token_hash IS NULL) = (expires_at IS NULL)),
    FOREIGN KEY (team_id, organisation_id) REFERENCES teams (id, organisation_id),
    FOREIGN KEY (invited_by, organisation_id) REFERENCES accounts (id, organisation_id)
) STRICT;

CREATE INDEX invitations_by_name ON invitations (organisation_id, name_key, id);
CREATE INDEX invitations_unsent ON invitations (organisation_id, id) WHERE sent_at IS NULL;

-- What somebody typed or pasted, until they have looked at it and sent it: one to a person.
CREATE TABLE invitation_drafts (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    text       TEXT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('agent', 'supervisor', 'account-holder')),
    team       TEXT CHECK (length(team) > 0),
    created_at INTEGER NOT NULL
) STRICT;

-- Mails that many people get at once go after the others: a code that somebody waits for is never behind them.
ALTER TABLE mails ADD COLUMN is_bulk INTEGER NOT NULL DEFAULT 0 CHECK (is_bulk IN (0, 1));
DROP INDEX mails_due;
CREATE INDEX mails_due ON mails (is_bulk, due_at) WHERE state = 'waiting';
-- How many invitations went to an address lately.
CREATE INDEX mails_of_invitations ON mails (recipient, created_at) WHERE kind = 'invitation';
