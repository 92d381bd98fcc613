-- What a signed-in browser shows to the applications behind. migrations/postgres has the same.

-- The hash of the pass that goes with the session's token, while it is signed in: it changes whenever the token does.
ALTER TABLE sessions ADD COLUMN pass_hash BLOB CHECK (length(pass_hash) = 32);

CREATE UNIQUE INDEX sessions_by_pass ON sessions (pass_hash) WHERE pass_hash IS NOT NULL;
