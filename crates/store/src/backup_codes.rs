//! Backup codes: one set to an account, kept as hashes with one salt.
//!
//! The codes themselves are kept too, sealed, until the person says that they are saved: a page
//! that is loaded again must be able to show them again. After that nobody can.

use countersign_domain::Instant;
use zeroize::Zeroizing;

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::reseal::SealedColumn;
use crate::{AccountId, BackupCodeSetId, Store, StoreError, Tx};

sql! {
    DELETE = "DELETE FROM backup_code_sets WHERE account_id = $1";
    CREATE_SET = "INSERT INTO backup_code_sets (id, account_id, salt, params, created_at, reveal) VALUES ($1, $2, $3, $4, $5, $6)";
    CREATE_CODE = "INSERT INTO backup_codes (set_id, hash) VALUES ($1, $2)";
    FIND = "SELECT id, account_id, salt, params, created_at, last_used_at, \
        (SELECT COUNT(*) FROM backup_codes WHERE set_id = backup_code_sets.id AND used_at IS NULL) AS unused, \
        (SELECT COUNT(*) FROM backup_codes WHERE set_id = backup_code_sets.id) AS total \
        FROM backup_code_sets WHERE account_id = $1";
    COUNT_SETS = "SELECT COUNT(*) FROM backup_code_sets WHERE account_id = $1";
    FIND_CODE = "SELECT used_at FROM backup_codes WHERE set_id = $1 AND hash = $2";
    FIND_REVEAL = "SELECT id, reveal, created_at FROM backup_code_sets WHERE account_id = $1 AND reveal IS NOT NULL";
    HAS_TO_SAVE = "SELECT CAST(1 AS BIGINT) FROM backup_code_sets WHERE account_id = $1 AND reveal IS NOT NULL \
        UNION ALL SELECT 1 FROM recovery_keys WHERE account_id = $1 AND reveal IS NOT NULL";
    ACKNOWLEDGE = "UPDATE backup_code_sets SET reveal = NULL WHERE account_id = $1 AND reveal IS NOT NULL";
    /// Takes the lock on the set, so that uses of different codes of one set count one another.
    USE_SET = "UPDATE backup_code_sets SET last_used_at = $3 \
        WHERE id = $1 AND EXISTS (SELECT 1 FROM backup_codes WHERE set_id = $1 AND hash = $2 AND used_at IS NULL)";
    /// Counts the others: whether the row just changed counts as used in RETURNING differs
    /// between the databases.
    USE_CODE = "UPDATE backup_codes SET used_at = $3 WHERE set_id = $1 AND hash = $2 AND used_at IS NULL \
        RETURNING (SELECT COUNT(*) FROM backup_codes AS others \
            WHERE others.set_id = $1 AND others.hash <> $2 AND others.used_at IS NULL) AS unused";
    PAGE_OF_REVEALS = "SELECT id, reveal FROM backup_code_sets WHERE id > $1 AND reveal IS NOT NULL ORDER BY id LIMIT 100";
    RESEAL_REVEAL = "UPDATE backup_code_sets SET reveal = $3 WHERE id = $1 AND reveal = $2";
}

/// Where codes that are still to be shown are sealed.
pub(crate) const REVEALS: SealedColumn =
    SealedColumn { table: "backup_code_sets", column: "reveal", page: PAGE_OF_REVEALS, replace: RESEAL_REVEAL };

/// A set of backup codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupCodeSet {
    /// Its id; a new set has a new one.
    pub id: BackupCodeSetId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The salt all codes of the set are hashed with.
    pub salt: Vec<u8>,
    /// The scheme and cost they are hashed with.
    pub params: String,
    /// When it was made.
    pub created_at: Instant,
    /// When a code of it was last used.
    pub last_used_at: Option<Instant>,
    /// How many codes are unused.
    pub left: i64,
    /// How many codes there were.
    pub total: i64,
}

/// Codes that their owner hasn't said are saved.
#[derive(Clone, PartialEq, Eq)]
pub struct BackupCodeReveal {
    /// The codes, in the form they were handed in. Never printed.
    pub codes: Zeroizing<Vec<u8>>,
    /// When they were made.
    pub created_at: Instant,
}

impl std::fmt::Debug for BackupCodeReveal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackupCodeReveal").field("codes", &format_args!("(..)")).field("created_at", &self.created_at).finish()
    }
}

#[derive(sqlx::FromRow)]
struct SetRow {
    id: BackupCodeSetId,
    account_id: AccountId,
    salt: Vec<u8>,
    params: String,
    created_at: Micros,
    last_used_at: Option<Micros>,
    unused: i64,
    total: i64,
}

impl From<SetRow> for BackupCodeSet {
    fn from(row: SetRow) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            salt: row.salt,
            params: row.params,
            created_at: row.created_at.0,
            last_used_at: row.last_used_at.map(|at| at.0),
            left: row.unused,
            total: row.total,
        }
    }
}

impl Tx {
    /// Whether somebody has codes or a recovery key that they haven't said are saved.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_codes_to_save(&mut self, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<(i64,)>(HAS_TO_SAVE, account_id))?.is_some())
    }

    /// Gives somebody a new set; the old one dies with its codes. `reveal` is the codes in plain,
    /// sealed here, to be shown until [`Tx::acknowledge_backup_codes`].
    ///
    /// # Errors
    /// [`StoreError`] when the database or the sealing fails.
    #[expect(clippy::too_many_arguments, reason = "a set is written whole, once, and never read back in this form")]
    pub async fn replace_backup_codes(
        &mut self,
        id: BackupCodeSetId,
        account_id: AccountId,
        salt: &[u8],
        params: &str,
        hashes: &[[u8; 32]],
        reveal: &[u8],
        at: Instant,
    ) -> Result<(), StoreError> {
        let reveal = self.keys.seal(REVEALS.place(id.as_uuid()), reveal)?;
        // Two new sets at once would both delete the old one and then collide.
        self.lock_account(account_id).await?;
        run!(self, execute(DELETE, account_id))?;
        run!(self, execute(CREATE_SET, id, account_id, salt, params, Micros(at), reveal.as_slice()))?;
        for hash in hashes {
            run!(self, execute(CREATE_CODE, id, &hash[..]))?;
        }
        Ok(())
    }

    /// Forgets the codes in plain: their owner has them. `false` when they were forgotten before.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn acknowledge_backup_codes(&mut self, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(ACKNOWLEDGE, account_id))? == 1)
    }

    /// Uses a code up and says how many are left. `None` when it isn't an unused code of this
    /// set: of those who race with one code, exactly one gets `Some`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn consume_backup_code(&mut self, set_id: BackupCodeSetId, hash: &[u8; 32], at: Instant) -> Result<Option<i64>, StoreError> {
        if run!(self, execute(USE_SET, set_id, &hash[..], Micros(at)))? == 0 {
            return Ok(None);
        }
        let left = run!(self, fetch_optional::<(i64,)>(USE_CODE, set_id, &hash[..], Micros(at)))?;
        Ok(left.map(|(left,)| left))
    }

    /// Deletes somebody's set. `false` when they have none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_backup_codes(&mut self, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(DELETE, account_id))? == 1)
    }
}

impl Tx {
    /// Whether somebody has a set of codes, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_backup_codes(&mut self, account_id: AccountId) -> Result<bool, StoreError> {
        let (count,) = run!(self, fetch_one::<(i64,)>(COUNT_SETS, account_id))?;
        Ok(count > 0)
    }
}

impl Store {
    /// Somebody's set, and how much of it is left.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_backup_codes(&self, account_id: AccountId) -> Result<Option<BackupCodeSet>, StoreError> {
        Ok(run!(self, fetch_optional::<SetRow>(FIND, account_id))?.map(BackupCodeSet::from))
    }

    /// Whether a code is one of a set: `None` when it isn't, and when it was used if it was. Only
    /// [`Tx::consume_backup_code`] decides who may use it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_backup_code(&self, set_id: BackupCodeSetId, hash: &[u8; 32]) -> Result<Option<Option<Instant>>, StoreError> {
        let row = run!(self, fetch_optional::<(Option<Micros>,)>(FIND_CODE, set_id, &hash[..]))?;
        Ok(row.map(|(used_at,)| used_at.map(|at| at.0)))
    }

    /// The codes in plain, while their owner hasn't said that they are saved.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the codes can't be opened.
    pub async fn find_backup_code_reveal(&self, account_id: AccountId) -> Result<Option<BackupCodeReveal>, StoreError> {
        let row = run!(self, fetch_optional::<(BackupCodeSetId, Vec<u8>, Micros)>(FIND_REVEAL, account_id))?;
        let open = |(id, reveal, created_at): (BackupCodeSetId, Vec<u8>, Micros)| {
            let codes = self.keys().open(REVEALS.place(id.as_uuid()), &reveal)?;
            Ok(BackupCodeReveal { codes, created_at: created_at.0 })
        };
        row.map(open).transpose()
    }
}
