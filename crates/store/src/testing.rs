//! Databases for tests: folders that vanish, and a PostgreSQL server of one's own.
//!
//! A test that needs PostgreSQL fails when there is none; it is never skipped in silence. Set
//! `COUNTERSIGN_TEST_POSTGRES_URL` to use a server that is there already; its user must be
//! allowed to create databases, which are then left behind.
#![expect(clippy::panic, reason = "a test without its database is a failed test")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    POSTGRES_MIGRATIONS, SQLITE_MIGRATIONS, StoreError, access_codes, accounts, audit_chain, audit_events, audit_log, authenticator_apps,
    backup_codes, browsers, ceremonies, credentials, email_domains, emailed_codes, federated_identities, head_counts, help_requests,
    identity_providers, installation, invitations, links, mails, members, organisations, passes, recovery_keys, reminders, second_steps,
    sessions, teams, throttles, trusted_browsers,
};
use crate::{Pools, Store};

/// Brings the tables of an empty database to an earlier version: what somebody who updates comes from.
///
/// # Errors
/// [`StoreError`] when a migration fails.
pub async fn migrate_to(store: &Store, version: i64) -> Result<(), StoreError> {
    match &store.pools {
        Pools::Sqlite(pools) => {
            let mut tx = pools.writer.begin_with("BEGIN IMMEDIATE").await?;
            SQLITE_MIGRATIONS.run_direct(Some(version), &mut *tx, false).await?;
            tx.commit().await?;
        }
        Pools::Postgres(pool) => POSTGRES_MIGRATIONS.run_to(version, pool).await?,
    }
    Ok(())
}

impl Store {
    /// Lets the SQLite file grow no further than it is (or `pages` pages), as a full disk would;
    /// `None` lifts it again.
    ///
    /// # Panics
    /// When this isn't SQLite, or the limit can't be set.
    pub async fn limit_pages(&self, pages: Option<u32>) {
        let Pools::Sqlite(pools) = &self.pools else { panic!("only a SQLite file can be limited") };
        let limit = AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages.unwrap_or(u32::MAX - 1)));
        if let Err(error) = pools.writer.execute(limit).await {
            panic!("the file can't be limited: {error}");
        }
    }
}

impl Store {
    /// Does to a SQLite database what somebody with its file could do.
    ///
    /// # Panics
    /// When this isn't SQLite, or the statement fails.
    pub async fn tamper(&self, sql: &str) {
        let Pools::Sqlite(pools) = &self.pools else { panic!("only a SQLite file can be tampered with") };
        if let Err(error) = pools.writer.execute(AssertSqlSafe(sql.to_owned())).await {
            panic!("{sql}: {error}");
        }
    }
}

impl Store {
    /// Lets PostgreSQL look at its tables, as it does by itself within a minute of a large change. SQLite
    /// needs none.
    ///
    /// # Panics
    /// When it can't.
    pub async fn gather_statistics(&self) {
        if let Pools::Postgres(pool) = &self.pools
            && let Err(error) = pool.execute("VACUUM (ANALYZE)").await
        {
            panic!("the tables can't be looked at: {error}");
        }
    }
}

/// Names a server to use instead of a private one.
const URL_VARIABLE: &str = "COUNTERSIGN_TEST_POSTGRES_URL";
/// What to do when there is no PostgreSQL.
const HOW_TO_INSTALL: &str = "PostgreSQL isn't installed, and these tests need it. Debian, Ubuntu: apt-get install postgresql. \
     Fedora: dnf install postgresql-server. macOS: brew install postgresql. Or set COUNTERSIGN_TEST_POSTGRES_URL to a server.";
/// Starts the server, waits until whoever started it is gone, however that happened, then stops
/// the server and removes its folder.
const KEEPER: &str = r#"
"$0" -D "$1/data" -k "$1" -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c max_connections=400 >"$1/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$1"
"#;

/// Every statement of this crate, by name.
#[must_use]
pub fn statements() -> Vec<(&'static str, &'static str)> {
    [
        crate::STATEMENTS,
        access_codes::STATEMENTS,
        accounts::STATEMENTS,
        members::STATEMENTS,
        teams::STATEMENTS,
        audit_chain::STATEMENTS,
        audit_events::STATEMENTS,
        audit_log::STATEMENTS,
        authenticator_apps::STATEMENTS,
        backup_codes::STATEMENTS,
        browsers::STATEMENTS,
        ceremonies::STATEMENTS,
        credentials::STATEMENTS,
        email_domains::STATEMENTS,
        emailed_codes::STATEMENTS,
        federated_identities::STATEMENTS,
        head_counts::STATEMENTS,
        help_requests::STATEMENTS,
        identity_providers::STATEMENTS,
        installation::STATEMENTS,
        invitations::STATEMENTS,
        links::STATEMENTS,
        mails::STATEMENTS,
        organisations::STATEMENTS,
        passes::STATEMENTS,
        recovery_keys::STATEMENTS,
        reminders::STATEMENTS,
        second_steps::STATEMENTS,
        sessions::STATEMENTS,
        throttles::STATEMENTS,
        trusted_browsers::STATEMENTS,
    ]
    .concat()
}

/// A new folder, removed with all that is in it on drop.
#[derive(Debug)]
pub struct TemporaryFolder {
    path: PathBuf,
}

impl TemporaryFolder {
    /// Makes a folder that only this user can read.
    ///
    /// # Panics
    /// When it can't be made.
    #[must_use]
    pub fn create() -> Self {
        match new_folder() {
            Ok(path) => Self { path },
            Err(error) => panic!("no temporary folder: {error}"),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The URL of a SQLite database in it.
    #[must_use]
    pub fn sqlite_url(&self) -> String {
        format!("sqlite://{}", self.path.join("countersign.db").display())
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A PostgreSQL server for tests: its own folder and socket, no port, no password, no care for
/// durability. It is stopped and removed on drop, and also when the process ends in any other way.
#[derive(Debug)]
pub struct PrivateCluster {
    /// The server's URL without a database.
    url: String,
    databases: AtomicU32,
    keeper: Option<Child>,
}

impl PrivateCluster {
    /// Starts a server; takes about a second.
    ///
    /// # Panics
    /// When there is no PostgreSQL (the message says how to install it), or it doesn't start.
    #[must_use]
    pub fn start() -> Self {
        match std::env::var(URL_VARIABLE) {
            Ok(url) => Self { url: url.trim_end_matches('/').to_owned(), databases: AtomicU32::new(0), keeper: None },
            Err(_) => start().unwrap_or_else(|problem| panic!("{problem}")),
        }
    }

    /// The one server that the tests of a binary share, started when the first of them asks.
    ///
    /// # Panics
    /// As [`PrivateCluster::start`].
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<PrivateCluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Creates an empty database and answers with its URL.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn fresh_database_url(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("countersign_test_{}_{number}", std::process::id());
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        let created = async {
            let mut connection = PgConnection::connect(&self.database_url("postgres")).await?;
            connection.execute(create).await?;
            connection.close().await
        };
        if let Err(error) = created.await {
            panic!("no database for the test: {error}");
        }
        self.database_url(&name)
    }

    /// The URL with another database in it; what stands after a `?` stays.
    fn database_url(&self, name: &str) -> String {
        let (server, options) =
            self.url.split_once('?').map_or((self.url.as_str(), String::new()), |(server, options)| (server, format!("?{options}")));
        let authority = server.find("://").map_or(0, |at| at + 3);
        let end = server[authority..].find('/').map_or(server.len(), |at| authority + at);
        format!("{}/{name}{options}", &server[..end])
    }
}

impl Drop for PrivateCluster {
    fn drop(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            // The end of its input is the keeper's sign to stop the server.
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
    }
}

fn start() -> Result<PrivateCluster, String> {
    let folder = new_folder().map_err(|error| format!("no temporary folder: {error}"))?;
    let started = start_in(&folder);
    if started.is_err() {
        let _ = fs::remove_dir_all(&folder);
    }
    started
}

fn start_in(folder: &Path) -> Result<PrivateCluster, String> {
    let programs = find_programs().ok_or(HOW_TO_INSTALL)?;
    let user = unprivileged_user(folder)?;

    let mut initdb = Command::new(programs.join("initdb"));
    initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]);
    let initialised = as_user(&mut initdb, user).arg(folder.join("data")).current_dir(folder).output();
    let initialised = initialised.map_err(|error| format!("initdb can't be run: {error}"))?;
    if !initialised.status.success() {
        return Err(format!("initdb failed: {}", String::from_utf8_lossy(&initialised.stderr)));
    }

    let mut keeper = Command::new("sh");
    keeper.arg("-c").arg(KEEPER).arg(programs.join("postgres")).arg(folder);
    // A group of its own: Ctrl-C in the terminal ends the tests, and their end ends the server.
    std::os::unix::process::CommandExt::process_group(&mut keeper, 0);
    let keeper = as_user(&mut keeper, user).current_dir(folder).stdin(Stdio::piped()).spawn();
    let keeper = keeper.map_err(|error| format!("the server can't be started: {error}"))?;

    let url = format!("postgres://postgres@{}", folder.display().to_string().replace('/', "%2F"));
    let cluster = PrivateCluster { url, databases: AtomicU32::new(0), keeper: Some(keeper) };
    // The last line of this file is the server's own word for being ready.
    for _ in 0..600 {
        let status = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if status.lines().last().is_some_and(|line| line.trim() == "ready") {
            return Ok(cluster);
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(format!("the server doesn't start: {}", fs::read_to_string(folder.join("log")).unwrap_or_default()))
}

/// The folder with both programs: on the path, or where Debian keeps them, newest first.
fn find_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut packaged: Vec<_> =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
    packaged.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    std::env::split_paths(&path).chain(packaged).find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// The `15` of `/usr/lib/postgresql/15/bin`.
fn version(folder: &Path) -> Option<u32> {
    folder.parent()?.file_name()?.to_str()?.parse().ok()
}

/// PostgreSQL refuses to run as root: then it runs as somebody who may do less, and who is given
/// the folder. `None` when this process isn't root.
fn unprivileged_user(folder: &Path) -> Result<Option<(u32, u32)>, String> {
    use std::os::unix::fs::{MetadataExt, chown};

    let unreadable = |error: io::Error| format!("{}: {error}", folder.display());
    // The owner of a folder just made is who we are.
    if fs::metadata(folder).map_err(unreadable)?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
    let user = ["postgres", "nobody"].iter().find_map(|name| find_user(&users, name)).ok_or("there is no user to run PostgreSQL as")?;
    chown(folder, Some(user.0), Some(user.1)).map_err(unreadable)?;
    Ok(Some(user))
}

/// The ids in a line like `postgres:x:101:104:…`.
fn find_user(users: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn as_user(command: &mut Command, user: Option<(u32, u32)>) -> &mut Command {
    use std::os::unix::process::CommandExt;

    match user {
        Some((user, group)) => command.uid(user).gid(group),
        None => command,
    }
}

fn new_folder() -> io::Result<PathBuf> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    // Short: a socket's path may have 107 characters (unix(7)).
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("countersign-{}-{number}", std::process::id()));
        let mut folder = fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        match folder.create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| path),
        }
    }
}
