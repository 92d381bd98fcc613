//! Opening a database: what each of the two needs to be safe and quick.

use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, Executor, PgPool, SqlitePool};

use crate::StoreError;
use crate::key_file::private_file;

/// Connections to PostgreSQL: a transaction holds one for a few milliseconds.
const POSTGRES_CONNECTIONS: u32 = 10;
/// Connections that read SQLite beside the one that writes. Each has a thread and a page cache.
const SQLITE_READERS: u32 = 4;
/// Page cache of one SQLite connection, in KiB (SQLite counts KiB below zero). The operating
/// system caches the file anyway.
const SQLITE_CACHE_KIB: &str = "-1024";
/// How long to wait for another process's lock on the file, such as a backup's.
const SQLITE_BUSY: Duration = Duration::from_secs(5);
/// How long to wait for a free connection before a request fails.
const ACQUIRE: Duration = Duration::from_secs(10);
/// After this long without use, a connection is closed, or asked whether it still lives.
const IDLE: Duration = Duration::from_mins(1);

/// One connection that writes, so that writers queue here and not on the file's lock, and a few
/// that read what is committed meanwhile.
#[derive(Clone)]
pub(crate) struct SqlitePools {
    pub(crate) writer: SqlitePool,
    pub(crate) reader: SqlitePool,
}

/// Opens the SQLite file, and creates it if it is missing.
pub(crate) async fn sqlite(url: &str) -> Result<SqlitePools, StoreError> {
    let options = SqliteConnectOptions::from_str(url)?;
    // An in-memory database would be another one on each connection.
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(StoreError::new("the database must be a file: sqlite://path"));
    }
    create_file(options.get_filename()).map_err(|error| StoreError::caused_by("the database file can't be created", error))?;

    let options = options
        .foreign_keys(true)
        .busy_timeout(SQLITE_BUSY)
        .pragma("cache_size", SQLITE_CACHE_KIB)
        // REPLACE then fires the triggers that keep the audit trail append-only.
        .pragma("recursive_triggers", "on");
    // FULL: in WAL mode, NORMAL can lose the last commits with the power, and with them a code's
    // single use.
    let writer = options.clone().journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let reader = options.pragma("query_only", "on");

    // A connection is a file handle in this process: no need to test it before each use.
    let pool = SqlitePoolOptions::new().acquire_timeout(ACQUIRE).test_before_acquire(false);
    Ok(SqlitePools {
        writer: pool
            .clone()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            // When the disk is full SQLite rolls back by itself, and the rollback that follows
            // fails: such a connection believes in a transaction for ever. Make a new one.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(writer)
            .await?,
        reader: pool.max_connections(SQLITE_READERS).idle_timeout(IDLE).connect_lazy_with(reader),
    })
}

/// Connects to PostgreSQL.
pub(crate) async fn postgres(url: &str) -> Result<PgPool, StoreError> {
    let options = PgConnectOptions::from_str(url)?.application_name("countersign");
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        // A round trip before each use would double what a read costs; a connection that lay
        // idle may have been cut meanwhile, and is worth one.
        .test_before_acquire(false)
        // Machine code pays for itself in reports of minutes; a page here takes milliseconds, and waited for it. And
        // what is read at random costs little more than what is read in a row, on any disk of today.
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("SET jit = off; SET random_page_cost = 1.1").await?;
                Ok(())
            })
        })
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    Ok(pool)
}

/// Copies a database into a new file.
pub(crate) async fn copy_sqlite(pool: &SqlitePool, file: &Path) -> Result<(), StoreError> {
    let unwritten = |error| StoreError::caused_by("the new file can't be written", error);
    let name = file.to_str().ok_or_else(|| StoreError::new("the new file's name isn't UTF-8"))?;
    // Empty, so that the copy takes over its permissions.
    private_file().open(file).map_err(unwritten)?;
    let statement = format!("VACUUM INTO '{}'", name.replace('\'', "''"));
    let copied = pool.execute(AssertSqlSafe(statement)).await;
    if let Err(error) = copied {
        // Half a copy is none.
        fs::remove_file(file).map_err(unwritten)?;
        return Err(error.into());
    }
    fs::File::open(file).and_then(|file| file.sync_all()).map_err(unwritten)
}

/// Creates an empty file that only its owner can read; SQLite's files beside it take over its
/// permissions. An existing file is left as it is.
fn create_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match private_file().open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
