-- The organisation: what it asks of its people, its teams, and where each of its people stands.
-- migrations/sqlite has the same.

-- Several organisations may live here now.
ALTER TABLE organisations DROP COLUMN only_one;
-- From when on everybody needs a second step, and when that was said.
ALTER TABLE organisations ADD COLUMN required_from BIGINT;
ALTER TABLE organisations ADD COLUMN announced_at BIGINT;
-- 1 security keys, 2 passkeys, 4 authenticator apps, 8 emailed codes. Never none.
ALTER TABLE organisations ADD COLUMN allowed_methods BIGINT NOT NULL DEFAULT 15 CHECK (allowed_methods BETWEEN 1 AND 15);
-- Counts up with each change of what is asked, so that of two who change it at once one looks again.
ALTER TABLE organisations ADD COLUMN policy_changes BIGINT NOT NULL DEFAULT 0 CHECK (policy_changes >= 0);
UPDATE organisations SET required_from = CASE WHEN requires_second_step THEN created_at END,
    announced_at = CASE WHEN requires_second_step THEN created_at END,
    allowed_methods = CASE WHEN allows_emailed_code THEN 15 ELSE 7 END;
ALTER TABLE organisations ADD CHECK ((required_from IS NULL) = (announced_at IS NULL));
ALTER TABLE organisations DROP COLUMN requires_second_step;
ALTER TABLE organisations DROP COLUMN allows_emailed_code;

CREATE TABLE teams (
    id              UUID NOT NULL PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    name            TEXT NOT NULL CHECK (length(name) > 0),
    -- The name as it is compared: "Night desk" and "night desk" are one team.
    name_key        TEXT COLLATE "C" NOT NULL CHECK (length(name_key) > 0),
    created_at      BIGINT NOT NULL,
    -- When those of it who aren't set up were last reminded.
    reminded_at     BIGINT,
    UNIQUE (organisation_id, name_key),
    UNIQUE (id, organisation_id)
);

ALTER TABLE accounts ADD COLUMN team_id UUID;
-- The name as lists sort it: by code point, as SQLite does.
ALTER TABLE accounts ADD COLUMN name_key TEXT COLLATE "C" NOT NULL DEFAULT '';
-- What they have connected: the bits of organisations.allowed_methods. Kept by triggers.
ALTER TABLE accounts ADD COLUMN methods BIGINT NOT NULL DEFAULT 0 CHECK (methods BETWEEN 0 AND 15);
ALTER TABLE accounts ADD COLUMN disabled_at BIGINT;
-- 0 not set up, 1 set up: a method that is allowed, 2 disabled. Kept by triggers.
ALTER TABLE accounts ADD COLUMN standing BIGINT NOT NULL DEFAULT 0 CHECK (standing IN (0, 1, 2));

-- Those whose name is still to be written as lists sort it: what a database makes of capitals isn't the same everywhere.
CREATE INDEX accounts_without_name_key ON accounts (id) WHERE name_key = '';
CREATE UNIQUE INDEX accounts_in_organisation ON accounts (id, organisation_id);
CREATE INDEX accounts_by_standing ON accounts (organisation_id, standing, name_key, id);
CREATE INDEX accounts_by_team ON accounts (organisation_id, team_id, standing, name_key, id);
CREATE INDEX accounts_by_methods ON accounts (organisation_id, methods, standing, team_id, id);
CREATE INDEX accounts_by_role ON accounts (organisation_id, role, standing, name_key, id);

-- Nobody is in another organisation's team.
ALTER TABLE accounts ADD FOREIGN KEY (team_id, organisation_id) REFERENCES teams (id, organisation_id);

CREATE TABLE team_supervisors (
    team_id         UUID NOT NULL,
    account_id      UUID NOT NULL,
    organisation_id UUID NOT NULL,
    PRIMARY KEY (team_id, account_id),
    FOREIGN KEY (team_id, organisation_id) REFERENCES teams (id, organisation_id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, organisation_id) REFERENCES accounts (id, organisation_id) ON DELETE CASCADE
);

CREATE INDEX team_supervisors_of_account ON team_supervisors (account_id);

-- What somebody has connected follows the tables of methods.
CREATE FUNCTION count_credentials() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE accounts SET methods = methods | CASE NEW.kind WHEN 'security-key' THEN 1 ELSE 2 END WHERE id = NEW.account_id;
    ELSIF NOT EXISTS (SELECT 1 FROM credentials WHERE account_id = OLD.account_id AND kind = OLD.kind) THEN
        UPDATE accounts SET methods = methods & ~(CASE OLD.kind WHEN 'security-key' THEN 1 ELSE 2 END)::bigint WHERE id = OLD.account_id;
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER credentials_count AFTER INSERT OR DELETE ON credentials FOR EACH ROW EXECUTE FUNCTION count_credentials();

CREATE FUNCTION count_authenticator_apps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        IF NEW.confirmed_at IS NOT NULL THEN
            UPDATE accounts SET methods = methods | 4 WHERE id = NEW.account_id;
        END IF;
    ELSIF NOT EXISTS (SELECT 1 FROM authenticator_apps WHERE account_id = OLD.account_id AND confirmed_at IS NOT NULL) THEN
        UPDATE accounts SET methods = methods & ~4::bigint WHERE id = OLD.account_id;
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER authenticator_apps_count AFTER INSERT OR UPDATE OF confirmed_at OR DELETE ON authenticator_apps
    FOR EACH ROW EXECUTE FUNCTION count_authenticator_apps();

CREATE FUNCTION count_emailed_code_methods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE accounts SET methods = methods | 8 WHERE id = NEW.account_id AND email_confirmed_at IS NOT NULL;
    ELSE
        UPDATE accounts SET methods = methods & ~8::bigint WHERE id = OLD.account_id;
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER emailed_code_methods_count AFTER INSERT OR DELETE ON emailed_code_methods
    FOR EACH ROW EXECUTE FUNCTION count_emailed_code_methods();

-- A mailbox that isn't known to be theirs is no method. And where somebody stands follows from
-- what they have and from what is allowed.
CREATE FUNCTION stand_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.email_confirmed_at IS NULL) <> (NEW.email_confirmed_at IS NULL) THEN
        IF NEW.email_confirmed_at IS NOT NULL AND EXISTS (SELECT 1 FROM emailed_code_methods WHERE account_id = NEW.id) THEN
            NEW.methods := NEW.methods | 8;
        ELSE
            NEW.methods := NEW.methods & ~8::bigint;
        END IF;
    END IF;
    NEW.standing := CASE WHEN NEW.disabled_at IS NOT NULL THEN 2
        WHEN NEW.methods & (SELECT allowed_methods FROM organisations WHERE id = NEW.organisation_id) <> 0 THEN 1 ELSE 0 END;
    RETURN NEW;
END;
$$;
CREATE TRIGGER accounts_stand BEFORE INSERT OR UPDATE OF methods, disabled_at, email_confirmed_at ON accounts
    FOR EACH ROW EXECUTE FUNCTION stand_account();

CREATE FUNCTION stand_accounts_of_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts SET standing = CASE WHEN methods & NEW.allowed_methods <> 0 THEN 1 ELSE 0 END
    WHERE organisation_id = NEW.id AND standing < 2
        AND standing <> CASE WHEN methods & NEW.allowed_methods <> 0 THEN 1 ELSE 0 END;
    RETURN NULL;
END;
$$;
CREATE TRIGGER organisations_stand AFTER UPDATE OF allowed_methods ON organisations
    FOR EACH ROW WHEN (OLD.allowed_methods <> NEW.allowed_methods) EXECUTE FUNCTION stand_accounts_of_organisation();

-- Those who are here already.
UPDATE accounts SET methods =
    CASE WHEN EXISTS (SELECT 1 FROM credentials WHERE account_id = accounts.id AND kind = 'security-key') THEN 1 ELSE 0 END
    | CASE WHEN EXISTS (SELECT 1 FROM credentials WHERE account_id = accounts.id AND kind = 'passkey') THEN 2 ELSE 0 END
    | CASE WHEN EXISTS (SELECT 1 FROM authenticator_apps WHERE account_id = accounts.id AND confirmed_at IS NOT NULL) THEN 4 ELSE 0 END
    | CASE WHEN email_confirmed_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM emailed_code_methods WHERE account_id = accounts.id) THEN 8 ELSE 0 END;

-- Sessions that were ended for people rather than by them, so that their browser can say why.
CREATE TABLE ended_sessions (
    token_hash BYTEA NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    because    TEXT NOT NULL CHECK (because IN ('second-step-required')),
    ended_at   BIGINT NOT NULL
);

CREATE INDEX ended_sessions_by_time ON ended_sessions (ended_at);

-- Whose failures they are, where they are somebody's: to find those who are held.
ALTER TABLE throttles ADD COLUMN account_id UUID REFERENCES accounts (id) ON DELETE CASCADE;
CREATE INDEX throttles_of_account ON throttles (account_id) WHERE account_id IS NOT NULL AND failures >= 5;

-- Stands in for the second step once: given by somebody who knows whom they are talking to.
CREATE TABLE access_codes (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    code_hash  BYTEA NOT NULL CHECK (length(code_hash) = 32),
    given_by   UUID NOT NULL,
    -- The code itself, sealed, until whoever gave it has seen it in the session they gave it in.
    reveal     BYTEA,
    session_id UUID,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Who did it, where that is somebody else than whom it happened to.
ALTER TABLE audit_events ADD COLUMN actor_id UUID;

-- Reminders of a deadline that are on their way or were sent: once for each of 7, 3, 1 and 0 days before it.
-- Mails are written a few hundred at a time; after_id is how far that has come.
CREATE TABLE deadline_reminders (
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    required_from   BIGINT NOT NULL,
    days            BIGINT NOT NULL CHECK (days IN (0, 1, 3, 7)),
    after_id        UUID NOT NULL,
    done_at         BIGINT,
    PRIMARY KEY (organisation_id, required_from, days)
);
-- The team of whom it happened to, then.
ALTER TABLE audit_events ADD COLUMN team_id UUID;
CREATE INDEX audit_events_of_organisation ON audit_events (organisation_id, id);
CREATE INDEX audit_events_of_kind ON audit_events (organisation_id, kind, id);
CREATE INDEX audit_events_of_team ON audit_events (team_id, id) WHERE team_id IS NOT NULL;
CREATE INDEX audit_events_of_actor ON audit_events (actor_id, id) WHERE actor_id IS NOT NULL;

-- The chain: each link is a keyed hash of the one before and of its event, so that an event that was changed
-- or taken out is noticed. One chain to an organisation; zeros stand for events of none.
CREATE TABLE audit_links (
    organisation_id UUID NOT NULL,
    position        BIGINT NOT NULL CHECK (position > 0),
    event_id        UUID NOT NULL UNIQUE,
    hash            BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (organisation_id, position)
);

-- Where each chain ends. Who adds to it takes its row.
CREATE TABLE audit_chains (
    organisation_id UUID NOT NULL PRIMARY KEY,
    length          BIGINT NOT NULL CHECK (length >= 0),
    hash            BYTEA NOT NULL CHECK (length(hash) = 32)
);

-- There is a row while events from before the chain are still to be linked.
CREATE TABLE audit_backlogs (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1)
);

INSERT INTO audit_backlogs (id) VALUES (1);

CREATE TRIGGER audit_links_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_links
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_events();
