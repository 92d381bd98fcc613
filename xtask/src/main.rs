//! Everything one does to Countersign from a terminal: `cargo xtask run`, `test`, `build`, `check`, `bench`.
//!
//! A task needs rustup and a C compiler, nothing else. What is missing is named before it is installed,
//! and what can't be installed is named together with the one command that does.

#![expect(clippy::disallowed_methods, reason = "xtask measures builds, test layers and start-up with the machine's own clock")]

mod bench;
mod cargo;
mod check;
mod encoding;
mod end2end;
mod postgres;
mod probe;
mod run;
mod site;
mod stylesheet;
mod suite;
mod test;
mod tools;

use clap::{Parser, Subcommand};
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// A task either did its work or says, in one sentence, why it couldn't.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Run, test, build, check and measure Countersign", version)]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the site and the server that embeds it
    Build {
        /// The binary that is shipped: optimised and stripped
        #[arg(long)]
        release: bool,
    },
    /// Build, then start `countersign serve`; arguments after `--` are passed on
    Run {
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Formatting, lints and the direction of every dependency
    Check,
    /// Run every test, or only the layers named
    Test {
        /// Layers to run, in the given order; all of them when none is named
        #[arg(value_enum)]
        layers: Vec<test::Layer>,
        /// Passed on to the runner, when one layer is named: a test's name, Playwright's options
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure the release build
    Bench {
        #[command(subcommand)]
        measure: Option<bench::Measure>,
    },
}

fn main() -> ExitCode {
    let outcome = match Xtask::parse().task {
        Task::Build { release } => run::build(release).map(|built| println!("{}", built.display())),
        Task::Run { arguments } => run::run(&arguments),
        Task::Check => check::check(),
        Task::Test { layers, arguments } => test::test(&layers, &arguments),
        Task::Bench { measure } => bench::bench(measure),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the checkout: every path in these tasks starts here, whatever folder they are called from.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lives in the workspace").to_owned()
}
