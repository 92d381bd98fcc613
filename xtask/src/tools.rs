//! What the tasks need from the machine: found where it is, installed where that is possible, else asked for.
//!
//! Nothing is installed silently: each line says what and how. Packages are installed only as root on Debian and its
//! relatives; anywhere else the person is told the one command to run.

use crate::{Outcome, cargo::on_path, root};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A program that comes from the system's packages.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Tool {
    /// The other proxy before an application in the end-to-end tests.
    Caddy,
    /// The browser of the end-to-end tests, unless Playwright has its own.
    Chromium,
    /// The proxy before an application in the end-to-end tests.
    Nginx,
    /// Runs Playwright.
    Node,
    /// The independent authenticator app of the end-to-end tests.
    Oathtool,
    /// The certificate of the mail server in the end-to-end tests.
    Openssl,
    /// `initdb` and `postgres`, for a private cluster.
    Postgres,
}

impl Tool {
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Caddy => &["caddy"],
            Self::Chromium => &["chromium"],
            Self::Nginx => &["nginx"],
            Self::Node => &["nodejs", "npm"],
            Self::Oathtool => &["oathtool"],
            Self::Openssl => &["openssl"],
            Self::Postgres => &["postgresql"],
        }
    }

    fn is_found(self) -> bool {
        match self {
            Self::Caddy => on_path("caddy").is_some(),
            Self::Chromium => Path::new("/usr/bin/chromium").exists() || playwright_chromium().is_some(),
            Self::Nginx => nginx().is_some(),
            Self::Node => on_path("node").is_some() && on_path("npm").is_some(),
            Self::Oathtool => on_path("oathtool").is_some(),
            Self::Openssl => on_path("openssl").is_some(),
            Self::Postgres => postgres("initdb").is_ok(),
        }
    }
}

/// Installs those that are missing.
pub(crate) fn ensure(tools: &[Tool]) -> Outcome {
    let packages: Vec<&str> = tools.iter().filter(|tool| !tool.is_found()).flat_map(|tool| tool.packages()).copied().collect();
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    if !(is_root() && on_path("apt-get").is_some()) {
        return Err(format!("missing: {names}. On Debian: sudo apt-get install --no-install-recommends {names}").into());
    }
    println!("Installing: {names} (apt-get)");
    apt_get(&["update"])?;
    apt_get(&[&["install", "--yes", "--no-install-recommends"], packages.as_slice()].concat())
}

fn apt_get(arguments: &[&str]) -> Outcome {
    let mut command = Command::new("apt-get");
    // A database server started by its package would take the port and outlive the tests.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1").arg("--quiet=2").args(arguments);
    succeed(command.stdin(Stdio::null()))
}

/// Debian keeps it where only root looks.
fn nginx() -> Option<PathBuf> {
    on_path("nginx").or_else(|| Some(PathBuf::from("/usr/sbin/nginx")).filter(|path| path.exists()))
}

/// A program of the newest PostgreSQL installed; Debian keeps them off the `PATH`, one folder per version.
pub(crate) fn postgres(program: &str) -> Outcome<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin").join(program))))
        .filter(|(_, path)| path.exists())
        .max();
    newest.map(|(_, path)| path).or_else(|| on_path(program)).ok_or_else(|| format!("{program} of PostgreSQL isn't installed").into())
}

/// Adds the browser's target to the toolchain in use.
pub(crate) fn ensure_wasm_target() -> Outcome {
    let output = Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()).output()?;
    let sysroot = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    if sysroot.join("lib/rustlib/wasm32-unknown-unknown").exists() {
        return Ok(());
    }
    println!("Installing: the Rust target wasm32-unknown-unknown (rustup target add)");
    succeed(Command::new("rustup").args(["target", "add", "wasm32-unknown-unknown"]).current_dir(root()))
}

/// Where the end-to-end tests live.
pub(crate) fn end2end() -> PathBuf {
    root().join("end2end")
}

/// Installs what `end2end/package-lock.json` names, when it changed since the last time.
pub(crate) fn ensure_node_modules() -> Outcome {
    let modified = |path: PathBuf| fs::metadata(path).and_then(|file| file.modified()).ok();
    let installed = modified(end2end().join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(end2end().join("package-lock.json")) {
        return Ok(());
    }
    println!("Installing: the end-to-end tests' packages (npm ci)");
    let mut command = Command::new("npm");
    command.args(["ci", "--no-audit", "--no-fund"]).current_dir(end2end()).stdin(Stdio::null());
    if Path::new("/usr/bin/chromium").exists() {
        command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    }
    succeed(&mut command)
}

/// Playwright's own Chromium, of the very revision it was made for.
fn playwright_chromium() -> Option<PathBuf> {
    let script = "process.stdout.write(require('@playwright/test').chromium.executablePath())";
    let output = Command::new("node").args(["-e", script]).current_dir(end2end()).stderr(Stdio::null()).output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?)).filter(|path| path.exists())
}

/// Whether this process may install packages, and must not start PostgreSQL under its own name.
pub(crate) fn is_root() -> bool {
    user_id(&[]).is_some_and(|id| id == 0)
}

/// The numeric id of a user, or of this process's own with no name given.
pub(crate) fn user_id(name: &[&str]) -> Option<u32> {
    let output = Command::new("id").arg("-u").args(name).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Runs a command to its end; the error names it.
pub(crate) fn succeed(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", describe(command)).into()) }
}

/// A command as one would type it.
pub(crate) fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    [program.to_string_lossy()].into_iter().chain(arguments).collect::<Vec<_>>().join(" ")
}

/// A folder for one run of a task, removed with everything in it when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn create(name: &str) -> Outcome<Self> {
        let folder = env::temp_dir().join(format!("countersign-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Best effort: a folder left in the temporary folder harms nobody.
        drop(fs::remove_dir_all(&self.0));
    }
}
