//! A private PostgreSQL cluster for one run of the tests: its own folder, its own free port, gone afterwards.
//!
//! PostgreSQL refuses to run as root, so root starts it under the `postgres` user that its package created, or
//! `nobody`. Durability is switched off: nothing in it outlives the run.

use crate::{
    Outcome, cargo,
    probe::{free_port, wait_for},
    tools::{self, Scratch, Tool},
};
use std::{
    env, fs,
    net::TcpStream,
    os::unix::fs::chown,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Where tests find a server in which they may create databases: a URL that ends in a database to connect to first.
pub(crate) const URL_VARIABLE: &str = "COUNTERSIGN_TEST_POSTGRES_URL";

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running cluster; stopped and removed when dropped.
pub(crate) struct Cluster {
    url: String,
    own: Option<(Child, Scratch)>,
}

impl Cluster {
    /// Starts a cluster, or takes the one that the environment names.
    pub(crate) fn start() -> Outcome<Self> {
        if let Ok(url) = env::var(URL_VARIABLE) {
            return Ok(Self { url, own: None });
        }
        tools::ensure(&[Tool::Postgres])?;
        let scratch = Scratch::create("postgres")?;
        let data = scratch.path().join("data");
        let user = Account::choose()?;
        user.give(scratch.path())?;
        let mut initdb = user.command(&tools::postgres("initdb")?);
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]).arg(&data);
        tools::succeed(initdb.current_dir("/").stdout(Stdio::null()))?;

        let port = free_port()?;
        let log = fs::File::create(scratch.path().join("log"))?;
        let mut server = user.command(&tools::postgres("postgres")?);
        server.arg("-D").arg(&data).arg("-k").arg(scratch.path()).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        server.args(["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", "max_connections=300"]);
        let child = server.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let cluster = Self { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), own: Some((child, scratch)) };
        wait_for("PostgreSQL", START_LIMIT, || cluster.is_ready(port))?;
        Ok(cluster)
    }

    /// The URL for [`URL_VARIABLE`].
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The log says so before the port does; both, so that the first connection isn't refused.
    fn is_ready(&self, port: u16) -> bool {
        let Some((_, scratch)) = &self.own else { return true };
        let log = fs::read_to_string(scratch.path().join("log")).unwrap_or_default();
        log.contains("ready to accept connections") && TcpStream::connect(("127.0.0.1", port)).is_ok()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some((server, _)) = &mut self.own {
            // SIGINT is PostgreSQL's fast shutdown: it ends its sessions and frees its shared memory. SIGKILL wouldn't.
            let asked = Command::new("kill").args(["-INT", &server.id().to_string()]).status();
            if !asked.is_ok_and(|status| status.success()) {
                drop(server.kill());
            }
            drop(server.wait());
        }
    }
}

/// Who PostgreSQL runs as: this process's user, or another one when that is root.
struct Account(Option<(&'static str, u32)>);

impl Account {
    fn choose() -> Outcome<Self> {
        if !tools::is_root() {
            return Ok(Self(None));
        }
        let found = ["postgres", "nobody"].into_iter().find_map(|name| Some((name, tools::user_id(&[name])?)));
        Ok(Self(Some(found.ok_or("PostgreSQL doesn't run as root, and there is no user `postgres` or `nobody`")?)))
    }

    fn give(&self, folder: &Path) -> Outcome {
        match self.0 {
            Some((_, id)) => Ok(chown(folder, Some(id), None)?),
            None => Ok(()),
        }
    }

    /// The program under this account, and ended with xtask, however xtask ends.
    fn command(&self, program: &Path) -> Command {
        let Some(setpriv) = cargo::on_path("setpriv") else { return Command::new(program) };
        let mut command = Command::new(setpriv);
        if let Some((name, _)) = self.0 {
            command.args(["--reuid", name, "--regid", if name == "nobody" { "nogroup" } else { name }, "--clear-groups"]);
        }
        command.args(["--pdeathsig", "INT", "--"]).arg(program);
        command
    }
}
