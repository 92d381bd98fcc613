//! The installation itself: the set-up link that works once, and what must not change between
//! two starts.

use countersign_domain::Instant;

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::{Store, StoreError, Tx};

sql! {
    OPEN_SET_UP = "INSERT INTO installation (id, set_up_token_hash, created_at) \
        SELECT 1, $1, $2 WHERE NOT EXISTS (SELECT 1 FROM organisations) \
        ON CONFLICT (id) DO UPDATE SET set_up_token_hash = excluded.set_up_token_hash";
    CONSUME_SET_UP = "UPDATE installation SET set_up_token_hash = NULL \
        WHERE set_up_token_hash = $1 AND NOT EXISTS (SELECT 1 FROM organisations)";
    IS_SET_UP_OPEN = "SELECT 1 FROM installation \
        WHERE set_up_token_hash = $1 AND NOT EXISTS (SELECT 1 FROM organisations)";
    FIND_KEY_CHECK = "SELECT value FROM key_checks WHERE id = 1";
    CREATE_KEY_CHECK = "INSERT INTO key_checks (id, value) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    FIND_RP_ID = "SELECT rp_id FROM relying_parties WHERE id = 1";
    CREATE_RP_ID = "INSERT INTO relying_parties (id, rp_id) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    REPLACE_RP_ID = "UPDATE relying_parties SET rp_id = $1 WHERE id = 1";
    HAS_ORGANISATION = "SELECT 1 FROM organisations";
}

impl Tx {
    /// Makes `token_hash` the one set-up link that works; an older one dies. `false` when there
    /// is an organisation already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn open_set_up(&mut self, token_hash: &[u8; 32], at: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(OPEN_SET_UP, &token_hash[..], Micros(at)))? == 1)
    }

    /// Uses the set-up link up. `true` for exactly one caller.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn consume_set_up(&mut self, token_hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CONSUME_SET_UP, &token_hash[..]))? == 1)
    }

    /// Keeps the relying party id that keys are bound to. `false` when one is kept already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_rp_id(&mut self, rp_id: &str) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CREATE_RP_ID, rp_id))? == 1)
    }

    /// Binds keys to another relying party id from now on; those connected before are worthless
    /// then. `false` when none is kept yet.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn replace_rp_id(&mut self, rp_id: &str) -> Result<bool, StoreError> {
        Ok(run!(self, execute(REPLACE_RP_ID, rp_id))? == 1)
    }

    /// Keeps what this installation's keys make of a fixed text. `false` when it is kept already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_key_check(&mut self, value: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CREATE_KEY_CHECK, &value[..]))? == 1)
    }
}

impl Store {
    /// What this installation's keys make of a fixed text, if it was ever started.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_key_check(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(run!(self, fetch_optional::<(Vec<u8>,)>(FIND_KEY_CHECK))?.map(|(value,)| value))
    }

    /// The relying party id that keys are bound to, if the installation was ever started.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_rp_id(&self) -> Result<Option<String>, StoreError> {
        Ok(run!(self, fetch_optional::<(String,)>(FIND_RP_ID))?.map(|(rp_id,)| rp_id))
    }

    /// Whether this set-up link would still work.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_set_up_open(&self, token_hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<()>(IS_SET_UP_OPEN, &token_hash[..]))?.is_some())
    }

    /// Whether the installation has been set up.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_organisation(&self) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<()>(HAS_ORGANISATION))?.is_some())
    }
}
