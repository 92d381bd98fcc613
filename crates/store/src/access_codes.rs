//! Temporary access codes: one to a person at most, good once.

use countersign_domain::Instant;
use zeroize::Zeroizing;

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::reseal::SealedColumn;
use crate::{AccountId, SessionId, Store, StoreError, Tx};

sql! {
    GIVE = "INSERT INTO access_codes (account_id, code_hash, given_by, created_at, expires_at, reveal, session_id, only_session) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
        ON CONFLICT (account_id) DO UPDATE SET code_hash = excluded.code_hash, given_by = excluded.given_by, \
        created_at = excluded.created_at, expires_at = excluded.expires_at, reveal = excluded.reveal, session_id = excluded.session_id, \
        only_session = excluded.only_session";
    FIND_REVEAL = "SELECT reveal FROM access_codes WHERE account_id = $1 AND session_id = $2 AND reveal IS NOT NULL AND expires_at > $3";
    /// Of two who look at the same time, one sees it.
    FORGET_REVEAL = "UPDATE access_codes SET reveal = NULL WHERE account_id = $1 AND session_id = $2 AND reveal = $3";
    PAGE_OF_REVEALS = "SELECT account_id, reveal FROM access_codes WHERE account_id > $1 AND reveal IS NOT NULL ORDER BY account_id LIMIT 100";
    RESEAL_REVEAL = "UPDATE access_codes SET reveal = $3 WHERE account_id = $1 AND reveal = $2";
    FIND = "SELECT code_hash, given_by, created_at, expires_at, only_session FROM access_codes WHERE account_id = $1 AND expires_at > $2";
    CONSUME = "DELETE FROM access_codes WHERE account_id = $1 AND code_hash = $2 AND expires_at > $3 \
        AND (only_session = $4 OR only_session IS NULL)";
    CANCEL_FOR = "DELETE FROM access_codes WHERE only_session = $1";
    CANCEL = "DELETE FROM access_codes WHERE account_id = $1";
    CANCEL_AROUND = "DELETE FROM access_codes WHERE account_id = $1 OR given_by = $1";
    PURGE = "DELETE FROM access_codes WHERE expires_at <= $1";
}

/// Where codes that are still to be shown are sealed.
pub(crate) const REVEALS: SealedColumn =
    SealedColumn { table: "access_codes", column: "reveal", page: PAGE_OF_REVEALS, replace: RESEAL_REVEAL };

/// A code that stands in for somebody's second step once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessCode {
    /// A keyed hash of it.
    pub hash: [u8; 32],
    /// Who gave it.
    pub given_by: AccountId,
    /// When it was given.
    pub created_at: Instant,
    /// Until when it works.
    pub expires_at: Instant,
    /// The one sign-in it is for, if it was given for one.
    pub only_session: Option<SessionId>,
}

impl Tx {
    /// Gives somebody a code; the one they had before ends. `reveal` is the code in plain, sealed here,
    /// for `session` to see once.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the sealing fails.
    pub async fn give_access_code(
        &mut self,
        account_id: AccountId,
        code: &AccessCode,
        reveal: &[u8],
        session: SessionId,
    ) -> Result<(), StoreError> {
        let AccessCode { hash, given_by, created_at, expires_at, only_session } = code;
        let reveal = self.keys.seal(REVEALS.place(account_id.as_uuid()), reveal)?;
        let (created_at, expires_at) = (Micros(*created_at), Micros(*expires_at));
        run!(self, execute(GIVE, account_id, &hash[..], given_by, created_at, expires_at, reveal.as_slice(), session, *only_session))
            .map(|_| ())
    }

    /// The code in plain, for the session it was made in, once.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or these keys don't open it.
    pub async fn take_access_code_reveal(
        &mut self,
        account_id: AccountId,
        session: SessionId,
        now: Instant,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let Some((sealed,)) = run!(self, fetch_optional::<(Vec<u8>,)>(FIND_REVEAL, account_id, session, Micros(now)))? else {
            return Ok(None);
        };
        if run!(self, execute(FORGET_REVEAL, account_id, session, sealed.as_slice()))? == 0 {
            return Ok(None);
        }
        Ok(Some(self.keys.open(REVEALS.place(account_id.as_uuid()), &sealed)?))
    }

    /// Uses somebody's code up, in a sign-in that it is for. `true` for exactly one of those who race with it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn consume_access_code(
        &mut self,
        account_id: AccountId,
        hash: &[u8; 32],
        session: SessionId,
        now: Instant,
    ) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CONSUME, account_id, &hash[..], Micros(now), session))? == 1)
    }

    /// Ends somebody's code. `false` when they have none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn cancel_access_code(&mut self, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CANCEL, account_id))? == 1)
    }

    /// Ends a code that was given for one sign-in.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn cancel_access_code_for(&mut self, session: SessionId) -> Result<(), StoreError> {
        run!(self, execute(CANCEL_FOR, session)).map(|_| ())
    }

    /// Ends the code that somebody was given, and those they gave.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_access_codes_around(&mut self, account_id: AccountId) -> Result<(), StoreError> {
        run!(self, execute(CANCEL_AROUND, account_id)).map(|_| ())
    }

    /// Removes the codes that have expired. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_access_codes(&mut self, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE, Micros(now)))
    }
}

impl Store {
    /// Somebody's code, while it works.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or holds a hash of another length.
    pub async fn find_access_code(&self, account_id: AccountId, now: Instant) -> Result<Option<AccessCode>, StoreError> {
        let row = run!(self, fetch_optional::<(Vec<u8>, AccountId, Micros, Micros, Option<SessionId>)>(FIND, account_id, Micros(now)))?;
        let Some((hash, given_by, created_at, expires_at, only_session)) = row else { return Ok(None) };
        let hash = hash.try_into().map_err(|_| StoreError::new("a hash in the database has another length"))?;
        Ok(Some(AccessCode { hash, given_by, created_at: created_at.0, expires_at: expires_at.0, only_session }))
    }
}
