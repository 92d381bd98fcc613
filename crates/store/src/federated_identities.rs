//! Who somebody is at their organisation's identity provider, and browsers on their way there and back.

use countersign_domain::Instant;

use crate::accounts::{AccountRow, account_columns};
use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::{Account, AccountId, OrganisationId, SessionId, Store, StoreError, Tx};

macro_rules! attempt_columns {
    () => {
        "organisation_id, session_id, invitation_hash, return_to, is_anew"
    };
}

sql! {
    CONNECT = "INSERT INTO federated_identities (account_id, organisation_id, issuer, subject, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT DO NOTHING";
    FIND = concat!("SELECT ", account_columns!(), " FROM federated_identities \
        JOIN accounts ON accounts.id = federated_identities.account_id \
        WHERE federated_identities.organisation_id = $1 AND federated_identities.issuer = $2 AND federated_identities.subject = $3");
    IS_KNOWN = "SELECT CAST(1 AS BIGINT) FROM federated_identities WHERE organisation_id = $1 AND issuer = $2 AND subject = $3";
    USE = "UPDATE federated_identities SET last_used_at = $4 WHERE account_id = $1 AND issuer = $2 AND subject = $3";
    LIST = "SELECT issuer, created_at, last_used_at FROM federated_identities WHERE account_id = $1 ORDER BY issuer LIMIT 20";
    COUNT = "SELECT COUNT(*) FROM federated_identities WHERE organisation_id = $1 AND issuer = $2";
    DISCONNECT = "DELETE FROM federated_identities WHERE account_id = $1 AND issuer = $2";
    DISCONNECT_ALL = "DELETE FROM federated_identities WHERE account_id = $1";
    KEEP_APART = "INSERT INTO unlinked_accounts (account_id, organisation_id, since) SELECT id, organisation_id, $2 FROM accounts WHERE id = $1 \
        ON CONFLICT (account_id) DO NOTHING";
    LET_LINK = "DELETE FROM unlinked_accounts WHERE account_id = $1";
    IS_KEPT_APART = "SELECT CAST(1 AS BIGINT) FROM unlinked_accounts WHERE account_id = $1";
    HAS_SIGNED_ON = "SELECT CAST(1 AS BIGINT) FROM federated_identities WHERE organisation_id = $1 AND issuer = $2 AND last_used_at >= $3 LIMIT 1";
    /// Members who could sign in with a password alone: not connected, and of no domain that was proven or kept apart.
    COUNT_OUTSIDE = "SELECT COUNT(*) FROM accounts WHERE organisation_id = $1 AND role <> 'account-holder' AND standing <> 2 \
        AND NOT EXISTS (SELECT 1 FROM federated_identities WHERE federated_identities.account_id = accounts.id AND federated_identities.issuer = $2) \
        AND (EXISTS (SELECT 1 FROM unlinked_accounts WHERE unlinked_accounts.account_id = accounts.id) \
            OR NOT EXISTS (SELECT 1 FROM email_domains WHERE email_domains.organisation_id = $1 AND accounts.email LIKE '%@' || email_domains.domain))";
    BEGIN = "INSERT INTO sign_on_attempts (state_hash, organisation_id, session_id, invitation_hash, return_to, is_anew, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LOOK = concat!("SELECT ", attempt_columns!(), " FROM sign_on_attempts WHERE state_hash = $1 AND expires_at > $2");
    CONSUME = concat!("DELETE FROM sign_on_attempts WHERE state_hash = $1 AND expires_at > $2 RETURNING ", attempt_columns!());
    PURGE = "DELETE FROM sign_on_attempts WHERE expires_at <= $1";
}

/// Who somebody is at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedIdentity {
    /// The provider.
    pub issuer: String,
    /// When it was connected.
    pub created_at: Instant,
    /// When it last signed them in.
    pub last_used_at: Option<Instant>,
}

/// A browser that was sent to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOnAttempt {
    /// Whose provider.
    pub organisation_id: OrganisationId,
    /// The session of whoever connects theirs; `None` for a sign-in.
    pub session_id: Option<SessionId>,
    /// The hash of the link of whoever accepts an invitation so.
    pub invitation_hash: Option<[u8; 32]>,
    /// The page to go to once signed in.
    pub return_to: Option<String>,
    /// The provider asks even those whom it knows.
    pub is_anew: bool,
}

type AttemptRow = (OrganisationId, Option<SessionId>, Option<Vec<u8>>, Option<String>, bool);

fn attempt((organisation_id, session_id, invitation_hash, return_to, is_anew): AttemptRow) -> Result<SignOnAttempt, StoreError> {
    let invitation_hash = invitation_hash.map(<[u8; 32]>::try_from).transpose();
    let invitation_hash = invitation_hash.map_err(|_| StoreError::new("an invitation's hash isn't of 32 bytes"))?;
    Ok(SignOnAttempt { organisation_id, session_id, invitation_hash, return_to, is_anew })
}

impl Tx {
    /// Connects somebody with who they are at a provider. `false` when they have one there already, or whoever it is
    /// there is somebody else here.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn connect_identity(
        &mut self,
        account: (AccountId, OrganisationId),
        issuer: &str,
        subject: &str,
        at: Instant,
    ) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CONNECT, account.0, account.1, issuer, subject, Micros(at)))? == 1)
    }

    /// Notes that a provider signed somebody in. `false` when it isn't theirs any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn use_identity(&mut self, account: AccountId, issuer: &str, subject: &str, at: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(USE, account, issuer, subject, Micros(at)))? == 1)
    }

    /// Forgets who somebody is at a provider. `false` when that wasn't known.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn disconnect_identity(&mut self, account: AccountId, issuer: &str) -> Result<bool, StoreError> {
        Ok(run!(self, execute(DISCONNECT, account, issuer))? == 1)
    }

    /// Forgets who somebody is at every provider. Says how many those were.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn disconnect_identities_of(&mut self, account: AccountId) -> Result<u64, StoreError> {
        run!(self, execute(DISCONNECT_ALL, account))
    }

    /// From now on no provider connects somebody by their address.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn keep_apart(&mut self, account: AccountId, at: Instant) -> Result<(), StoreError> {
        run!(self, execute(KEEP_APART, account, Micros(at))).map(|_| ())
    }

    /// A provider may connect somebody by their address again.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn let_link(&mut self, account: AccountId) -> Result<(), StoreError> {
        run!(self, execute(LET_LINK, account)).map(|_| ())
    }

    /// Whether no provider may connect somebody by their address.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_kept_apart(&mut self, account: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<(i64,)>(IS_KEPT_APART, account))?.is_some())
    }

    /// Whose account somebody's identity at a provider is, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_by_identity(
        &mut self,
        organisation: OrganisationId,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Account>, StoreError> {
        Ok(run!(self, fetch_optional::<AccountRow>(FIND, organisation, issuer, subject))?.map(Account::from))
    }

    /// Forgets browsers that haven't come back in time. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_sign_on_attempts(&mut self, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE, Micros(now)))
    }
}

impl Store {
    /// Who somebody is at which providers.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_identities(&self, account: AccountId) -> Result<Vec<FederatedIdentity>, StoreError> {
        let rows = run!(self, fetch_all::<(String, Micros, Option<Micros>)>(LIST, account))?;
        let identity = |(issuer, created_at, last_used_at): (String, Micros, Option<Micros>)| FederatedIdentity {
            issuer,
            created_at: created_at.0,
            last_used_at: last_used_at.map(|at| at.0),
        };
        Ok(rows.into_iter().map(identity).collect())
    }

    /// How many people are connected with who they are at a provider.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_identities(&self, organisation: OrganisationId, issuer: &str) -> Result<i64, StoreError> {
        Ok(run!(self, fetch_one::<(i64,)>(COUNT, organisation, issuer))?.0)
    }

    /// Whether a provider has signed anybody in since then.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_signed_on(&self, organisation: OrganisationId, issuer: &str, since: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<(i64,)>(HAS_SIGNED_ON, organisation, issuer, Micros(since)))?.is_some())
    }

    /// How many members a provider couldn't sign in: neither connected with it, nor of a domain that was proven. Account
    /// holders aren't counted, nor who is disabled.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_outside(&self, organisation: OrganisationId, issuer: &str) -> Result<i64, StoreError> {
        Ok(run!(self, fetch_one::<(i64,)>(COUNT_OUTSIDE, organisation, issuer))?.0)
    }

    /// Whether anybody is connected with an identity at a provider.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_identity_known(&self, organisation: OrganisationId, issuer: &str, subject: &str) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<(i64,)>(IS_KNOWN, organisation, issuer, subject))?.is_some())
    }

    /// Remembers a browser that is sent to a provider, by the hash of the state that it brings back.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn begin_sign_on(&self, state_hash: &[u8; 32], attempt: &SignOnAttempt, expires_at: Instant) -> Result<(), StoreError> {
        let SignOnAttempt { organisation_id, session_id, invitation_hash, return_to, is_anew } = attempt;
        let invitation = invitation_hash.as_ref().map(|hash| &hash[..]);
        run!(
            self.alone(),
            execute(BEGIN, &state_hash[..], organisation_id, *session_id, invitation, return_to.as_deref(), *is_anew, Micros(expires_at))
        )
        .map(|_| ())
    }

    /// A browser that may still come back, without its coming back.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_sign_on(&self, state_hash: &[u8; 32], now: Instant) -> Result<Option<SignOnAttempt>, StoreError> {
        run!(self, fetch_optional::<AttemptRow>(LOOK, &state_hash[..], Micros(now)))?.map(attempt).transpose()
    }

    /// Takes a browser's attempt out, for the one time it comes back. `None` when it did already, too late, or never left.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn consume_sign_on(&self, state_hash: &[u8; 32], now: Instant) -> Result<Option<SignOnAttempt>, StoreError> {
        // All rows, so that the statement is stepped to its end, where a full disk shows.
        let rows = run!(self.alone(), fetch_all::<AttemptRow>(CONSUME, &state_hash[..], Micros(now)))?;
        rows.into_iter().next().map(attempt).transpose()
    }
}
