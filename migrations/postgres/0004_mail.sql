-- Mail, and what comes by mail: confirmed addresses, emailed codes, links; and the recovery key.
-- migrations/sqlite has the same.

ALTER TABLE accounts ADD COLUMN email_confirmed_at BIGINT;
-- When the password was last chosen with a mailed link, until somebody has given a second step that
-- isn't the mailbox: it must not be both.
ALTER TABLE accounts ADD COLUMN password_by_mail_at BIGINT;
ALTER TABLE organisations ADD COLUMN allows_emailed_code BOOLEAN NOT NULL DEFAULT TRUE;

-- The outbox: each mail is written in the transaction of the act that causes it.
CREATE TABLE mails (
    id            UUID NOT NULL PRIMARY KEY,
    -- Nobody's: for an address that no account has, so that its answer takes as long as any other.
    account_id    UUID REFERENCES accounts (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL CHECK (length(kind) > 0),
    recipient     TEXT NOT NULL CHECK (length(recipient) BETWEEN 3 AND 254),
    -- The words, sealed, until it is sent or given up.
    message       BYTEA,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'void')),
    -- The sign-in it is about: it isn't sent any more once that has ended well.
    session_id    UUID,
    -- Of the mails with one slot there is one.
    slot          BYTEA UNIQUE CHECK (octet_length(slot) = 32),
    attempts      BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    created_at    BIGINT NOT NULL,
    due_at        BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    claimed_until BIGINT,
    ended_at      BIGINT,
    reason        TEXT,
    CHECK ((state = 'waiting') = (message IS NOT NULL))
);

CREATE INDEX mails_due ON mails (due_at) WHERE state = 'waiting';
CREATE INDEX mails_of_account ON mails (account_id, kind, created_at);
CREATE INDEX mails_of_session ON mails (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX mails_ended ON mails (ended_at) WHERE state IN ('failed', 'void', 'sent');

-- Links in mails: each works once, for what it was made for.
CREATE TABLE links (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    purpose    TEXT NOT NULL CHECK (purpose IN ('confirm-email', 'reset-password', 'not-me')),
    -- Nobody's: beside a mail that is nobody's.
    account_id UUID REFERENCES accounts (id) ON DELETE CASCADE,
    -- The mail goes, and the link with it. A link that was given on a page is of no mail.
    mail_id    UUID REFERENCES mails (id) ON DELETE CASCADE,
    -- The mailbox that it went to.
    email      TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX links_of_account ON links (account_id, purpose);
CREATE INDEX links_of_mail ON links (mail_id);
CREATE INDEX links_by_expiry ON links (expires_at);

-- Emailed codes as a second step: on, for those who have a row.
CREATE TABLE emailed_code_methods (
    id           UUID NOT NULL PRIMARY KEY,
    account_id   UUID NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT
);

-- One live code to an attempt.
CREATE TABLE emailed_codes (
    session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    purpose    TEXT NOT NULL CHECK (purpose IN ('second-step', 'connect', 'confirm')),
    code_hash  BYTEA NOT NULL CHECK (octet_length(code_hash) = 32),
    -- Where it went: another address must confirm anew.
    email      TEXT NOT NULL,
    sent_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (session_id, purpose)
);

CREATE TABLE recovery_keys (
    id         UUID NOT NULL PRIMARY KEY,
    account_id UUID NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    hash       BYTEA NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    created_at BIGINT NOT NULL,
    -- The key itself, sealed, until the person has said that it is saved.
    reveal     BYTEA
);
