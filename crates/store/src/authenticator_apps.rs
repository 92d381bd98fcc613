//! Authenticator apps: their sealed seeds, and the last step of each that was used (RFC 6238 §5.2).
//!
//! An app begins as pending, one to a session, and counts for nothing until a code from it has
//! confirmed it.

use countersign_domain::{FactorName, Instant};
use zeroize::Zeroizing;

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::reseal::SealedColumn;
use crate::{AccountId, AppId, KeyRing, Place, SessionId, Store, StoreError, Tx};

macro_rules! app_columns {
    () => {
        "id, account_id, begun_in, name, seed, created_at, confirmed_at, last_step, last_used_at"
    };
}

sql! {
    CREATE_PENDING = "INSERT INTO authenticator_apps (id, account_id, begun_in, name, seed, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, begun_in) WHERE confirmed_at IS NULL DO NOTHING";
    FIND_PENDING = concat!("SELECT ", app_columns!(), " FROM authenticator_apps \
        WHERE account_id = $1 AND begun_in = $2 AND confirmed_at IS NULL");
    DELETE_PENDING = "DELETE FROM authenticator_apps \
        WHERE account_id = $1 AND confirmed_at IS NULL AND (begun_in = $2 OR created_at <= $3)";
    CONFIRM = "UPDATE authenticator_apps SET confirmed_at = $5, last_used_at = $5, last_step = $3, name = $4 \
        WHERE id = $1 AND account_id = $2 AND confirmed_at IS NULL";
    LIST = concat!("SELECT ", app_columns!(), " FROM authenticator_apps \
        WHERE account_id = $1 AND confirmed_at IS NOT NULL ORDER BY confirmed_at, id");
    CONSUME_STEP = "UPDATE authenticator_apps SET last_step = $3, last_used_at = $4 \
        WHERE id = $1 AND account_id = $2 AND confirmed_at IS NOT NULL AND (last_step IS NULL OR last_step < $3)";
    RENAME = "UPDATE authenticator_apps SET name = $3 WHERE id = $1 AND account_id = $2 AND confirmed_at IS NOT NULL";
    REMOVE = "DELETE FROM authenticator_apps WHERE id = $1 AND account_id = $2 AND confirmed_at IS NOT NULL";
    REMOVE_ALL = "DELETE FROM authenticator_apps WHERE account_id = $1";
    PAGE_OF_SEEDS = "SELECT id, seed FROM authenticator_apps WHERE id > $1 ORDER BY id LIMIT 100";
    RESEAL_SEED = "UPDATE authenticator_apps SET seed = $3 WHERE id = $1 AND seed = $2";
}

/// Where seeds are sealed.
pub(crate) const SEEDS: SealedColumn =
    SealedColumn { table: "authenticator_apps", column: "seed", page: PAGE_OF_SEEDS, replace: RESEAL_SEED };

/// An app that shows codes.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticatorApp {
    /// Its id.
    pub id: AppId,
    /// Whose it is.
    pub account_id: AccountId,
    /// The session that began to connect it, the only one to be shown its key.
    pub begun_in: SessionId,
    /// What they call it.
    pub name: FactorName,
    /// The secret it shares with us. Never printed.
    pub seed: Zeroizing<Vec<u8>>,
    /// When the seed was made.
    pub created_at: Instant,
    /// When a code from it confirmed it; `None` while it is pending.
    pub confirmed_at: Option<Instant>,
    /// The step of the last code that was accepted.
    pub last_step: Option<i64>,
    /// When that was.
    pub last_used_at: Option<Instant>,
}

impl std::fmt::Debug for AuthenticatorApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, account_id, begun_in, name, seed: _, created_at, confirmed_at, last_step, last_used_at } = self;
        f.debug_struct("AuthenticatorApp")
            .field("id", id)
            .field("account_id", account_id)
            .field("begun_in", begun_in)
            .field("name", name)
            .field("seed", &format_args!("(..)"))
            .field("created_at", created_at)
            .field("confirmed_at", confirmed_at)
            .field("last_step", last_step)
            .field("last_used_at", last_used_at)
            .finish()
    }
}

#[derive(sqlx::FromRow)]
struct AppRow {
    id: AppId,
    account_id: AccountId,
    begun_in: SessionId,
    name: String,
    seed: Vec<u8>,
    created_at: Micros,
    confirmed_at: Option<Micros>,
    last_step: Option<i64>,
    last_used_at: Option<Micros>,
}

impl AppRow {
    fn open(self, keys: &KeyRing) -> Result<AuthenticatorApp, StoreError> {
        Ok(AuthenticatorApp {
            seed: keys.open(place_of_seed(self.id), &self.seed)?,
            id: self.id,
            account_id: self.account_id,
            begun_in: self.begun_in,
            name: FactorName::from_stored(self.name),
            created_at: self.created_at.0,
            confirmed_at: self.confirmed_at.map(|at| at.0),
            last_step: self.last_step,
            last_used_at: self.last_used_at.map(|at| at.0),
        })
    }
}

fn place_of_seed(id: AppId) -> Place {
    SEEDS.place(id.as_uuid())
}

impl Tx {
    /// Creates a pending app; what `app` says about confirmation and use is ignored. `false` when
    /// one is pending already.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the sealing fails.
    pub async fn create_pending_app(&mut self, app: &AuthenticatorApp) -> Result<bool, StoreError> {
        let seed = self.keys.seal(place_of_seed(app.id), &app.seed)?;
        let created = run!(
            self,
            execute(CREATE_PENDING, app.id, app.account_id, app.begun_in, app.name.as_str(), seed.as_slice(), Micros(app.created_at))
        )?;
        Ok(created == 1)
    }

    /// Drops the app that is pending in `session`, and those that any session began up to
    /// `stale`. `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_pending_app(&mut self, account_id: AccountId, session: SessionId, stale: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(DELETE_PENDING, account_id, session, Micros(stale)))? > 0)
    }

    /// Makes a pending app one that counts, and uses up the step that confirmed it. `true` for
    /// exactly one caller.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn confirm_app(
        &mut self,
        id: AppId,
        account_id: AccountId,
        step: i64,
        name: &FactorName,
        at: Instant,
    ) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CONFIRM, id, account_id, step, name.as_str(), Micros(at)))? == 1)
    }

    /// The confirmed apps, oldest first, as this transaction sees them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a seed can't be opened.
    pub async fn list_apps(&mut self, account_id: AccountId) -> Result<Vec<AuthenticatorApp>, StoreError> {
        let rows = run!(self, fetch_all::<AppRow>(LIST, account_id))?;
        rows.into_iter().map(|row| row.open(&self.keys)).collect()
    }

    /// Uses a step up. `false` when it, or a later one, was used before: of those who race with
    /// one code, exactly one wins.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn consume_app_step(&mut self, id: AppId, account_id: AccountId, step: i64, at: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CONSUME_STEP, id, account_id, step, Micros(at)))? == 1)
    }

    /// Renames a confirmed app. `false` when they have none with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn rename_app(&mut self, id: AppId, account_id: AccountId, name: &FactorName) -> Result<bool, StoreError> {
        Ok(run!(self, execute(RENAME, id, account_id, name.as_str()))? == 1)
    }

    /// Removes a confirmed app. `false` when they have none with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_app(&mut self, id: AppId, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(REMOVE, id, account_id))? == 1)
    }

    /// Removes all of somebody's apps, the pending one too. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn remove_all_apps(&mut self, account_id: AccountId) -> Result<u64, StoreError> {
        run!(self, execute(REMOVE_ALL, account_id))
    }
}

impl Store {
    /// The app that still has to be confirmed, if `session` began it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the seed can't be opened.
    pub async fn find_pending_app(&self, account_id: AccountId, session: SessionId) -> Result<Option<AuthenticatorApp>, StoreError> {
        run!(self, fetch_optional::<AppRow>(FIND_PENDING, account_id, session))?.map(|row| row.open(self.keys())).transpose()
    }

    /// The confirmed apps, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a seed can't be opened.
    pub async fn list_apps(&self, account_id: AccountId) -> Result<Vec<AuthenticatorApp>, StoreError> {
        let rows = run!(self, fetch_all::<AppRow>(LIST, account_id))?;
        rows.into_iter().map(|row| row.open(self.keys())).collect()
    }
}
