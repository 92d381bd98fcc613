-- Security keys and passkeys (WebAuthn Level 3). migrations/sqlite has the same.

-- What every key is bound to: the host of the public URL at the first start. Another one would
-- make them all worthless, so it is noticed at start.
CREATE TABLE relying_parties (
    id    BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    rp_id TEXT NOT NULL CHECK (length(rp_id) > 0)
);

-- What keys know an account by. Random, since a key shows it to whoever holds it (L3 §14.6.1).
CREATE TABLE user_handles (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    handle     BYTEA NOT NULL UNIQUE CHECK (octet_length(handle) = 16)
);

CREATE TABLE credentials (
    id              UUID NOT NULL PRIMARY KEY,
    account_id      UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL CHECK (kind IN ('security-key', 'passkey')),
    -- Whoever's it is: no key is connected twice (L3 §7.1 step 26).
    credential_id   BYTEA NOT NULL UNIQUE CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    name            TEXT NOT NULL CHECK (length(name) > 0),
    -- The public key and what was said of it at registration, as our WebAuthn library writes it.
    public_key      TEXT NOT NULL,
    -- It can be copied to other devices. That never changes (L3 §6.1.3).
    backup_eligible BOOLEAN NOT NULL,
    counter         BIGINT NOT NULL CHECK (counter >= 0),
    created_at      BIGINT NOT NULL,
    last_used_at    BIGINT
);

CREATE INDEX credentials_of_account ON credentials (account_id);

-- A challenge that was handed out, until it is answered or five minutes have passed; or a
-- stranger's, which travels with the stranger, from its answer until then.
CREATE TABLE ceremonies (
    id         UUID NOT NULL PRIMARY KEY,
    -- The hash of the token it belongs to: a session's, or that of a browser nobody has signed in with.
    bound_to   BYTEA NOT NULL CHECK (octet_length(bound_to) = 32),
    purpose    TEXT NOT NULL CHECK (length(purpose) > 0),
    state      TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);
CREATE INDEX ceremonies_of_token ON ceremonies (bound_to, id);
