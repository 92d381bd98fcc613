-- Signing in with an organisation's own identity provider (OpenID Connect). migrations/postgres has the same.

-- What a session began with.
ALTER TABLE sessions ADD COLUMN first_sign TEXT NOT NULL DEFAULT 'password' CHECK (first_sign IN ('password', 'passkey', 'single-sign-on'));

-- Counts what was done with the organisation's provider. It never starts over: what waits for one provider's answer, or was
-- typed about it, is about no other that takes its place.
ALTER TABLE organisations ADD COLUMN sign_on_changes INTEGER NOT NULL DEFAULT 0;
-- The issuer that was connected last: sessions that it began may go on after it was disconnected.
ALTER TABLE organisations ADD COLUMN sign_on_issuer TEXT;

-- The provider that an organisation has connected.
CREATE TABLE identity_providers (
    organisation_id BLOB NOT NULL PRIMARY KEY CHECK (length(organisation_id) = 16) REFERENCES organisations (id) ON DELETE CASCADE,
    -- The issuer identifier, letter by letter as its tokens say it (OpenID Connect Core §3.1.3.7).
    issuer          TEXT NOT NULL CHECK (length(issuer) BETWEEN 1 AND 255),
    client_id       TEXT NOT NULL CHECK (length(client_id) BETWEEN 1 AND 255),
    -- Sealed.
    client_secret   BLOB NOT NULL,
    -- Whoever it knows and we don't becomes a member: with which role, in which team.
    adds_people     INTEGER NOT NULL CHECK (adds_people IN (0, 1)),
    role            TEXT NOT NULL CHECK (role IN ('agent', 'supervisor')),
    team_id         BLOB CHECK (length(team_id) = 16),
    -- A second step that it says it was given stands in for ours.
    accepts_second_step INTEGER NOT NULL CHECK (accepts_second_step IN (0, 1)),
    -- Nobody signs in with a password or a passkey any more, but for account holders.
    is_required     INTEGER NOT NULL CHECK (is_required IN (0, 1)),
    -- The organisation's count when it was last changed, so that nobody saves over what they haven't seen.
    changes         INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    FOREIGN KEY (team_id, organisation_id) REFERENCES teams (id, organisation_id)
) STRICT;

-- Domains whose addresses an organisation may vouch for. One has one organisation.
CREATE TABLE email_domains (
    domain          TEXT NOT NULL PRIMARY KEY CHECK (length(domain) BETWEEN 1 AND 253),
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16) REFERENCES organisations (id) ON DELETE CASCADE,
    proven_at       INTEGER NOT NULL
) STRICT;

CREATE INDEX email_domains_of_organisation ON email_domains (organisation_id);

-- Domains that an organisation says are its own, until their DNS says so too. Several may say so of one.
CREATE TABLE domain_claims (
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16) REFERENCES organisations (id) ON DELETE CASCADE,
    domain          TEXT NOT NULL CHECK (length(domain) BETWEEN 1 AND 253),
    -- What the DNS has to say. No secret.
    challenge       TEXT NOT NULL CHECK (length(challenge) BETWEEN 20 AND 100),
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, domain)
) STRICT, WITHOUT ROWID;

-- Who somebody is at a provider: issuer and subject, and nothing else that it says of them (Core §5.7).
CREATE TABLE federated_identities (
    account_id      BLOB NOT NULL CHECK (length(account_id) = 16),
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16),
    issuer          TEXT NOT NULL CHECK (length(issuer) BETWEEN 1 AND 255),
    subject         TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    created_at      INTEGER NOT NULL,
    last_used_at    INTEGER,
    PRIMARY KEY (account_id, issuer),
    UNIQUE (organisation_id, issuer, subject),
    FOREIGN KEY (account_id, organisation_id) REFERENCES accounts (id, organisation_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Accounts that no provider connects by their address: their owner disconnected one, or said "This wasn't me".
CREATE TABLE unlinked_accounts (
    account_id      BLOB NOT NULL PRIMARY KEY CHECK (length(account_id) = 16),
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16),
    since           INTEGER NOT NULL,
    FOREIGN KEY (account_id, organisation_id) REFERENCES accounts (id, organisation_id) ON DELETE CASCADE
) STRICT;

-- Browsers that were sent to a provider and may come back once: the hash of the state they bring (RFC 6749 §10.12).
CREATE TABLE sign_on_attempts (
    state_hash      BLOB NOT NULL PRIMARY KEY CHECK (length(state_hash) = 32),
    organisation_id BLOB NOT NULL CHECK (length(organisation_id) = 16) REFERENCES organisations (id) ON DELETE CASCADE,
    -- Whoever was signed in and connects theirs; it ends with the session.
    session_id      BLOB CHECK (length(session_id) = 16) REFERENCES sessions (id) ON DELETE CASCADE,
    -- The link of an invitation that is accepted so.
    invitation_hash BLOB CHECK (length(invitation_hash) = 32),
    return_to       TEXT,
    -- The provider asks even those whom it knows.
    is_anew         INTEGER NOT NULL CHECK (is_anew IN (0, 1)),
    expires_at      INTEGER NOT NULL,
    CHECK (session_id IS NULL OR invitation_hash IS NULL)
) STRICT;

CREATE INDEX sign_on_attempts_by_expiry ON sign_on_attempts (expires_at);
CREATE INDEX sign_on_attempts_of_session ON sign_on_attempts (session_id) WHERE session_id IS NOT NULL;
