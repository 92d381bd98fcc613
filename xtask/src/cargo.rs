//! Calls of cargo, and the one selection of packages they all share.
//!
//! Cargo resolves the features of shared dependencies for the packages *selected*, so `-p countersign-identity`
//! alone builds another `proc-macro2`, `thiserror` and `uuid` than `-p countersign-server` does, and with them
//! nearly everything above. Every native call therefore selects the same five packages and then narrows down by
//! target: one dependency graph for tests, binary and (as metadata) lints. The selection leaves out `frontend` on
//! purpose: together they would unify `ssr` with `hydrate`, and event handlers would vanish from the interface.

use crate::{Outcome, root};
use serde::Deserialize;
use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Everything that runs on the server, with the features it is shipped with.
pub(crate) const NATIVE: &[&str] = &[
    "-p=countersign-domain",
    "-p=countersign-store",
    "-p=countersign-identity",
    "-p=countersign-app",
    "-p=countersign-server",
    "--features=countersign-app/ssr",
];

/// Everything that runs in the browser.
pub(crate) const BROWSER: &[&str] =
    &["-p=countersign-app", "-p=countersign-frontend", "--features=countersign-app/hydrate", "--target=wasm32-unknown-unknown"];

/// Something cargo built.
#[derive(Deserialize)]
pub(crate) struct Artifact {
    pub manifest_path: PathBuf,
    pub target: Target,
    pub profile: Profile,
    pub filenames: Vec<PathBuf>,
    pub executable: Option<PathBuf>,
}

/// A library, binary or file of tests, as cargo describes it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Target {
    pub name: String,
    pub kind: Vec<String>,
    pub test: bool,
}

#[derive(Deserialize)]
pub(crate) struct Profile {
    pub test: bool,
}

/// What a build left behind, and whether all of it succeeded.
pub(crate) struct Build {
    pub artifacts: Vec<Artifact>,
    pub succeeded: bool,
}

/// A cargo command at the root of the checkout.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments).stdin(Stdio::null());
    // `cargo run` describes xtask in these. Left in place they'd reach build scripts, some of which watch them,
    // and every switch between `cargo xtask` and a plain `cargo` would rebuild what they feed.
    for (name, _) in env::vars_os() {
        let described = name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if described {
            command.env_remove(name);
        }
    }
    // Incremental state pays off on the second build only, and a fresh machine has none.
    if env::var_os("CI").is_some() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Builds and returns what was built; diagnostics go to the terminal as usual.
pub(crate) fn build<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Outcome<Build> {
    let mut command = cargo(arguments);
    command.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let artifacts = output
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.contains(r#""reason":"compiler-artifact""#))
        .map(|line| serde_json::from_str(&line))
        .collect::<Result<_, _>>()?;
    Ok(Build { artifacts, succeeded: child.wait()?.success() })
}

/// The WASM module of the interface, before wasm-bindgen.
pub(crate) fn build_frontend() -> Outcome<PathBuf> {
    let short = short_paths();
    let narrow = ["build", "-p=countersign-frontend", "--target=wasm32-unknown-unknown", "--profile=wasm"];
    let build = build(narrow.into_iter().chain(short.iter().flat_map(|config| ["--config", config])))?;
    let is_wasm = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "wasm");
    let wasm = build.artifacts.iter().rev().flat_map(|artifact| &artifact.filenames).find(is_wasm).cloned();
    wasm.filter(|_| build.succeeded).ok_or_else(|| "the interface didn't build".into())
}

/// Has the places that panics name begin at the crate: where this machine keeps sources is nobody's business, and
/// a hundred times over it weighs something. Cargo adds these flags to those of `.cargo/config.toml`.
fn short_paths() -> Option<String> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))?;
    let registries = fs::read_dir(cargo_home.join("registry/src")).ok()?;
    let mut folders: Vec<_> = registries.filter_map(|entry| entry.ok()?.path().to_str().map(str::to_owned)).collect();
    folders.sort();
    let flags: Vec<_> = folders.iter().map(|folder| format!("--remap-path-prefix={folder}/=")).collect();
    Some(format!("target.wasm32-unknown-unknown.rustflags={flags:?}"))
}

/// The `countersign` binary, in the dev or the release profile.
pub(crate) fn build_server(release: bool) -> Outcome<PathBuf> {
    let profile = if release { "--profile=release" } else { "--profile=dev" };
    let build = build(["build"].into_iter().chain(NATIVE.iter().copied()).chain(["--bin=countersign", profile]))?;
    let binary = build.artifacts.into_iter().rev().find_map(|artifact| artifact.executable);
    binary.filter(|_| build.succeeded).ok_or_else(|| "the server didn't build".into())
}

/// A package of ours and what cargo would test in it.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub name: String,
    pub manifest_path: PathBuf,
    pub targets: Vec<Target>,
}

/// The packages of the workspace.
pub(crate) fn packages() -> Outcome<Vec<Package>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let output = cargo(["metadata", "--no-deps", "--format-version=1"]).stderr(Stdio::inherit()).output()?;
    Ok(serde_json::from_slice::<Metadata>(&output.stdout)?.packages)
}

/// Whether a command can be found on the `PATH`, and where.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path: &PathBuf| Path::is_file(path))
}
