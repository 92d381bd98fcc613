-- Mail, and what comes by mail: confirmed addresses, emailed codes, links; and the recovery key.
-- migrations/postgres has the same.

ALTER TABLE accounts ADD COLUMN email_confirmed_at INTEGER;
-- When the password was last chosen with a mailed link, until somebody has given a second step that
-- isn't the mailbox: it must not be both.
ALTER TABLE accounts ADD COLUMN password_by_mail_at INTEGER;
ALTER TABLE organisations ADD COLUMN allows_emailed_code INTEGER NOT NULL DEFAULT 1 CHECK (allows_emailed_code IN (0, 1));

-- The outbox: each mail is written in the transaction of the act that causes it.
CREATE TABLE mails (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- Nobody's: for an address that no account has, so that its answer takes as long as any other.
    account_id    BLOB REFERENCES accounts (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL CHECK (length(kind) > 0),
    recipient     TEXT NOT NULL CHECK (length(recipient) BETWEEN 3 AND 254),
    -- The words, sealed, until it is sent or given up.
    message       BLOB,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'void')),
    -- The sign-in it is about: it isn't sent any more once that has ended well.
    session_id    BLOB CHECK (length(session_id) = 16),
    -- Of the mails with one slot there is one.
    slot          BLOB UNIQUE CHECK (length(slot) = 32),
    attempts      INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    created_at    INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    claimed_until INTEGER,
    ended_at      INTEGER,
    reason        TEXT,
    CHECK ((state = 'waiting') = (message IS NOT NULL))
) STRICT;

CREATE INDEX mails_due ON mails (due_at) WHERE state = 'waiting';
CREATE INDEX mails_of_account ON mails (account_id, kind, created_at);
CREATE INDEX mails_of_session ON mails (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX mails_ended ON mails (ended_at) WHERE state IN ('failed', 'void', 'sent');

-- Links in mails: each works once, for what it was made for.
CREATE TABLE links (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    purpose    TEXT NOT NULL CHECK (purpose IN ('confirm-email', 'reset-password', 'not-me')),
    -- Nobody's: beside a mail that is nobody's.
    account_id BLOB REFERENCES accounts (id) ON DELETE CASCADE,
    -- The mail goes, and the link with it. A link that was given on a page is of no mail.
    mail_id    BLOB REFERENCES mails (id) ON DELETE CASCADE,
    -- The mailbox that it went to.
    email      TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX links_of_account ON links (account_id, purpose);
CREATE INDEX links_of_mail ON links (mail_id);
CREATE INDEX links_by_expiry ON links (expires_at);

-- Emailed codes as a second step: on, for those who have a row.
CREATE TABLE emailed_code_methods (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id   BLOB NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

-- One live code to an attempt.
CREATE TABLE emailed_codes (
    session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    purpose    TEXT NOT NULL CHECK (purpose IN ('second-step', 'connect', 'confirm')),
    code_hash  BLOB NOT NULL CHECK (length(code_hash) = 32),
    -- Where it went: another address must confirm anew.
    email      TEXT NOT NULL,
    sent_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (session_id, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_keys (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BLOB NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    -- The key itself, sealed, until the person has said that it is saved.
    reveal     BLOB
) STRICT;
