//! The outbox: mails that wait to be sent, and what became of them.
//!
//! A mail is written in the transaction of the act that causes it, and taken by one node at a time,
//! for as long as its lease lasts. Its words are sealed, and go when it is sent or given up. When a
//! transaction that wrote one is committed, this process is told ([`Store::mail_posted`]); other
//! nodes look now and then.

use countersign_domain::{Email, Instant};
use zeroize::Zeroizing;

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::reseal::SealedColumn;
use crate::{AccountId, MailId, SessionId, Store, StoreError, Tx};

sql! {
    POST = "INSERT INTO mails (id, account_id, kind, recipient, message, state, session_id, slot, created_at, due_at, expires_at, is_bulk) \
        VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    /// The same, unless $10 or more of its kind were written since $11 and not found needless.
    POST_WITHIN = "INSERT INTO mails (id, account_id, kind, recipient, message, state, session_id, slot, created_at, due_at, expires_at) \
        SELECT $1, $2, $3, $4, $5, 'waiting', $6, NULL, $7, $8, $9 WHERE $10 > \
        (SELECT COUNT(*) FROM mails WHERE account_id = $2 AND kind = $3 AND created_at > $11 AND state <> 'void')";
    /// The same work for an address that nobody has: it is written, and never sent.
    POST_VOID = "INSERT INTO mails (id, kind, recipient, state, slot, created_at, due_at, expires_at, ended_at) \
        VALUES ($1, $2, $3, 'void', $4, $5, $5, $6, $5) ON CONFLICT DO NOTHING";
    /// On PostgreSQL two nodes may choose the same rows; the second waits for the first, sees the
    /// lease and leaves them.
    CLAIM = "UPDATE mails SET claimed_until = $2, attempts = attempts + 1 WHERE id IN \
            (SELECT id FROM mails WHERE state = 'waiting' AND due_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1) \
            ORDER BY is_bulk, due_at LIMIT $3) \
        AND state = 'waiting' AND (claimed_until IS NULL OR claimed_until <= $1) \
        RETURNING id, account_id, kind, recipient, message, created_at, expires_at, attempts";
    END = "UPDATE mails SET state = $2, message = NULL, ended_at = $3, reason = $4, claimed_until = NULL WHERE id = $1 AND state = 'waiting'";
    /// $4 is which try it was: whoever's lease has run out postpones nothing that another has taken.
    POSTPONE = "UPDATE mails SET due_at = $2, claimed_until = NULL, reason = $3 WHERE id = $1 AND state = 'waiting' AND attempts = $4";
    /// Not deleted: one that a node is sending at this moment has to count still.
    VOID_OF_SESSION = "UPDATE mails SET state = 'void', message = NULL, ended_at = $2 WHERE session_id = $1 AND state = 'waiting'";
    VOID_OF_SESSION_AND_KIND = "UPDATE mails SET state = 'void', message = NULL, ended_at = $3 \
        WHERE session_id = $1 AND kind = $2 AND state = 'waiting'";
    VOID_OF_ATTEMPT = "UPDATE mails SET state = 'void', message = NULL, ended_at = $3 WHERE state = 'waiting' AND session_id IN \
        (SELECT id FROM sessions WHERE token_hash = $1 AND account_id = $2 AND stage = 'second-step')";
    MOVE_TO_ATTEMPT = "UPDATE mails SET session_id = $4 WHERE state = 'waiting' AND kind = $3 AND session_id IN \
        (SELECT id FROM sessions WHERE token_hash = $1 AND account_id = $2 AND stage = 'second-step')";
    RELEASE = "UPDATE mails SET due_at = $3 WHERE session_id = $1 AND kind = $2 AND state = 'waiting' AND due_at > $3";
    COUNT_SINCE = "SELECT COUNT(*) FROM mails WHERE account_id = $1 AND kind = $2 AND created_at > $3";
    COUNT = "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0) AS BIGINT) AS waiting, \
        CAST(COALESCE(SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS failed, \
        CAST(COALESCE(SUM(CASE WHEN state = 'sent' THEN 1 ELSE 0 END), 0) AS BIGINT) AS sent, \
        MIN(CASE WHEN state = 'waiting' THEN due_at END) AS oldest_due_at FROM mails";
    LIST_FAILED = "SELECT kind, recipient, COALESCE(reason, '') AS reason, COALESCE(ended_at, created_at) AS ended_at FROM mails \
        WHERE state = 'failed' ORDER BY ended_at DESC LIMIT $1";
    /// $1 for those that are nobody's or were never needed, $2 for those that were sent, $3 for those that failed.
    PURGE = "DELETE FROM mails WHERE (state = 'void' AND ended_at <= $1) OR (state = 'sent' AND ended_at <= $2) \
        OR (state = 'failed' AND ended_at <= $3)";
    PAGE_OF_MESSAGES = "SELECT id, message FROM mails WHERE id > $1 AND message IS NOT NULL ORDER BY id LIMIT 100";
    RESEAL_MESSAGE = "UPDATE mails SET message = $3 WHERE id = $1 AND message = $2";
}

/// Where words that wait to be sent are sealed.
pub(crate) const MESSAGES: SealedColumn =
    SealedColumn { table: "mails", column: "message", page: PAGE_OF_MESSAGES, replace: RESEAL_MESSAGE };

/// A mail to be written down.
#[derive(Clone, Debug)]
pub struct NewMail<'a> {
    /// Its id.
    pub id: MailId,
    /// Whose it is about, if they have an account.
    pub account_id: Option<AccountId>,
    /// It is for an address that nobody has: it is written, and never sent.
    pub is_void: bool,
    /// What it says: a stable word.
    pub kind: &'a str,
    /// Where it goes.
    pub recipient: &'a Email,
    /// Many get one like it at once: it goes after those that somebody waits for.
    pub is_bulk: bool,
    /// The sign-in it is about, if that may make it needless.
    pub session_id: Option<SessionId>,
    /// Of the mails with one slot there is one.
    pub slot: Option<[u8; 32]>,
    /// When it was written.
    pub created_at: Instant,
    /// When it may be sent.
    pub due_at: Instant,
    /// When it isn't worth sending any more.
    pub expires_at: Instant,
}

/// A mail that was taken, to be sent.
#[derive(Clone)]
pub struct Mail {
    /// Its id.
    pub id: MailId,
    /// Whose it is about.
    pub account_id: Option<AccountId>,
    /// What it says.
    pub kind: String,
    /// Where it goes.
    pub recipient: Email,
    /// Its words, in the form they were handed in; `None` when these keys don't open them, which must
    /// hold no other mail up. Never printed.
    pub message: Option<Zeroizing<Vec<u8>>>,
    /// When it was written.
    pub created_at: Instant,
    /// When it isn't worth sending any more.
    pub expires_at: Instant,
    /// How often it was taken, this time included.
    pub attempts: i64,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("id", &self.id).field("kind", &self.kind).field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

/// How the outbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailCounts {
    /// Waiting to be sent, those included that are held back.
    pub waiting: u64,
    /// Given up, in the last thirty days.
    pub failed: u64,
    /// Sent, in the last seven days.
    pub sent: u64,
    /// When the first of those that wait is due.
    pub oldest_due_at: Option<Instant>,
}

/// A mail that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedMail {
    /// What it said.
    pub kind: String,
    /// Where it should have gone.
    pub recipient: Email,
    /// Why it didn't.
    pub reason: String,
    /// When it was given up.
    pub ended_at: Instant,
}

#[derive(sqlx::FromRow)]
struct MailRow {
    id: MailId,
    account_id: Option<AccountId>,
    kind: String,
    recipient: String,
    message: Vec<u8>,
    created_at: Micros,
    expires_at: Micros,
    attempts: i64,
}

#[derive(sqlx::FromRow)]
struct CountRow {
    waiting: i64,
    failed: i64,
    sent: i64,
    oldest_due_at: Option<Micros>,
}

impl Tx {
    /// Writes a mail into the outbox. `message` is its words in plain, sealed here. `false` when
    /// there is one with its slot already.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the sealing fails.
    pub async fn post_mail(&mut self, mail: &NewMail<'_>, message: &[u8]) -> Result<bool, StoreError> {
        let NewMail { id, account_id, is_void, kind, recipient, is_bulk, session_id, slot, created_at, due_at, expires_at } = mail;
        let message = self.keys.seal(MESSAGES.place(id.as_uuid()), message)?;
        let slot = slot.as_ref().map(|slot| &slot[..]);
        let (created_at, due_at, expires_at) = (Micros(*created_at), Micros(*due_at), Micros(*expires_at));
        if *is_void {
            return Ok(run!(self, execute(POST_VOID, id, *kind, recipient.as_str(), slot, created_at, expires_at))? == 1);
        }
        let message = message.as_slice();
        let posted = run!(
            self,
            execute(POST, id, *account_id, *kind, recipient.as_str(), message, *session_id, slot, created_at, due_at, expires_at, *is_bulk)
        )?;
        self.has_posted |= posted == 1;
        Ok(posted == 1)
    }

    /// Writes a mail that is about an account, unless `limit` or more of its kind were written since
    /// `since` and not found needless. Its slot is ignored.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the sealing fails.
    pub async fn post_mail_within(&mut self, mail: &NewMail<'_>, message: &[u8], limit: i64, since: Instant) -> Result<bool, StoreError> {
        let NewMail { id, account_id, is_void: _, kind, recipient, is_bulk: _, session_id, slot: _, created_at, due_at, expires_at } = mail;
        let message = self.keys.seal(MESSAGES.place(id.as_uuid()), message)?;
        let (created_at, due_at, expires_at) = (Micros(*created_at), Micros(*due_at), Micros(*expires_at));
        let posted = run!(
            self,
            execute(
                POST_WITHIN,
                id,
                *account_id,
                *kind,
                recipient.as_str(),
                message.as_slice(),
                *session_id,
                created_at,
                due_at,
                expires_at,
                limit,
                Micros(since)
            )
        )?;
        self.has_posted |= posted == 1;
        Ok(posted == 1)
    }

    /// What waits to be sent about a sign-in isn't needed: it has ended well.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn void_mails_of_session(&mut self, session_id: SessionId, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(VOID_OF_SESSION, session_id, Micros(now)))
    }

    /// What waits of one kind isn't needed: a newer one takes its place.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn void_mails_of_kind(&mut self, session_id: SessionId, kind: &str, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(VOID_OF_SESSION_AND_KIND, session_id, kind, Micros(now)))
    }

    /// What waits about an attempt isn't needed: the same account begins anew.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn void_mails_of_attempt(&mut self, token_hash: &[u8; 32], account_id: AccountId, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(VOID_OF_ATTEMPT, &token_hash[..], account_id, Micros(now)))
    }

    /// Hands what waits of one kind on to the attempt that the same account makes next, due as it
    /// was. `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn move_mails_of_attempt(
        &mut self,
        token_hash: &[u8; 32],
        account_id: AccountId,
        kind: &str,
        to: SessionId,
    ) -> Result<bool, StoreError> {
        Ok(run!(self, execute(MOVE_TO_ATTEMPT, &token_hash[..], account_id, kind, to))? > 0)
    }

    /// Lets a mail go that was held back. `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn release_mail(&mut self, session_id: SessionId, kind: &str, now: Instant) -> Result<bool, StoreError> {
        let released = run!(self, execute(RELEASE, session_id, kind, Micros(now)))? > 0;
        self.has_posted |= released;
        Ok(released)
    }

    /// How many mails of one kind were written for an account since then, whatever became of them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_mails_since(&mut self, account_id: AccountId, kind: &str, since: Instant) -> Result<u64, StoreError> {
        let (count,) = run!(self, fetch_one::<(i64,)>(COUNT_SINCE, account_id, kind, Micros(since)))?;
        Ok(count.unsigned_abs())
    }

    /// Forgets mails that are nobody's or weren't needed, and ended by `void_before`; those that were sent
    /// by `sent_before`; and those that failed by `failed_before`. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_mails(&mut self, void_before: Instant, sent_before: Instant, failed_before: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE, Micros(void_before), Micros(sent_before), Micros(failed_before)))
    }
}

impl Store {
    /// Resolves when this process has committed a mail since this was last asked.
    pub async fn mail_posted(&self) {
        self.mail_posted.notified().await;
    }

    /// Takes mails that are due, at most `limit`: nobody else gets them before `lease_until`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn claim_mails(&self, now: Instant, lease_until: Instant, limit: i64) -> Result<Vec<Mail>, StoreError> {
        // All rows, so that the statement is stepped to its end, where a full disk shows.
        let rows = run!(self.alone(), fetch_all::<MailRow>(CLAIM, Micros(now), Micros(lease_until), limit))?;
        let open = |row: MailRow| Mail {
            message: self.keys().open(MESSAGES.place(row.id.as_uuid()), &row.message).ok(),
            id: row.id,
            account_id: row.account_id,
            kind: row.kind,
            recipient: Email::from_stored(row.recipient),
            created_at: row.created_at.0,
            expires_at: row.expires_at.0,
            attempts: row.attempts,
        };
        Ok(rows.into_iter().map(open).collect())
    }

    /// A mail was sent. `false` when it isn't waiting any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn record_mail_sent(&self, id: MailId, now: Instant) -> Result<bool, StoreError> {
        Ok(run!(self.alone(), execute(END, id, "sent", Micros(now), None::<&str>))? == 1)
    }

    /// A mail is given up.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn record_mail_failed(&self, id: MailId, reason: &str, now: Instant) -> Result<bool, StoreError> {
        Ok(run!(self.alone(), execute(END, id, "failed", Micros(now), Some(reason)))? == 1)
    }

    /// A mail couldn't be sent at the try `attempts`, and is tried again later. `false` when it isn't
    /// waiting any more, or another has taken it since.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn postpone_mail(&self, id: MailId, attempts: i64, reason: &str, due_at: Instant) -> Result<bool, StoreError> {
        Ok(run!(self.alone(), execute(POSTPONE, id, Micros(due_at), reason, attempts))? == 1)
    }

    /// How the outbox stands.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_mails(&self) -> Result<MailCounts, StoreError> {
        let row = run!(self, fetch_one::<CountRow>(COUNT))?;
        Ok(MailCounts {
            waiting: row.waiting.unsigned_abs(),
            failed: row.failed.unsigned_abs(),
            sent: row.sent.unsigned_abs(),
            oldest_due_at: row.oldest_due_at.map(|at| at.0),
        })
    }

    /// The mails that were given up, latest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_failed_mails(&self, limit: i64) -> Result<Vec<FailedMail>, StoreError> {
        let rows = run!(self, fetch_all::<(String, String, String, Micros)>(LIST_FAILED, limit))?;
        let read = |(kind, recipient, reason, ended_at): (String, String, String, Micros)| FailedMail {
            kind,
            recipient: Email::from_stored(recipient),
            reason,
            ended_at: ended_at.0,
        };
        Ok(rows.into_iter().map(read).collect())
    }
}
