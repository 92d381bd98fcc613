//! Emailed codes: who has them as a method, and the one live code of each attempt.
//!
//! A code is kept as a keyed hash, bound to the session that asked for it and to what it is for. A
//! new one takes the place of the old.

use countersign_domain::{Email, Instant};

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::{AccountId, EmailedCodeMethodId, SessionId, Store, StoreError, Tx};

sql! {
    TURN_ON = "INSERT INTO emailed_code_methods (id, account_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (account_id) DO NOTHING";
    TURN_OFF = "DELETE FROM emailed_code_methods WHERE account_id = $1";
    NOTE_USE = "UPDATE emailed_code_methods SET last_used_at = $2 WHERE account_id = $1";
    FIND_METHOD = "SELECT id, created_at, last_used_at FROM emailed_code_methods WHERE account_id = $1";
    /// No row changes while the code before is younger than $7.
    PUT = "INSERT INTO emailed_codes (session_id, purpose, code_hash, email, sent_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (session_id, purpose) DO UPDATE SET code_hash = excluded.code_hash, email = excluded.email, \
            sent_at = excluded.sent_at, expires_at = excluded.expires_at WHERE emailed_codes.sent_at <= $7";
    FIND = "SELECT code_hash, email, sent_at, expires_at FROM emailed_codes WHERE session_id = $1 AND purpose = $2";
    CONSUME = "DELETE FROM emailed_codes WHERE session_id = $1 AND purpose = $2 AND code_hash = $3 AND expires_at > $4 \
        AND EXISTS (SELECT 1 FROM sessions WHERE sessions.id = $1 AND sessions.account_id = $5)";
}

/// Emailed codes as somebody's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmailedCodeMethod {
    /// Its id.
    pub id: EmailedCodeMethodId,
    /// When it was turned on.
    pub created_at: Instant,
    /// When a code was last accepted.
    pub last_used_at: Option<Instant>,
}

/// A code that was sent and not used yet.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailedCode {
    /// The keyed hash of the digits. Never printed.
    pub code_hash: [u8; 32],
    /// Where it went.
    pub email: Email,
    /// When.
    pub sent_at: Instant,
    /// Until when it works.
    pub expires_at: Instant,
}

impl std::fmt::Debug for EmailedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code_hash: _, email, sent_at, expires_at } = self;
        f.debug_struct("EmailedCode")
            .field("code_hash", &format_args!("(..)"))
            .field("email", email)
            .field("sent_at", sent_at)
            .field("expires_at", expires_at)
            .finish()
    }
}

#[derive(sqlx::FromRow)]
struct CodeRow {
    code_hash: Vec<u8>,
    email: String,
    sent_at: Micros,
    expires_at: Micros,
}

impl Tx {
    /// Turns emailed codes on for somebody. `false` when they are on already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn turn_on_emailed_codes(&mut self, id: EmailedCodeMethodId, account_id: AccountId, at: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(TURN_ON, id, account_id, Micros(at)))? == 1)
    }

    /// Turns them off. `false` when they were off.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn turn_off_emailed_codes(&mut self, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(TURN_OFF, account_id))? == 1)
    }

    /// Keeps a code that is on its way, in the place of an older one of the same attempt. `false`
    /// when that one was sent after `resend_before`: too soon.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or the session has gone.
    pub async fn put_emailed_code(
        &mut self,
        session_id: SessionId,
        purpose: &str,
        code: &EmailedCode,
        resend_before: Instant,
    ) -> Result<bool, StoreError> {
        let EmailedCode { code_hash, email, sent_at, expires_at } = code;
        let put = run!(
            self,
            execute(PUT, session_id, purpose, &code_hash[..], email.as_str(), Micros(*sent_at), Micros(*expires_at), Micros(resend_before))
        )?;
        Ok(put == 1)
    }

    /// Uses a code up, and notes that the method was used. `true` for exactly one of those who race
    /// with it; `false`, too, when the session isn't this account's.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn consume_emailed_code(
        &mut self,
        session_id: SessionId,
        account_id: AccountId,
        purpose: &str,
        code_hash: &[u8; 32],
        now: Instant,
    ) -> Result<bool, StoreError> {
        if run!(self, execute(CONSUME, session_id, purpose, &code_hash[..], Micros(now), account_id))? == 0 {
            return Ok(false);
        }
        run!(self, execute(NOTE_USE, account_id, Micros(now)))?;
        Ok(true)
    }
}

impl Store {
    /// Emailed codes as somebody's method, if they are on.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_emailed_code_method(&self, account_id: AccountId) -> Result<Option<EmailedCodeMethod>, StoreError> {
        let row = run!(self, fetch_optional::<(EmailedCodeMethodId, Micros, Option<Micros>)>(FIND_METHOD, account_id))?;
        Ok(row.map(|(id, created_at, last_used_at)| EmailedCodeMethod {
            id,
            created_at: created_at.0,
            last_used_at: last_used_at.map(|at| at.0),
        }))
    }

    /// The code of an attempt, live or expired.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_emailed_code(&self, session_id: SessionId, purpose: &str) -> Result<Option<EmailedCode>, StoreError> {
        let Some(row) = run!(self, fetch_optional::<CodeRow>(FIND, session_id, purpose))? else { return Ok(None) };
        let code_hash = row.code_hash.try_into().map_err(|_| StoreError::new("a code's hash has another length"))?;
        Ok(Some(EmailedCode { code_hash, email: Email::from_stored(row.email), sent_at: row.sent_at.0, expires_at: row.expires_at.0 }))
    }
}
