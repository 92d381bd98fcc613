//! Browsers that somebody has signed in with before, by the hash of a cookie's token.
//!
//! Being known earns a browser its own counter of failures, and nothing else: it never stands in
//! for a second step.

use countersign_domain::Instant;

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::{AccountId, Store, StoreError, Tx};

sql! {
    REMEMBER = "INSERT INTO browsers (account_id, token_hash, first_at, last_at) VALUES ($1, $2, $3, $3) \
        ON CONFLICT (account_id, token_hash) DO UPDATE SET last_at = excluded.last_at";
    SEE_AGAIN = "UPDATE browsers SET last_at = $3 WHERE account_id = $1 AND token_hash = $2";
    IS_KNOWN = "SELECT 1 FROM browsers WHERE account_id = $1 AND token_hash = $2";
    IS_KNOWN_TO_ANYBODY = "SELECT 1 FROM browsers WHERE token_hash = $1 LIMIT 1";
    FORGET = "DELETE FROM browsers WHERE account_id = $1";
}

impl Tx {
    /// Notes that somebody signed in with this browser.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remember_browser(&mut self, account_id: AccountId, token_hash: &[u8; 32], at: Instant) -> Result<(), StoreError> {
        run!(self, execute(REMEMBER, account_id, &token_hash[..], Micros(at))).map(|_| ())
    }

    /// Notes that somebody signed in with a browser they had signed in with before. `false` when they
    /// hadn't.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn see_browser_again(&mut self, account_id: AccountId, token_hash: &[u8; 32], at: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(SEE_AGAIN, account_id, &token_hash[..], Micros(at)))? == 1)
    }

    /// Forgets every browser of somebody's. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn forget_browsers(&mut self, account_id: AccountId) -> Result<u64, StoreError> {
        run!(self, execute(FORGET, account_id))
    }
}

impl Tx {
    /// Whether somebody has signed in with this browser before, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn knows_browser(&mut self, account_id: AccountId, token_hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<()>(IS_KNOWN, account_id, &token_hash[..]))?.is_some())
    }

    /// Whether anybody has signed in with this browser before.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_browser_of_anybody(&mut self, token_hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<()>(IS_KNOWN_TO_ANYBODY, &token_hash[..]))?.is_some())
    }
}

impl Store {
    /// Whether somebody has signed in with this browser before.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_known_browser(&self, account_id: AccountId, token_hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<()>(IS_KNOWN, account_id, &token_hash[..]))?.is_some())
    }
}
