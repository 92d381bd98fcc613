-- The organisation: what it asks of its people, its teams, and where each of its people stands.
-- migrations/postgres has the same.

-- Several organisations may live here now, so `only_one` goes. SQLite can't drop a column that is
-- unique: the table is made anew. What refers to it is checked at the commit, when it is there again.
PRAGMA defer_foreign_keys = ON;
CREATE TEMPORARY TABLE organisations_before AS SELECT * FROM organisations;
DROP TABLE organisations;

CREATE TABLE organisations (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name            TEXT NOT NULL CHECK (length(name) > 0),
    -- From when on everybody needs a second step, and when that was said.
    required_from   INTEGER,
    announced_at    INTEGER,
    -- 1 security keys, 2 passkeys, 4 authenticator apps, 8 emailed codes. Never none.
    allowed_methods INTEGER NOT NULL DEFAULT 15 CHECK (allowed_methods BETWEEN 1 AND 15),
    -- Counts up with each change of what is asked, so that of two who change it at once one looks again.
    policy_changes  INTEGER NOT NULL DEFAULT 0 CHECK (policy_changes >= 0),
    created_at      INTEGER NOT NULL,
    CHECK ((required_from IS NULL) = (announced_at IS NULL))
) STRICT;

INSERT INTO organisations (id, name, required_from, announced_at, allowed_methods, created_at)
SELECT id, name, CASE WHEN requires_second_step THEN created_at END, CASE WHEN requires_second_step THEN created_at END,
    CASE WHEN allows_emailed_code THEN 15 ELSE 7 END, created_at
FROM organisations_before;
DROP TABLE organisations_before;

CREATE TABLE teams (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    name            TEXT NOT NULL CHECK (length(name) > 0),
    -- The name as it is compared: "Night desk" and "night desk" are one team.
    name_key        TEXT NOT NULL CHECK (length(name_key) > 0),
    created_at      INTEGER NOT NULL,
    -- When those of it who aren't set up were last reminded.
    reminded_at     INTEGER,
    UNIQUE (organisation_id, name_key),
    UNIQUE (id, organisation_id)
) STRICT;

ALTER TABLE accounts ADD COLUMN team_id BLOB REFERENCES teams (id);
-- The name as lists sort it.
ALTER TABLE accounts ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
-- What they have connected: the bits of organisations.allowed_methods. Kept by triggers.
ALTER TABLE accounts ADD COLUMN methods INTEGER NOT NULL DEFAULT 0 CHECK (methods BETWEEN 0 AND 15);
ALTER TABLE accounts ADD COLUMN disabled_at INTEGER;
-- 0 not set up, 1 set up: a method that is allowed, 2 disabled. Kept by triggers.
ALTER TABLE accounts ADD COLUMN standing INTEGER NOT NULL DEFAULT 0 CHECK (standing IN (0, 1, 2));

-- Those whose name is still to be written as lists sort it: what a database makes of capitals isn't the same everywhere.
CREATE INDEX accounts_without_name_key ON accounts (id) WHERE name_key = '';
CREATE UNIQUE INDEX accounts_in_organisation ON accounts (id, organisation_id);
CREATE INDEX accounts_by_standing ON accounts (organisation_id, standing, name_key, id);
CREATE INDEX accounts_by_team ON accounts (organisation_id, team_id, standing, name_key, id);
CREATE INDEX accounts_by_methods ON accounts (organisation_id, methods, standing, team_id, id);
CREATE INDEX accounts_by_role ON accounts (organisation_id, role, standing, name_key, id);

CREATE TABLE team_supervisors (
    team_id         BLOB NOT NULL CHECK (length(team_id) = 16),
    account_id      BLOB NOT NULL CHECK (length(account_id) = 16),
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16),
    PRIMARY KEY (team_id, account_id),
    FOREIGN KEY (team_id, organisation_id) REFERENCES teams (id, organisation_id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, organisation_id) REFERENCES accounts (id, organisation_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX team_supervisors_of_account ON team_supervisors (account_id);

-- Nobody is in another organisation's team.
CREATE TRIGGER accounts_refuse_other_team_on_insert BEFORE INSERT ON accounts
WHEN NEW.team_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM teams WHERE id = NEW.team_id AND organisation_id = NEW.organisation_id)
BEGIN
    SELECT RAISE(ABORT, 'the team is of another organisation');
END;

CREATE TRIGGER accounts_refuse_other_team_on_update BEFORE UPDATE OF team_id, organisation_id ON accounts
WHEN NEW.team_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM teams WHERE id = NEW.team_id AND organisation_id = NEW.organisation_id)
BEGIN
    SELECT RAISE(ABORT, 'the team is of another organisation');
END;

-- What somebody has connected follows the tables of methods.
CREATE TRIGGER credentials_count_when_added AFTER INSERT ON credentials
BEGIN
    UPDATE accounts SET methods = methods | CASE NEW.kind WHEN 'security-key' THEN 1 ELSE 2 END WHERE id = NEW.account_id;
END;

CREATE TRIGGER credentials_count_when_removed AFTER DELETE ON credentials
WHEN NOT EXISTS (SELECT 1 FROM credentials WHERE account_id = OLD.account_id AND kind = OLD.kind)
BEGIN
    UPDATE accounts SET methods = methods & ~(CASE OLD.kind WHEN 'security-key' THEN 1 ELSE 2 END) WHERE id = OLD.account_id;
END;

CREATE TRIGGER authenticator_apps_count_when_added AFTER INSERT ON authenticator_apps
WHEN NEW.confirmed_at IS NOT NULL
BEGIN
    UPDATE accounts SET methods = methods | 4 WHERE id = NEW.account_id;
END;

CREATE TRIGGER authenticator_apps_count_when_confirmed AFTER UPDATE OF confirmed_at ON authenticator_apps
WHEN NEW.confirmed_at IS NOT NULL
BEGIN
    UPDATE accounts SET methods = methods | 4 WHERE id = NEW.account_id;
END;

CREATE TRIGGER authenticator_apps_count_when_removed AFTER DELETE ON authenticator_apps
WHEN NOT EXISTS (SELECT 1 FROM authenticator_apps WHERE account_id = OLD.account_id AND confirmed_at IS NOT NULL)
BEGIN
    UPDATE accounts SET methods = methods & ~4 WHERE id = OLD.account_id;
END;

CREATE TRIGGER emailed_code_methods_count_when_added AFTER INSERT ON emailed_code_methods
BEGIN
    UPDATE accounts SET methods = methods | 8 WHERE id = NEW.account_id AND email_confirmed_at IS NOT NULL;
END;

CREATE TRIGGER emailed_code_methods_count_when_removed AFTER DELETE ON emailed_code_methods
BEGIN
    UPDATE accounts SET methods = methods & ~8 WHERE id = OLD.account_id;
END;

-- A mailbox that isn't known to be theirs is no method.
CREATE TRIGGER accounts_count_emailed_codes AFTER UPDATE OF email_confirmed_at ON accounts
WHEN (OLD.email_confirmed_at IS NULL) <> (NEW.email_confirmed_at IS NULL)
BEGIN
    UPDATE accounts SET methods = CASE
        WHEN NEW.email_confirmed_at IS NOT NULL AND EXISTS (SELECT 1 FROM emailed_code_methods WHERE account_id = NEW.id) THEN methods | 8
        ELSE methods & ~8 END
    WHERE id = NEW.id;
END;

-- And where somebody stands follows from that and from what is allowed.
CREATE TRIGGER accounts_stand_when_added AFTER INSERT ON accounts
BEGIN
    UPDATE accounts SET standing = CASE WHEN disabled_at IS NOT NULL THEN 2
        WHEN methods & (SELECT allowed_methods FROM organisations WHERE id = NEW.organisation_id) <> 0 THEN 1 ELSE 0 END
    WHERE id = NEW.id;
END;

CREATE TRIGGER accounts_stand_when_changed AFTER UPDATE OF methods, disabled_at ON accounts
BEGIN
    UPDATE accounts SET standing = CASE WHEN disabled_at IS NOT NULL THEN 2
        WHEN methods & (SELECT allowed_methods FROM organisations WHERE id = NEW.organisation_id) <> 0 THEN 1 ELSE 0 END
    WHERE id = NEW.id;
END;

CREATE TRIGGER organisations_stand_when_changed AFTER UPDATE OF allowed_methods ON organisations
WHEN OLD.allowed_methods <> NEW.allowed_methods
BEGIN
    UPDATE accounts SET standing = CASE WHEN methods & NEW.allowed_methods <> 0 THEN 1 ELSE 0 END
    WHERE organisation_id = NEW.id AND standing < 2
        AND standing <> CASE WHEN methods & NEW.allowed_methods <> 0 THEN 1 ELSE 0 END;
END;

-- Those who are here already.
UPDATE accounts SET methods =
    CASE WHEN EXISTS (SELECT 1 FROM credentials WHERE account_id = accounts.id AND kind = 'security-key') THEN 1 ELSE 0 END
    | CASE WHEN EXISTS (SELECT 1 FROM credentials WHERE account_id = accounts.id AND kind = 'passkey') THEN 2 ELSE 0 END
    | CASE WHEN EXISTS (SELECT 1 FROM authenticator_apps WHERE account_id = accounts.id AND confirmed_at IS NOT NULL) THEN 4 ELSE 0 END
    | CASE WHEN email_confirmed_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM emailed_code_methods WHERE account_id = accounts.id) THEN 8 ELSE 0 END;

-- Sessions that were ended for people rather than by them, so that their browser can say why.
CREATE TABLE ended_sessions (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    because    TEXT NOT NULL CHECK (because IN ('second-step-required')),
    ended_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ended_sessions_by_time ON ended_sessions (ended_at);

-- Whose failures they are, where they are somebody's: to find those who are held.
ALTER TABLE throttles ADD COLUMN account_id BLOB REFERENCES accounts (id) ON DELETE CASCADE;
CREATE INDEX throttles_of_account ON throttles (account_id) WHERE account_id IS NOT NULL AND failures >= 5;

-- Stands in for the second step once: given by somebody who knows whom they are talking to.
CREATE TABLE access_codes (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    code_hash  BLOB NOT NULL CHECK (length(code_hash) = 32),
    given_by   BLOB NOT NULL CHECK (length(given_by) = 16),
    -- The code itself, sealed, until whoever gave it has seen it in the session they gave it in.
    reveal     BLOB,
    session_id BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Who did it, where that is somebody else than whom it happened to.
ALTER TABLE audit_events ADD COLUMN actor_id BLOB CHECK (length(actor_id) = 16);

-- Reminders of a deadline that are on their way or were sent: once for each of 7, 3, 1 and 0 days before it.
-- Mails are written a few hundred at a time; after_id is how far that has come.
CREATE TABLE deadline_reminders (
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    required_from   INTEGER NOT NULL,
    days            INTEGER NOT NULL CHECK (days IN (0, 1, 3, 7)),
    after_id        BLOB NOT NULL CHECK (length(after_id) = 16),
    done_at         INTEGER,
    PRIMARY KEY (organisation_id, required_from, days)
) STRICT, WITHOUT ROWID;
-- The team of whom it happened to, then.
ALTER TABLE audit_events ADD COLUMN team_id BLOB CHECK (length(team_id) = 16);
CREATE INDEX audit_events_of_organisation ON audit_events (organisation_id, id);
CREATE INDEX audit_events_of_kind ON audit_events (organisation_id, kind, id);
CREATE INDEX audit_events_of_team ON audit_events (team_id, id) WHERE team_id IS NOT NULL;
CREATE INDEX audit_events_of_actor ON audit_events (actor_id, id) WHERE actor_id IS NOT NULL;

-- The chain: each link is a keyed hash of the one before and of its event, so that an event that was changed
-- or taken out is noticed. One chain to an organisation; zeros stand for events of none.
CREATE TABLE audit_links (
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16),
    position        INTEGER NOT NULL CHECK (position > 0),
    event_id        BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
    hash            BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (organisation_id, position)
) STRICT, WITHOUT ROWID;

-- Where each chain ends. Who adds to it takes its row.
CREATE TABLE audit_chains (
    organisation_id BLOB NOT NULL PRIMARY KEY CHECK (length(organisation_id) = 16),
    length          INTEGER NOT NULL CHECK (length >= 0),
    hash            BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT, WITHOUT ROWID;

-- There is a row while events from before the chain are still to be linked.
CREATE TABLE audit_backlogs (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1)
) STRICT;

INSERT INTO audit_backlogs (id) VALUES (1);

CREATE TRIGGER audit_links_refuse_update BEFORE UPDATE ON audit_links
BEGIN
    SELECT RAISE(ABORT, 'the audit chain is append-only');
END;

CREATE TRIGGER audit_links_refuse_delete BEFORE DELETE ON audit_links
BEGIN
    SELECT RAISE(ABORT, 'the audit chain is append-only');
END;
