//! Security keys and passkeys: their public keys, and the counters that tell a copy.
//!
//! A credential id is unique over all accounts. The public key is what our WebAuthn library wrote,
//! kept as text; it is no secret, so it isn't sealed.

use countersign_domain::{FactorName, Instant, KeyKind};
use serde_json::Value;

use crate::accounts::{AccountRow, account_columns};
use crate::columns::{Code, JsonText, Micros};
use crate::dispatch::{run, sql};
use crate::{Account, AccountId, KeyId, Store, StoreError, Tx};

macro_rules! credential_columns {
    () => {
        "id, account_id, kind, credential_id, name, public_key, backup_eligible, counter, created_at, last_used_at"
    };
}

sql! {
    CREATE = "INSERT INTO credentials (id, account_id, kind, credential_id, name, public_key, backup_eligible, counter, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (credential_id) DO NOTHING";
    LIST = concat!("SELECT ", credential_columns!(), " FROM credentials WHERE account_id = $1 ORDER BY created_at, id");
    FIND = concat!("SELECT ", credential_columns!(), " FROM credentials WHERE credential_id = $1");
    /// A counter has to grow, unless the key has none and always says 0 (WebAuthn L3 §7.2 step 22).
    /// $4 is 0 then, and so is what was stored.
    USE = "UPDATE credentials SET counter = $3, public_key = $4, last_used_at = $5 \
        WHERE id = $1 AND account_id = $2 AND (counter < $3 OR (counter = 0 AND $3 = 0))";
    RENAME = "UPDATE credentials SET name = $3 WHERE id = $1 AND account_id = $2";
    REMOVE = "DELETE FROM credentials WHERE id = $1 AND account_id = $2";
    REMOVE_ALL = "DELETE FROM credentials WHERE account_id = $1";
    REMOVE_EVERYBODYS = "DELETE FROM credentials";
    COUNT = "SELECT COUNT(*) FROM credentials";
    EXISTS = "SELECT COUNT(*) FROM credentials WHERE id = $1 AND account_id = $2";
    OWNERS_OF_KEYS_ALONE = concat!("SELECT ", account_columns!(), " FROM accounts \
        WHERE methods & 3 <> 0 AND methods & 12 = 0 ORDER BY email");
    CREATE_HANDLE = "INSERT INTO user_handles (account_id, handle) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    FIND_HANDLE = "SELECT handle FROM user_handles WHERE account_id = $1";
    FIND_BY_HANDLE = concat!("SELECT ", account_columns!(), " FROM accounts \
        JOIN user_handles ON user_handles.account_id = accounts.id WHERE user_handles.handle = $1");
}

/// A connected security key or passkey.
#[derive(Clone, Debug, PartialEq)]
pub struct Credential {
    /// Our own id for it.
    pub id: KeyId,
    /// Whose it is.
    pub account_id: AccountId,
    /// What it may stand for.
    pub kind: KeyKind,
    /// What the key calls itself (WebAuthn L3 §4), at most 1,023 bytes.
    pub credential_id: Vec<u8>,
    /// What its owner calls it.
    pub name: FactorName,
    /// The public key, as our WebAuthn library writes it.
    pub public_key: Value,
    /// It can be copied to other devices.
    pub backup_eligible: bool,
    /// The counter it last said; 0 for keys that have none.
    pub counter: u32,
    /// When it was connected.
    pub created_at: Instant,
    /// When it was last accepted.
    pub last_used_at: Option<Instant>,
}

#[derive(sqlx::FromRow)]
struct CredentialRow {
    id: KeyId,
    account_id: AccountId,
    kind: Code<KeyKind>,
    credential_id: Vec<u8>,
    name: String,
    public_key: JsonText,
    backup_eligible: bool,
    counter: i64,
    created_at: Micros,
    last_used_at: Option<Micros>,
}

impl From<CredentialRow> for Credential {
    fn from(row: CredentialRow) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            kind: row.kind.0,
            credential_id: row.credential_id,
            name: FactorName::from_stored(row.name),
            public_key: row.public_key.0,
            backup_eligible: row.backup_eligible,
            // Written from a u32 only.
            counter: u32::try_from(row.counter).unwrap_or(u32::MAX),
            created_at: row.created_at.0,
            last_used_at: row.last_used_at.map(|at| at.0),
        }
    }
}

impl Tx {
    /// Connects a key; when it was last used is ignored. `false` when its credential id is
    /// connected already, to anybody.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_credential(&mut self, credential: &Credential) -> Result<bool, StoreError> {
        let Credential { id, account_id, kind, credential_id, name, public_key, backup_eligible, counter, created_at, last_used_at: _ } =
            credential;
        let created = run!(
            self,
            execute(
                CREATE,
                id,
                account_id,
                kind.code(),
                credential_id.as_slice(),
                name.as_str(),
                public_key.to_string(),
                backup_eligible,
                i64::from(*counter),
                Micros(*created_at)
            )
        )?;
        Ok(created == 1)
    }

    /// Notes that a key was used. `false` when its counter hasn't grown since: of two uses of one
    /// counter, exactly one is accepted.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn use_credential(
        &mut self,
        id: KeyId,
        account_id: AccountId,
        counter: u32,
        public_key: &Value,
        at: Instant,
    ) -> Result<bool, StoreError> {
        Ok(run!(self, execute(USE, id, account_id, i64::from(counter), public_key.to_string(), Micros(at)))? == 1)
    }

    /// Whether they have a key with this id, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_credential(&mut self, id: KeyId, account_id: AccountId) -> Result<bool, StoreError> {
        let (count,) = run!(self, fetch_one::<(i64,)>(EXISTS, id, account_id))?;
        Ok(count > 0)
    }

    /// Everybody whose only second steps are keys, by e-mail.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_owners_of_keys_alone(&mut self) -> Result<Vec<Account>, StoreError> {
        Ok(run!(self, fetch_all::<AccountRow>(OWNERS_OF_KEYS_ALONE))?.into_iter().map(Account::from).collect())
    }

    /// Renames a key. `false` when they have none with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn rename_credential(&mut self, id: KeyId, account_id: AccountId, name: &FactorName) -> Result<bool, StoreError> {
        Ok(run!(self, execute(RENAME, id, account_id, name.as_str()))? == 1)
    }

    /// Removes a key. `false` when they have none with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_credential(&mut self, id: KeyId, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(REMOVE, id, account_id))? == 1)
    }

    /// Removes all of somebody's keys. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_all_credentials(&mut self, account_id: AccountId) -> Result<u64, StoreError> {
        run!(self, execute(REMOVE_ALL, account_id))
    }

    /// Removes everybody's keys, which the installation's new host makes worthless. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_everybodys_credentials(&mut self) -> Result<u64, StoreError> {
        run!(self, execute(REMOVE_EVERYBODYS))
    }

    /// Gives an account the handle that keys will know it by, unless it has one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_user_handle(&mut self, account_id: AccountId, handle: &[u8; 16]) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CREATE_HANDLE, account_id, &handle[..]))? == 1)
    }
}

impl Store {
    /// Somebody's keys, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_credentials(&self, account_id: AccountId) -> Result<Vec<Credential>, StoreError> {
        Ok(run!(self, fetch_all::<CredentialRow>(LIST, account_id))?.into_iter().map(Credential::from).collect())
    }

    /// The key with this credential id, whosever it is.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_credential(&self, credential_id: &[u8]) -> Result<Option<Credential>, StoreError> {
        Ok(run!(self, fetch_optional::<CredentialRow>(FIND, credential_id))?.map(Credential::from))
    }

    /// How many keys are connected, over all accounts.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_credentials(&self) -> Result<u64, StoreError> {
        let (count,) = run!(self, fetch_one::<(i64,)>(COUNT))?;
        Ok(count.unsigned_abs())
    }

    /// The handle that keys know this account by, once it has had one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_user_handle(&self, account_id: AccountId) -> Result<Option<[u8; 16]>, StoreError> {
        let found = run!(self, fetch_optional::<(Vec<u8>,)>(FIND_HANDLE, account_id))?;
        found.map(|(handle,)| handle.try_into().map_err(|_| StoreError::new("a user handle has another length"))).transpose()
    }

    /// Whose handle this is.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_account_by_handle(&self, handle: &[u8; 16]) -> Result<Option<Account>, StoreError> {
        Ok(run!(self, fetch_optional::<AccountRow>(FIND_BY_HANDLE, &handle[..]))?.map(Account::from))
    }
}
