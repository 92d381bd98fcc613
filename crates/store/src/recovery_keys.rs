//! Recovery keys: one to an account, kept as a hash.
//!
//! As with backup codes, the key itself is kept too, sealed, until the person says that it is saved.

use countersign_domain::Instant;
use zeroize::Zeroizing;

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::reseal::SealedColumn;
use crate::{AccountId, RecoveryKeyId, Store, StoreError, Tx};

sql! {
    DELETE = "DELETE FROM recovery_keys WHERE account_id = $1";
    CREATE = "INSERT INTO recovery_keys (id, account_id, hash, created_at, reveal) VALUES ($1, $2, $3, $4, $5)";
    /// Whoever takes the row out of the table is the one who used it.
    CONSUME = "DELETE FROM recovery_keys WHERE account_id = $1 AND hash = $2";
    FIND = "SELECT hash, created_at FROM recovery_keys WHERE account_id = $1";
    COUNT = "SELECT COUNT(*) FROM recovery_keys WHERE account_id = $1";
    HAS_SAVED = "SELECT CAST(1 AS BIGINT) FROM recovery_keys WHERE account_id = $1 AND reveal IS NULL";
    FIND_REVEAL = "SELECT id, reveal, created_at FROM recovery_keys WHERE account_id = $1 AND reveal IS NOT NULL";
    ACKNOWLEDGE = "UPDATE recovery_keys SET reveal = NULL WHERE account_id = $1 AND reveal IS NOT NULL";
    PAGE_OF_REVEALS = "SELECT id, reveal FROM recovery_keys WHERE id > $1 AND reveal IS NOT NULL ORDER BY id LIMIT 100";
    RESEAL_REVEAL = "UPDATE recovery_keys SET reveal = $3 WHERE id = $1 AND reveal = $2";
}

/// Where keys that are still to be shown are sealed.
pub(crate) const REVEALS: SealedColumn =
    SealedColumn { table: "recovery_keys", column: "reveal", page: PAGE_OF_REVEALS, replace: RESEAL_REVEAL };

/// A recovery key, as far as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredRecoveryKey {
    /// The hash of the key. Never printed.
    pub hash: Vec<u8>,
    /// When it was made.
    pub created_at: Instant,
}

impl std::fmt::Debug for StoredRecoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredRecoveryKey").field("hash", &format_args!("(..)")).field("created_at", &self.created_at).finish()
    }
}

/// A key that its owner hasn't said is saved.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryKeyReveal {
    /// The key, in the form it was handed in. Never printed.
    pub key: Zeroizing<Vec<u8>>,
    /// When it was made.
    pub created_at: Instant,
}

impl std::fmt::Debug for RecoveryKeyReveal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecoveryKeyReveal").field("key", &format_args!("(..)")).field("created_at", &self.created_at).finish()
    }
}

impl Tx {
    /// Gives somebody a new key; the old one dies. `reveal` is the key in plain, sealed here, to be
    /// shown until [`Tx::acknowledge_recovery_key`].
    ///
    /// # Errors
    /// [`StoreError`] when the database or the sealing fails.
    pub async fn replace_recovery_key(
        &mut self,
        id: RecoveryKeyId,
        account_id: AccountId,
        hash: &[u8; 32],
        reveal: &[u8],
        at: Instant,
    ) -> Result<(), StoreError> {
        let reveal = self.keys.seal(REVEALS.place(id.as_uuid()), reveal)?;
        // Two new keys at once would both delete the old one and then collide.
        self.lock_account(account_id).await?;
        run!(self, execute(DELETE, account_id))?;
        run!(self, execute(CREATE, id, account_id, &hash[..], Micros(at), reveal.as_slice())).map(|_| ())
    }

    /// Uses the key up. `true` for exactly one of those who race with it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn consume_recovery_key(&mut self, account_id: AccountId, hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CONSUME, account_id, &hash[..]))? == 1)
    }

    /// Whether somebody has a key, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_recovery_key(&mut self, account_id: AccountId) -> Result<bool, StoreError> {
        let (count,) = run!(self, fetch_one::<(i64,)>(COUNT, account_id))?;
        Ok(count > 0)
    }

    /// Whether somebody has a key and said that it is saved, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_saved_recovery_key(&mut self, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<(i64,)>(HAS_SAVED, account_id))?.is_some())
    }

    /// Forgets the key in plain: its owner has it. `false` when it was forgotten before.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn acknowledge_recovery_key(&mut self, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(ACKNOWLEDGE, account_id))? == 1)
    }

    /// Deletes somebody's key. `false` when they have none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_recovery_key(&mut self, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(DELETE, account_id))? == 1)
    }
}

impl Store {
    /// Somebody's key, as far as it is kept.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_recovery_key(&self, account_id: AccountId) -> Result<Option<StoredRecoveryKey>, StoreError> {
        let row = run!(self, fetch_optional::<(Vec<u8>, Micros)>(FIND, account_id))?;
        Ok(row.map(|(hash, created_at)| StoredRecoveryKey { hash, created_at: created_at.0 }))
    }

    /// The key in plain, while its owner hasn't said that it is saved.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the key can't be opened.
    pub async fn find_recovery_key_reveal(&self, account_id: AccountId) -> Result<Option<RecoveryKeyReveal>, StoreError> {
        let row = run!(self, fetch_optional::<(RecoveryKeyId, Vec<u8>, Micros)>(FIND_REVEAL, account_id))?;
        let open = |(id, reveal, created_at): (RecoveryKeyId, Vec<u8>, Micros)| {
            let key = self.keys().open(REVEALS.place(id.as_uuid()), &reveal)?;
            Ok(RecoveryKeyReveal { key, created_at: created_at.0 })
        };
        row.map(open).transpose()
    }
}
