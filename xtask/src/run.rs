//! Build the server with its site, and start it.

use crate::{Outcome, cargo, site};
use std::{path::PathBuf, process::Command};

/// Builds the site, then the server that embeds it; answers where the binary is.
pub(crate) fn build(release: bool) -> Outcome<PathBuf> {
    site::build()?;
    cargo::build_server(release)
}

/// Builds for development and becomes `countersign serve`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut server = Command::new(build(false)?);
    server.arg("serve").args(arguments);
    start(&mut server)
}

/// The server takes this process's place, so that Ctrl-C and every other signal reach it and nothing else.
#[cfg(unix)]
fn start(server: &mut Command) -> Outcome {
    use std::os::unix::process::CommandExt;
    Err(server.exec().into())
}

#[cfg(not(unix))]
fn start(server: &mut Command) -> Outcome {
    if server.status()?.success() { Ok(()) } else { Err("countersign stopped with an error".into()) }
}
