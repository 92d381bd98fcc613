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
    -- The hash of the cookie's token. Each use replaces it.
    token_hash    BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    -- The one before: whoever brings it has a copy, or lost an answer.
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
