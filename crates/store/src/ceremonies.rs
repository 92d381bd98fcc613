//! Ceremonies: challenges that were handed out and not answered yet (WebAuthn L3 §5).
//!
//! They are here and not in memory, so that any node can finish what another began. Each is
//! answered at most once: whoever takes its row out of the table is the one who answers. A
//! stranger's challenge is the other way round: it travels with the stranger, and its row is
//! written when an answer is accepted, so that asking costs the database nothing.

use countersign_domain::Instant;
use serde_json::Value;

use crate::columns::{JsonText, Micros};
use crate::dispatch::{run, sql};
use crate::{CeremonyId, Store, StoreError, Tx};

sql! {
    CREATE = "INSERT INTO ceremonies (id, bound_to, purpose, state, expires_at) VALUES ($1, $2, $3, $4, $5)";
    CONSUME = "DELETE FROM ceremonies WHERE id = $1 AND bound_to = $2 AND purpose = $3 AND expires_at > $4 RETURNING state";
    SPEND = "INSERT INTO ceremonies (id, bound_to, purpose, state, expires_at) VALUES ($1, $2, $3, 'null', $4) \
        ON CONFLICT (id) DO NOTHING";
    /// Ids grow with time.
    FORGET_OLDER = "DELETE FROM ceremonies WHERE bound_to = $1 AND id NOT IN \
        (SELECT id FROM ceremonies WHERE bound_to = $1 ORDER BY id DESC LIMIT $2)";
    IS_SPENT = "SELECT COUNT(*) FROM ceremonies WHERE id = $1 AND bound_to = $2";
    PURGE = "DELETE FROM ceremonies WHERE expires_at <= $1";
}

/// How many challenges of one token wait at once: one a tab, and a few tabs.
const OPEN_AT_ONCE: i64 = 5;

/// A challenge that waits for its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ceremony {
    /// Its id, which the browser brings back.
    pub id: CeremonyId,
    /// The hash of the token whose bearer alone may answer.
    pub bound_to: [u8; 32],
    /// What an answer is good for: a stable word.
    pub purpose: &'static str,
    /// What the answer is checked against.
    pub state: Value,
    /// Until when.
    pub expires_at: Instant,
}

impl Tx {
    /// Spends a challenge that wasn't kept. `false` when it was spent before.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn spend_ceremony(
        &mut self,
        id: CeremonyId,
        bound_to: &[u8; 32],
        purpose: &str,
        expires_at: Instant,
    ) -> Result<bool, StoreError> {
        Ok(run!(self, execute(SPEND, id, &bound_to[..], purpose, Micros(expires_at)))? == 1)
    }
}

impl Store {
    /// Keeps a challenge, and forgets all but the latest of its token's: one who asks on and on
    /// fills nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_ceremony(&self, ceremony: &Ceremony) -> Result<(), StoreError> {
        let Ceremony { id, bound_to, purpose, state, expires_at } = ceremony;
        run!(self.alone(), execute(FORGET_OLDER, &bound_to[..], OPEN_AT_ONCE - 1))?;
        run!(self.alone(), execute(CREATE, id, &bound_to[..], *purpose, state.to_string(), Micros(*expires_at))).map(|_| ())
    }

    /// Whether a challenge that wasn't kept has been spent.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_ceremony_spent(&self, id: CeremonyId, bound_to: &[u8; 32]) -> Result<bool, StoreError> {
        let (count,) = run!(self, fetch_one::<(i64,)>(IS_SPENT, id, &bound_to[..]))?;
        Ok(count > 0)
    }

    /// Takes a challenge out, for the one who may answer it. `None` when there is none, it has
    /// expired, it belongs to another token or purpose, or somebody was faster.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn consume_ceremony(
        &self,
        id: CeremonyId,
        bound_to: &[u8; 32],
        purpose: &str,
        now: Instant,
    ) -> Result<Option<Value>, StoreError> {
        // All rows, so that the statement is stepped to its end, where a full disk shows.
        let found = run!(self.alone(), fetch_all::<(JsonText,)>(CONSUME, id, &bound_to[..], purpose, Micros(now)))?;
        Ok(found.into_iter().next().map(|(state,)| state.0))
    }

    /// Forgets the challenges that have expired. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_ceremonies(&self, now: Instant) -> Result<u64, StoreError> {
        run!(self.alone(), execute(PURGE, Micros(now)))
    }
}
