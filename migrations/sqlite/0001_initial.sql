-- The first tables. migrations/postgres has the same file with the same tables and columns.
--
-- Ids are UUIDv7 in 16 bytes, times are microseconds since 1970 from our own clock. Closed sets of
-- words are checked here; factors are not, because that set grows and SQLite can't change a CHECK
-- without copying the table.

CREATE TABLE installation (
    id                INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    set_up_token_hash BLOB CHECK (length(set_up_token_hash) = 32),
    created_at        INTEGER NOT NULL
) STRICT;

-- What the keys of this installation make of a fixed text: another key ring is noticed at start,
-- before it can do harm.
CREATE TABLE key_checks (
    id                INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    value BLOB NOT NULL CHECK (length(value) = 32)
) STRICT;

CREATE TABLE organisations (
    id                   BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- Always 1 and unique: the database itself refuses a second organisation.
    only_one             INTEGER NOT NULL DEFAULT 1 UNIQUE CHECK (only_one = 1),
    name                 TEXT NOT NULL CHECK (length(name) > 0),
    requires_second_step INTEGER NOT NULL CHECK (requires_second_step IN (0, 1)),
    created_at           INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    email           TEXT NOT NULL UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
    name            TEXT NOT NULL CHECK (length(name) > 0),
    role            TEXT NOT NULL CHECK (role IN ('agent', 'supervisor', 'account-holder')),
    password_hash   TEXT NOT NULL CHECK (length(password_hash) > 0),
    created_at      INTEGER NOT NULL,
    last_sign_in_at INTEGER
) STRICT;

CREATE TABLE sessions (
    id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id     BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash     BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    stage          TEXT NOT NULL CHECK (stage IN ('second-step', 'enrolment', 'signed-in')),
    assurance      TEXT NOT NULL CHECK (assurance IN ('one', 'two')),
    second_factor  TEXT,
    password_at    INTEGER NOT NULL,
    second_step_at INTEGER,
    created_at     INTEGER NOT NULL,
    seen_at        INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    return_to      TEXT,
    browser        TEXT NOT NULL,
    address        TEXT NOT NULL
) STRICT;

-- None on seen_at or expires_at: seen_at changes with every request, and the purge that would
-- read them runs now and then over a table of one row a browser.
CREATE INDEX sessions_of_account ON sessions (account_id);

CREATE TABLE authenticator_apps (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id   BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- The session that began it: nobody else may see its key, whoever else knows the password.
    begun_in     BLOB NOT NULL CHECK (length(begun_in) = 16),
    name         TEXT NOT NULL CHECK (length(name) > 0),
    seed         BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_step    INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE INDEX authenticator_apps_of_account ON authenticator_apps (account_id);
CREATE UNIQUE INDEX authenticator_apps_one_pending ON authenticator_apps (account_id, begun_in) WHERE confirmed_at IS NULL;

CREATE TABLE backup_code_sets (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id   BLOB NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    salt         BLOB NOT NULL CHECK (length(salt) >= 16),
    params       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    -- The codes themselves, sealed, until the person has said that they are saved.
    reveal       BLOB,
    last_used_at INTEGER
) STRICT;

CREATE TABLE backup_codes (
    set_id  BLOB NOT NULL REFERENCES backup_code_sets (id) ON DELETE CASCADE,
    hash    BLOB NOT NULL CHECK (length(hash) = 32),
    used_at INTEGER,
    PRIMARY KEY (set_id, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE throttles (
    subject      BLOB NOT NULL CHECK (length(subject) = 32),
    factor       TEXT NOT NULL,
    -- The hash of a browser's cookie; zeros stand for all browsers that never signed in.
    device       BLOB NOT NULL CHECK (length(device) = 32),
    failures     INTEGER NOT NULL CHECK (failures >= 0),
    paused_until INTEGER,
    last_at      INTEGER NOT NULL,
    PRIMARY KEY (subject, factor, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE browsers (
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, token_hash)
) STRICT, WITHOUT ROWID;

-- No foreign keys: what happened stays on record when the account is gone.
CREATE TABLE audit_events (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organisation_id BLOB CHECK (length(organisation_id) = 16),
    account_id      BLOB CHECK (length(account_id) = 16),
    kind            TEXT NOT NULL CHECK (length(kind) > 0),
    at              INTEGER NOT NULL,
    address         TEXT NOT NULL,
    browser         TEXT NOT NULL,
    details         TEXT NOT NULL CHECK (json_valid(details))
) STRICT;

CREATE INDEX audit_events_of_account ON audit_events (account_id, id DESC);

CREATE TRIGGER audit_events_refuse_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are append-only');
END;

CREATE TRIGGER audit_events_refuse_delete BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are append-only');
END;
