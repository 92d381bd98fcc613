-- Asking for a temporary access code from the second step. migrations/sqlite has the same.

-- A number on the screen of whoever asks, for their supervisor to type: one to a sign-in. Somebody else who
-- knows the password has a number of their own, and ends nobody's.
CREATE TABLE help_requests (
    -- The sign-in whose screen shows it. A code that is given for it works there alone.
    session_id UUID NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    number     BIGINT NOT NULL CHECK (number BETWEEN 0 AND 999999),
    -- Other numbers that were typed.
    failures   BIGINT NOT NULL DEFAULT 0 CHECK (failures >= 0),
    asked_at   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX help_requests_of_account ON help_requests (account_id);

-- The one sign-in that a code is for, if it was given for one.
ALTER TABLE access_codes ADD COLUMN only_session UUID;
