-- Signing in with an organisation's own identity provider (OpenID Connect). migrations/sqlite has the same.

-- What a session began with.
ALTER TABLE sessions ADD COLUMN first_sign TEXT NOT NULL DEFAULT 'password' CHECK (first_sign IN ('password', 'passkey', 'single-sign-on'));

-- Counts what was done with the organisation's provider. It never starts over: what waits for one provider's answer, or was
-- typed about it, is about no other that takes its place.
ALTER TABLE organisations ADD COLUMN sign_on_changes BIGINT NOT NULL DEFAULT 0;
-- The issuer that was connected last: sessions that it began may go on after it was disconnected.
ALTER TABLE organisations ADD COLUMN sign_on_issuer TEXT;

-- The provider that an organisation has connected.
CREATE TABLE identity_providers (
    organisation_id UUID NOT NULL PRIMARY KEY REFERENCES organisations (id) ON DELETE CASCADE,
    -- The issuer identifier, letter by letter as its tokens say it (OpenID Connect Core §3.1.3.7).
    issuer          TEXT NOT NULL CHECK (length(issuer) BETWEEN 1 AND 255),
    client_id       TEXT NOT NULL CHECK (length(client_id) BETWEEN 1 AND 255),
    -- Sealed.
    client_secret   BYTEA NOT NULL,
    -- Whoever it knows and we don't becomes a member: with which role, in which team.
    adds_people     BOOLEAN NOT NULL,
    role            TEXT NOT NULL CHECK (role IN ('agent', 'supervisor')),
    team_id         UUID,
    -- A second step that it says it was given stands in for ours.
    accepts_second_step BOOLEAN NOT NULL,
    -- Nobody signs in with a password or a passkey any more, but for account holders.
    is_required     BOOLEAN NOT NULL,
    -- The organisation's count when it was last changed, so that nobody saves over what they haven't seen.
    changes         BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    FOREIGN KEY (team_id, organisation_id) REFERENCES teams (id, organisation_id)
);

-- Domains whose addresses an organisation may vouch for. One has one organisation.
CREATE TABLE email_domains (
    domain          TEXT NOT NULL PRIMARY KEY CHECK (length(domain) BETWEEN 1 AND 253),
    organisation_id UUID NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    proven_at       BIGINT NOT NULL
);

CREATE INDEX email_domains_of_organisation ON email_domains (organisation_id);

-- Domains that an organisation says are its own, until their DNS says so too. Several may say so of one.
CREATE TABLE domain_claims (
    organisation_id UUID NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    domain          TEXT NOT NULL CHECK (length(domain) BETWEEN 1 AND 253),
    -- What the DNS has to say. No secret.
    challenge       TEXT NOT NULL CHECK (length(challenge) BETWEEN 20 AND 100),
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, domain)
);

-- Who somebody is at a provider: issuer and subject, and nothing else that it says of them (Core §5.7).
CREATE TABLE federated_identities (
    account_id      UUID NOT NULL,
    organisation_id UUID NOT NULL,
    issuer          TEXT NOT NULL CHECK (length(issuer) BETWEEN 1 AND 255),
    subject         TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    created_at      BIGINT NOT NULL,
    last_used_at    BIGINT,
    PRIMARY KEY (account_id, issuer),
    UNIQUE (organisation_id, issuer, subject),
    FOREIGN KEY (account_id, organisation_id) REFERENCES accounts (id, organisation_id) ON DELETE CASCADE
);

-- Accounts that no provider connects by their address: their owner disconnected one, or said "This wasn't me".
CREATE TABLE unlinked_accounts (
    account_id      UUID NOT NULL PRIMARY KEY,
    organisation_id UUID NOT NULL,
    since           BIGINT NOT NULL,
    FOREIGN KEY (account_id, organisation_id) REFERENCES accounts (id, organisation_id) ON DELETE CASCADE
);

-- Browsers that were sent to a provider and may come back once: the hash of the state they bring (RFC 6749 §10.12).
CREATE TABLE sign_on_attempts (
    state_hash      BYTEA NOT NULL PRIMARY KEY CHECK (length(state_hash) = 32),
    organisation_id UUID NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    -- Whoever was signed in and connects theirs; it ends with the session.
    session_id      UUID REFERENCES sessions (id) ON DELETE CASCADE,
    -- The link of an invitation that is accepted so.
    invitation_hash BYTEA CHECK (length(invitation_hash) = 32),
    return_to       TEXT,
    -- The provider asks even those whom it knows.
    is_anew         BOOLEAN NOT NULL,
    expires_at      BIGINT NOT NULL,
    CHECK (session_id IS NULL OR invitation_hash IS NULL)
);

CREATE INDEX sign_on_attempts_by_expiry ON sign_on_attempts (expires_at);
CREATE INDEX sign_on_attempts_of_session ON sign_on_attempts (session_id) WHERE session_id IS NOT NULL;
