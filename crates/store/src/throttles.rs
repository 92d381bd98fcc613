//! Failures in a row, and the pauses they cause: per subject, factor and browser.
//!
//! An attempt is charged *before* it is verified and forgiven when it was right. So whoever sends
//! a hundred guesses at once gets as far as the one who sends them one by one. The figures are
//! [`countersign_domain::throttle`]'s.
//!
//! A subject is a keyed hash, of an email as typed or of an account, so that
//! an address that nobody has leaves nothing readable; an account's rows name the account, so that
//! whoever may help can see who is held. A browser that has signed in
//! before has a counter of its own; all the others share one, whose device is all zeros. The
//! charge is exact for one browser; attempts in the very same instant from several known
//! browsers of one person may each pass the limit over all browsers once.

use countersign_domain::throttle::{DISABLED_AT, FIRST_PAUSE_AT, FIRST_PAUSE_SECONDS, Hold, LONG_PAUSE_AT, LONG_PAUSE_SECONDS};
use countersign_domain::{Factor, Instant};

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::{AccountId, Store, StoreError, Tx};

sql! {
    /// No row comes back when the factor is paused or switched off. A first failure is inserted
    /// without a pause. $4 now, $5 first pause at, $6 long pause at, $7 first pause and $8 long
    /// pause in microseconds, $9 switched off at, $10 whose they are.
    CHARGE = "INSERT INTO throttles (subject, factor, device, failures, paused_until, last_at, account_id) \
        SELECT $1, $2, $3, 1, NULL, $4, $10 \
        WHERE (SELECT COALESCE(SUM(failures), 0) FROM throttles WHERE subject = $1 AND factor = $2) < $9 \
        ON CONFLICT (subject, factor, device) DO UPDATE SET failures = throttles.failures + 1, last_at = excluded.last_at, \
            account_id = excluded.account_id, \
            paused_until = CASE \
                WHEN throttles.failures + 1 < $5 THEN NULL \
                WHEN throttles.failures + 1 >= $6 THEN excluded.last_at + $8 \
                ELSE excluded.last_at + $7 * (CAST(1 AS BIGINT) << CAST(throttles.failures + 1 - $5 AS INTEGER)) END \
        WHERE throttles.paused_until IS NULL OR throttles.paused_until <= excluded.last_at \
        RETURNING failures";
    /// $3 is the device.
    READ = "SELECT CAST(COALESCE(SUM(failures), 0) AS BIGINT) AS total, \
        MAX(CASE WHEN device = $3 THEN failures END) AS failures, \
        MAX(CASE WHEN device = $3 THEN paused_until END) AS paused_until \
        FROM throttles WHERE subject = $1 AND factor = $2";
    /// This browser's row too, although it is deleted next: taking all locks in one statement,
    /// in the order of the key, keeps two browsers of one person from waiting for each other.
    FORGIVE_ALL = "UPDATE throttles SET failures = 0 WHERE subject = $1 AND factor = $2";
    CLEAR = "DELETE FROM throttles WHERE subject = $1 AND factor = $2 AND device = $3";
    FORGET = "DELETE FROM throttles WHERE subject = $1 AND factor = $2";
    UNLOCK = "DELETE FROM throttles WHERE subject = $1";
    /// What is switched off stays so, however long ago: only a person may mend it.
    PURGE = "DELETE FROM throttles WHERE last_at < $1 AND (SELECT SUM(failures) FROM throttles AS others \
        WHERE others.subject = throttles.subject AND others.factor = throttles.factor) < $2";
}

/// Microseconds in one second.
const SECOND: i64 = 1_000_000;
/// The device of all browsers that never signed in.
const UNKNOWN: [u8; 32] = [0; 32];

// CHARGE inserts the first failure without a pause.
const _: () = assert!(FIRST_PAUSE_AT > 1 && DISABLED_AT > 1);

/// What failures are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleKey {
    /// A keyed hash of whose factor it is.
    pub subject: [u8; 32],
    /// The factor.
    pub factor: Factor,
    /// The hash of a known browser's cookie; zeros for the others.
    pub device: [u8; 32],
    /// Whose they are, if they are somebody's: so that whoever helps them can see it.
    pub account_id: Option<AccountId>,
}

/// Whether an attempt may be made.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// It may, and counts as a failure until [`Tx::clear_attempts`].
    Allowed {
        /// The failures in a row, this one included.
        failures: i64,
    },
    /// Not before the pause is over. Nothing was counted.
    Paused {
        /// When it ends.
        until: Instant,
        /// The failures in a row that caused it.
        failures: i64,
    },
    /// The factor is switched off. Nothing was counted.
    Disabled,
}

impl From<Hold> for Charge {
    fn from(hold: Hold) -> Self {
        match hold {
            Hold::Paused { until, failures } => Self::Paused { until, failures },
            Hold::Disabled => Self::Disabled,
        }
    }
}

#[derive(sqlx::FromRow)]
struct ThrottleRow {
    total: i64,
    failures: Option<i64>,
    paused_until: Option<Micros>,
}

impl ThrottleRow {
    fn hold(&self, now: Instant) -> Option<Hold> {
        if self.total >= DISABLED_AT {
            return Some(Hold::Disabled);
        }
        let until = self.paused_until.map(|until| until.0).filter(|until| *until > now)?;
        Some(Hold::Paused { until, failures: self.failures.unwrap_or(0) })
    }
}

impl Tx {
    /// Forgives after a success: this browser's failures and pause are forgotten.
    ///
    /// The failures of the other browsers are forgotten too, but only for a password, and only
    /// when this browser is a known one (its device isn't all zeros); their pauses stay. So a
    /// person at their own computer resets what strangers have added up elsewhere, without ending
    /// a stranger's pause. Guesses at a second step come from somebody who has the password:
    /// those are never forgiven from elsewhere, and end at [`DISABLED_AT`].
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn clear_attempts(&mut self, key: &ThrottleKey) -> Result<(), StoreError> {
        let ThrottleKey { subject, factor, device, .. } = key;
        if *device != UNKNOWN && *factor == Factor::Password {
            run!(self, execute(FORGIVE_ALL, &subject[..], factor.code()))?;
        }
        run!(self, execute(CLEAR, &subject[..], factor.code(), &device[..])).map(|_| ())
    }

    /// Forgets the failures of one factor, and with them its pause.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn forget_failures(&mut self, subject: &[u8; 32], factor: Factor) -> Result<(), StoreError> {
        run!(self, execute(FORGET, &subject[..], factor.code())).map(|_| ())
    }

    /// Ends every pause of a subject and switches its factors on again. Says how many counters
    /// there were.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn unlock(&mut self, subject: &[u8; 32]) -> Result<u64, StoreError> {
        run!(self, execute(UNLOCK, &subject[..]))
    }

    /// Forgets counters that nothing was added to since `older_than`, except where the factor is
    /// switched off. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_throttles(&mut self, older_than: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE, Micros(older_than), DISABLED_AT))
    }
}

impl Store {
    /// Counts an attempt before it is verified, and says whether it may be made.
    ///
    /// It counts at once, and not as a part of anything: a charge that could be rolled back would
    /// never have been made.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; the attempt must not be made then.
    pub async fn charge_attempt(&self, key: &ThrottleKey, now: Instant) -> Result<Charge, StoreError> {
        let ThrottleKey { subject, factor, device, account_id } = key;
        // Twice, because on PostgreSQL somebody may end the pause between the two statements.
        for _ in 0..2 {
            // All rows, so that the statement is stepped to its end, where a full disk shows.
            let charged = run!(
                self.alone(),
                fetch_all::<(i64,)>(
                    CHARGE,
                    &subject[..],
                    factor.code(),
                    &device[..],
                    Micros(now),
                    FIRST_PAUSE_AT,
                    LONG_PAUSE_AT,
                    FIRST_PAUSE_SECONDS * SECOND,
                    LONG_PAUSE_SECONDS * SECOND,
                    DISABLED_AT,
                    *account_id
                )
            )?;
            if let Some(&(failures,)) = charged.first() {
                return Ok(Charge::Allowed { failures });
            }
            let row = run!(self.alone(), fetch_one::<ThrottleRow>(READ, &subject[..], factor.code(), &device[..]))?;
            if let Some(hold) = row.hold(now) {
                return Ok(hold.into());
            }
        }
        Ok(Charge::Paused { until: now, failures: 0 })
    }

    /// Why a factor can't be tried right now, without counting an attempt.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_hold(&self, key: &ThrottleKey, now: Instant) -> Result<Option<Hold>, StoreError> {
        let ThrottleKey { subject, factor, device, .. } = key;
        let row = run!(self, fetch_one::<ThrottleRow>(READ, &subject[..], factor.code(), &device[..]))?;
        Ok(row.hold(now))
    }
}
