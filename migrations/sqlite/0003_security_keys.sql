-- Security keys and passkeys (WebAuthn Level 3). migrations/postgres has the same.

-- What every key is bound to: the host of the public URL at the first start. Another one would
-- make them all worthless, so it is noticed at start.
CREATE TABLE relying_parties (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    rp_id TEXT NOT NULL CHECK (length(rp_id) > 0)
) STRICT;

-- What keys know an account by. Random, since a key shows it to whoever holds it (L3 §14.6.1).
CREATE TABLE user_handles (
    account_id BLOB NOT NULL PRIMARY KEY CHECK (length(account_id) = 16) REFERENCES accounts (id) ON DELETE CASCADE,
    handle     BLOB NOT NULL UNIQUE CHECK (length(handle) = 16)
) STRICT;

CREATE TABLE credentials (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id      BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL CHECK (kind IN ('security-key', 'passkey')),
    -- Whoever's it is: no key is connected twice (L3 §7.1 step 26).
    credential_id   BLOB NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 1 AND 1023),
    name            TEXT NOT NULL CHECK (length(name) > 0),
    -- The public key and what was said of it at registration, as our WebAuthn library writes it.
    public_key      TEXT NOT NULL CHECK (json_valid(public_key)),
    -- It can be copied to other devices. That never changes (L3 §6.1.3).
    backup_eligible INTEGER NOT NULL CHECK (backup_eligible IN (0, 1)),
    counter         INTEGER NOT NULL CHECK (counter >= 0),
    created_at      INTEGER NOT NULL,
    last_used_at    INTEGER
) STRICT;

CREATE INDEX credentials_of_account ON credentials (account_id);

-- A challenge that was handed out, until it is answered or five minutes have passed; or a
-- stranger's, which travels with the stranger, from its answer until then.
CREATE TABLE ceremonies (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- The hash of the token it belongs to: a session's, or that of a browser nobody has signed in with.
    bound_to   BLOB NOT NULL CHECK (length(bound_to) = 32),
    purpose    TEXT NOT NULL CHECK (length(purpose) > 0),
    state      TEXT NOT NULL CHECK (json_valid(state)),
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);
CREATE INDEX ceremonies_of_token ON ceremonies (bound_to, id);
