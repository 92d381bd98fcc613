-- How long sessions last, and browsers that are trusted for a while. migrations/sqlite has the same.

-- No browser is trusted unless an account holder says so.
ALTER TABLE organisations ADD COLUMN trust_days BIGINT NOT NULL DEFAULT 0 CHECK (trust_days BETWEEN 0 AND 30);
-- NIST 800-63B-4 §2.2.3: at most an hour without use, and a day in all.
ALTER TABLE organisations ADD COLUMN idle_minutes BIGINT NOT NULL DEFAULT 60 CHECK (idle_minutes BETWEEN 5 AND 60);
ALTER TABLE organisations ADD COLUMN overall_minutes BIGINT NOT NULL DEFAULT 720 CHECK (overall_minutes BETWEEN 60 AND 1440);

-- Browsers that stand in for somebody's second step after their password.
CREATE TABLE trusted_browsers (
    id            UUID NOT NULL PRIMARY KEY,
    account_id    UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- The hash of the cookie's token. Each use replaces it; the cookie names the row beside it.
    token_hash    BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    -- The one before: for a moment it may be one press too many.
    previous_hash BYTEA CHECK (length(previous_hash) = 32),
    -- What the browser calls itself, and where it was, at its last use.
    browser       TEXT NOT NULL,
    address       TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    used_at       BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL CHECK (expires_at > created_at)
);

CREATE INDEX trusted_browsers_of_account ON trusted_browsers (account_id);
CREATE INDEX trusted_browsers_by_expiry ON trusted_browsers (expires_at);

-- A code that was given for one sign-in ends with it: nobody could use it any more.
CREATE INDEX access_codes_for_session ON access_codes (only_session) WHERE only_session IS NOT NULL;
CREATE FUNCTION end_code_of_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM access_codes WHERE only_session = OLD.id;
    RETURN NULL;
END;
$$;
CREATE TRIGGER sessions_take_their_code AFTER DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION end_code_of_session();

-- PostgreSQL alone adds to these counts in rows that are summed up and taken out later: read from the index, what
-- was taken out doesn't matter.
DROP INDEX head_counts_of_organisation;
CREATE INDEX head_counts_of_organisation ON head_counts (organisation_id, team_id, methods, people);
