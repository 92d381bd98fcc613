//! Storage: the only crate that knows SQL.
//!
//! A [`Store`] is one database, a SQLite file or PostgreSQL. Reads are methods of the store, and so
//! are the few writes that are one statement and stand alone: counting an attempt, keeping and
//! taking a challenge, an event about nothing else. All other writes are methods of a [`Tx`], so
//! that what belongs together happens together or not at all:
//!
//! ```no_run
//! # async fn example(store: countersign_store::Store, account: countersign_store::AccountId,
//! #     app: countersign_store::AppId, at: countersign_domain::Instant) -> Result<(), countersign_store::StoreError> {
//! let mut tx = store.begin().await?;
//! if tx.consume_app_step(app, account, 58_000_000, at).await? {
//!     tx.record_sign_in(account, at).await?;
//! }
//! tx.commit().await
//! # }
//! ```
//!
//! Things to note:
//! - What may happen once is decided by one conditional statement, and a `bool` or an `Option`
//!   says whether this caller was the one. Never read first and write then.
//! - A [`Tx`] that is dropped without [`commit`](Tx::commit) never happened. While one is open on
//!   SQLite no other can write: hold none across a password hash, a mail, or a read of the store
//!   (which on PostgreSQL would wait for a second connection).
//! - There is no clock and, but for keys and nonces, no randomness here: instants and ids come in.
//! - Secrets that must be read again are sealed ([`KeyRing`]); the others come in as hashes.
#![expect(clippy::doc_markdown, reason = "SQLite and PostgreSQL are names, not code")]

mod access_codes;
mod accounts;
mod audit_chain;
mod audit_events;
mod audit_log;
mod authenticator_apps;
mod backup_codes;
mod browsers;
mod ceremonies;
mod columns;
mod connect;
mod credentials;
mod dispatch;
mod email_domains;
mod emailed_codes;
mod error;
mod federated_identities;
mod head_counts;
mod help_requests;
mod identity_providers;
mod ids;
mod installation;
mod invitations;
mod key_file;
mod keys;
mod links;
mod mails;
mod members;
mod organisations;
mod passes;
mod recovery_keys;
mod reminders;
mod reseal;
mod second_steps;
mod sessions;
mod teams;
#[cfg(feature = "testing")]
pub mod testing;
mod throttles;
mod trusted_browsers;

use std::{path::Path, sync::Arc};

use sqlx::migrate::{Migrate, Migrator};
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};
use tokio::sync::Notify;

use crate::connect::SqlitePools;
use crate::dispatch::{Lane, run, sql};

pub use access_codes::AccessCode;
pub use accounts::Account;
pub use audit_chain::{ChainEnd, Linked};
pub use audit_events::AuditEvent;
pub use audit_log::{AuditPath, AuditSpan};
pub use authenticator_apps::AuthenticatorApp;
pub use backup_codes::{BackupCodeReveal, BackupCodeSet};
pub use ceremonies::Ceremony;
pub use credentials::Credential;
pub use email_domains::DomainClaim;
pub use emailed_codes::{EmailedCode, EmailedCodeMethod};
pub use error::StoreError;
pub use federated_identities::{FederatedIdentity, SignOnAttempt};
pub use head_counts::TeamCount;
pub use help_requests::{AskingScreen, HelpRequest};
pub use identity_providers::IdentityProvider;
pub use ids::{
    AccountId, AppId, AuditEventId, BackupCodeSetId, CeremonyId, EmailedCodeMethodId, InvitationId, KeyId, MailId, OrganisationId,
    RecoveryKeyId, SessionId, TeamId, TrustedBrowserId,
};
pub use invitations::{Invitation, InvitationDraft, KnownAddress};
pub use keys::{KeyError, KeyRing, Place, SealError};
pub use links::{Link, NewLink};
pub use mails::{FailedMail, Mail, MailCounts, NewMail};
pub use members::{HeldFactor, MemberCursor, MemberFilter, Standing};
pub use organisations::Organisation;
pub use passes::{MAX_PASSES, Pass};
pub use recovery_keys::{RecoveryKeyReveal, StoredRecoveryKey};
pub use reminders::{LeftCount, Round};
pub use sessions::{Advance, Session};
pub use teams::Team;
pub use throttles::{Charge, ThrottleKey};
pub use trusted_browsers::{SeenFrom, TrustedBrowser};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/postgres");
/// Where sqlx keeps track of what has been applied.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

sql! {
    PING = "SELECT 1";
}

/// Which database this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// One database, and the keys to its secrets. Cloning is cheap and gives the same one.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    keys: Arc<KeyRing>,
    /// Told when a mail was committed.
    mail_posted: Arc<Notify>,
}

#[derive(Clone)]
enum Pools {
    Sqlite(SqlitePools),
    Postgres(PgPool),
}

/// A store, for one statement that writes.
struct Alone<'a>(&'a Store);

impl Alone<'_> {
    const fn lane(&self) -> Lane<&SqlitePool, &PgPool> {
        match &self.0.pools {
            Pools::Sqlite(pools) => Lane::Sqlite(&pools.writer),
            Pools::Postgres(pool) => Lane::Postgres(pool),
        }
    }
}

/// A transaction: everything done through it happens at [`commit`](Tx::commit), or not at all.
pub struct Tx {
    inner: TxInner,
    keys: Arc<KeyRing>,
    mail_posted: Arc<Notify>,
    /// A mail was written, or may go now.
    has_posted: bool,
}

enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Store {
    /// Opens the database at `sqlite://path` or `postgres://…`. A missing SQLite file is created,
    /// readable by its owner only. The tables are left as they are: see [`Store::migrate`].
    ///
    /// # Errors
    /// [`StoreError`] when the URL isn't one of these or the database can't be reached.
    pub async fn connect(url: &str, keys: Arc<KeyRing>) -> Result<Self, StoreError> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        let pools = match scheme {
            "sqlite" => Pools::Sqlite(connect::sqlite(url).await?),
            "postgres" | "postgresql" => Pools::Postgres(connect::postgres(url).await?),
            _ => return Err(StoreError::new("the database URL must start with sqlite:// or postgres://")),
        };
        Ok(Self { pools, keys, mail_posted: Arc::default() })
    }

    /// Brings the tables to this version. Nodes that start at once wait for one another.
    ///
    /// # Errors
    /// [`StoreError`] when a migration fails, or when the database was migrated by a newer version
    /// or an edited file.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite(pools) => {
                // sqlx has a lock of its own for PostgreSQL only; here it is the write lock.
                let mut tx = pools.writer.begin_with("BEGIN IMMEDIATE").await?;
                // `run` on a connection isn't `Send` (its `Acquire` has a lifetime too many).
                SQLITE_MIGRATIONS.run_direct(None, &mut *tx, false).await?;
                tx.commit().await?;
            }
            Pools::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await?,
        }
        self.write_name_keys().await
    }

    /// The migrations this version knows and the database hasn't had, oldest first, such as
    /// `0001_initial`.
    ///
    /// # Errors
    /// [`StoreError`] when the database can't tell.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        match &self.pools {
            Pools::Sqlite(pools) => pending(&SQLITE_MIGRATIONS, &mut *pools.writer.acquire().await?).await,
            Pools::Postgres(pool) => pending(&POSTGRES_MIGRATIONS, &mut *pool.acquire().await?).await,
        }
    }

    /// Copies the whole database, as it is at one instant, into a new file that only its owner can read. Others
    /// go on writing meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when there is such a file, the disk is full, or the database isn't `SQLite`.
    pub async fn back_up(&self, file: &Path) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite(pools) => connect::copy_sqlite(&pools.writer, file).await,
            Pools::Postgres(_) => Err(StoreError::new("the database is PostgreSQL: use pg_dump")),
        }
    }

    /// Asks the database for an answer, for health checks.
    ///
    /// # Errors
    /// [`StoreError`] when there is none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        run!(self, execute(PING)).map(|_| ())
    }

    /// Waits for what is under way, then closes every connection.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite(pools) => {
                // Readers first: the last connection to close tidies the write-ahead log away,
                // and a reader isn't allowed to.
                pools.reader.close().await;
                pools.writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// The keys the store was opened with.
    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Which database this is.
    #[must_use]
    pub const fn kind(&self) -> DatabaseKind {
        match self.pools {
            Pools::Sqlite(_) => DatabaseKind::Sqlite,
            Pools::Postgres(_) => DatabaseKind::Postgres,
        }
    }

    /// Starts a transaction. On SQLite this waits until no other one is open.
    ///
    /// # Errors
    /// [`StoreError`] when the database can't be reached, or stays locked by another process.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let inner = match &self.pools {
            // IMMEDIATE takes the write lock now: a plain BEGIN takes it at the first write, and
            // then fails if another process wrote in between.
            Pools::Sqlite(pools) => TxInner::Sqlite(pools.writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        Ok(Tx { inner, keys: Arc::clone(&self.keys), mail_posted: Arc::clone(&self.mail_posted), has_posted: false })
    }

    /// Where a write goes that is one statement and stands alone. On SQLite each statement is two
    /// changes of thread; a transaction around it would be four more.
    const fn alone(&self) -> Alone<'_> {
        Alone(self)
    }

    /// Where reads go.
    const fn lane(&self) -> Lane<&SqlitePool, &PgPool> {
        match &self.pools {
            Pools::Sqlite(pools) => Lane::Sqlite(&pools.reader),
            Pools::Postgres(pool) => Lane::Postgres(pool),
        }
    }
}

impl Tx {
    /// Makes everything done through this transaction happen.
    ///
    /// # Errors
    /// [`StoreError`] when the database can't; then nothing of it happened.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        if self.has_posted {
            self.mail_posted.notify_one();
        }
        Ok(())
    }

    /// Where this transaction's statements go.
    fn lane(&mut self) -> Lane<&mut SqliteConnection, &mut PgConnection> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => Lane::Sqlite(tx),
            TxInner::Postgres(tx) => Lane::Postgres(tx),
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").finish_non_exhaustive()
    }
}

async fn pending<C: Migrate>(migrations: &Migrator, connection: &mut C) -> Result<Vec<String>, StoreError> {
    connection.ensure_migrations_table(MIGRATIONS_TABLE).await?;
    let applied = connection.list_applied_migrations(MIGRATIONS_TABLE).await?;
    let pending = migrations.iter().filter(|known| applied.iter().all(|done| done.version != known.version));
    Ok(pending.map(|migration| format!("{:04}_{}", migration.version, migration.description.replace(' ', "_"))).collect())
}
