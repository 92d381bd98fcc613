//! Formatting, lints, and the direction of every dependency.
//!
//! Clippy runs on the native selection and on the browser's, never on the whole workspace at once: there `ssr` and
//! `hydrate` would unify, and what is linted would be a program that nobody builds.

use crate::{
    Outcome,
    cargo::{self, BROWSER, NATIVE, cargo, on_path},
    suite::{self, Tally},
    tools,
};
use std::process::Command;

/// Runs every check and fails when one of them does.
pub(crate) fn check() -> Outcome {
    let tally = run()?;
    if tally.failed == 0 { Ok(()) } else { Err(format!("{} of {} checks failed", tally.failed, tally.passed + tally.failed).into()) }
}

/// Runs every check, the later ones too when an earlier one fails; a check counts as one test.
pub(crate) fn run() -> Outcome<Tally> {
    tools::ensure_wasm_target()?;
    let mut tally = Tally::default();
    for mut command in commands() {
        println!("  {}", tools::describe(&command));
        tally.count(command.status()?.success());
    }
    if on_path("cargo-deny").is_some() {
        tally.count(cargo(["deny", "check"]).status()?.success());
    } else {
        println!("  cargo deny check: left out, cargo-deny isn't installed");
    }
    tally += suite::run_command(&mut cargo(["test", "-p=xtask", "--test=arrows", "--test=sources", "--no-fail-fast"]))?;
    Ok(tally)
}

fn commands() -> [Command; 4] {
    let clippy = |packages: &[&'static str], targets: &'static str| {
        let arguments = ["clippy", "--keep-going"].into_iter().chain(packages.iter().copied()).chain([targets, "--", "-Dwarnings"]);
        cargo::cargo(arguments)
    };
    [
        cargo(["fmt", "--all", "--check"]),
        clippy(NATIVE, "--all-targets"),
        clippy(BROWSER, "--lib"),
        // On its own: it shares dependencies with the server, and would add its features to theirs.
        clippy(&["-p=xtask"], "--all-targets"),
    ]
}
