-- The first tables. migrations/sqlite has the same file with the same tables and columns.
--
-- Ids are UUIDv7, times are microseconds since 1970 from our own clock. Closed sets of words are
-- checked here; factors are not, because that set grows and SQLite can't change a CHECK without
-- copying the table.

CREATE TABLE installation (
    id                BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    set_up_token_hash BYTEA CHECK (length(set_up_token_hash) = 32),
    created_at        BIGINT NOT NULL
);

-- What the keys of this installation make of a fixed text: another key ring is noticed at start,
-- before it can do harm.
CREATE TABLE key_checks (
    id                BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    value BYTEA NOT NULL CHECK (octet_length(value) = 32)
);

CREATE TABLE organisations (
    id                   UUID NOT NULL PRIMARY KEY,
    -- Always 1 and unique: the database itself refuses a second organisation.
    only_one             BIGINT NOT NULL DEFAULT 1 UNIQUE CHECK (only_one = 1),
    name                 TEXT NOT NULL CHECK (length(name) > 0),
    requires_second_step BOOLEAN NOT NULL,
    created_at           BIGINT NOT NULL
);

CREATE TABLE accounts (
    id              UUID NOT NULL PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    email           TEXT NOT NULL UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
    name            TEXT NOT NULL CHECK (length(name) > 0),
    role            TEXT NOT NULL CHECK (role IN ('agent', 'supervisor', 'account-holder')),
    password_hash   TEXT NOT NULL CHECK (length(password_hash) > 0),
    created_at      BIGINT NOT NULL,
    last_sign_in_at BIGINT
);

CREATE TABLE sessions (
    id             UUID NOT NULL PRIMARY KEY,
    account_id     UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash     BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    stage          TEXT NOT NULL CHECK (stage IN ('second-step', 'enrolment', 'signed-in')),
    assurance      TEXT NOT NULL CHECK (assurance IN ('one', 'two')),
    second_factor  TEXT,
    password_at    BIGINT NOT NULL,
    second_step_at BIGINT,
    created_at     BIGINT NOT NULL,
    seen_at        BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    return_to      TEXT,
    browser        TEXT NOT NULL,
    address        TEXT NOT NULL
);

-- None on seen_at or expires_at: seen_at changes with every request, and the purge that would
-- read them runs now and then over a table of one row a browser.
CREATE INDEX sessions_of_account ON sessions (account_id);

CREATE TABLE authenticator_apps (
    id           UUID NOT NULL PRIMARY KEY,
    account_id   UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- The session that began it: nobody else may see its key, whoever else knows the password.
    begun_in     UUID NOT NULL,
    name         TEXT NOT NULL CHECK (length(name) > 0),
    seed         BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step    BIGINT,
    last_used_at BIGINT
);

CREATE INDEX authenticator_apps_of_account ON authenticator_apps (account_id);
CREATE UNIQUE INDEX authenticator_apps_one_pending ON authenticator_apps (account_id, begun_in) WHERE confirmed_at IS NULL;

CREATE TABLE backup_code_sets (
    id           UUID NOT NULL PRIMARY KEY,
    account_id   UUID NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    salt         BYTEA NOT NULL CHECK (length(salt) >= 16),
    params       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    -- The codes themselves, sealed, until the person has said that they are saved.
    reveal       BYTEA,
    last_used_at BIGINT
);

CREATE TABLE backup_codes (
    set_id  UUID NOT NULL REFERENCES backup_code_sets (id) ON DELETE CASCADE,
    hash    BYTEA NOT NULL CHECK (length(hash) = 32),
    used_at BIGINT,
    PRIMARY KEY (set_id, hash)
);

CREATE TABLE throttles (
    subject      BYTEA NOT NULL CHECK (length(subject) = 32),
    factor       TEXT NOT NULL,
    -- The hash of a browser's cookie; zeros stand for all browsers that never signed in.
    device       BYTEA NOT NULL CHECK (length(device) = 32),
    failures     BIGINT NOT NULL CHECK (failures >= 0),
    paused_until BIGINT,
    last_at      BIGINT NOT NULL,
    PRIMARY KEY (subject, factor, device)
);

CREATE TABLE browsers (
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash BYTEA NOT NULL CHECK (length(token_hash) = 32),
    first_at   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, token_hash)
);

-- No foreign keys: what happened stays on record when the account is gone.
CREATE TABLE audit_events (
    id              UUID NOT NULL PRIMARY KEY,
    organisation_id UUID,
    account_id      UUID,
    kind            TEXT NOT NULL CHECK (length(kind) > 0),
    at              BIGINT NOT NULL,
    address         TEXT NOT NULL,
    browser         TEXT NOT NULL,
    details         TEXT NOT NULL CHECK (details::json IS NOT NULL)
);

CREATE INDEX audit_events_of_account ON audit_events (account_id, id DESC);

CREATE FUNCTION refuse_change_of_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only';
END;
$$;

CREATE TRIGGER audit_events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_events();
