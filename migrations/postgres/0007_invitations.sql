-- People who were asked to join, and lists of them that somebody is still putting together.
-- migrations/sqlite has the same.

-- One to an address in an organisation. Whoever accepts one takes its row, and has an account then.
CREATE TABLE invitations (
    id              UUID NOT NULL PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    email           TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    -- What they may be called; they say so themselves.
    name            TEXT CHECK (length(name) > 0),
    -- How lists sort them: by that name, or else by their address; by code point, as SQLite does.
    name_key        TEXT COLLATE "C" NOT NULL CHECK (length(name_key) > 0),
    role            TEXT NOT NULL CHECK (role IN ('agent', 'supervisor', 'account-holder')),
    team_id         UUID,
    invited_by      UUID NOT NULL,
    created_at      BIGINT NOT NULL,
    -- The link that works; none until its mail was written.
    token_hash      BYTEA UNIQUE CHECK (length(token_hash) = 32),
    sent_at         BIGINT,
    expires_at      BIGINT,
    UNIQUE (organisation_id, email),
    CHECK ((token_hash IS NULL) = (sent_at IS NULL) AND (token_hash IS NULL) = (expires_at IS NULL)),
    FOREIGN KEY (team_id, organisation_id) REFERENCES teams (id, organisation_id),
    FOREIGN KEY (invited_by, organisation_id) REFERENCES accounts (id, organisation_id)
);

CREATE INDEX invitations_by_name ON invitations (organisation_id, name_key, id);
CREATE INDEX invitations_unsent ON invitations (organisation_id, id) WHERE sent_at IS NULL;

-- What somebody typed or pasted, until they have looked at it and sent it: one to a person.
CREATE TABLE invitation_drafts (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    text       TEXT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('agent', 'supervisor', 'account-holder')),
    team       TEXT CHECK (length(team) > 0),
    created_at BIGINT NOT NULL
);

-- Mails that many people get at once go after the others: a code that somebody waits for is never behind them.
ALTER TABLE mails ADD COLUMN is_bulk BOOLEAN NOT NULL DEFAULT FALSE;
DROP INDEX mails_due;
CREATE INDEX mails_due ON mails (is_bulk, due_at) WHERE state = 'waiting';
-- How many invitations went to an address lately.
CREATE INDEX mails_of_invitations ON mails (recipient, created_at) WHERE kind = 'invitation';
