//! The tests in layers, from what is quick to what a person would do; each layer runs alone or all in order.
//!
//! A layer that can't be built or set up counts as one failure and the next one runs, so that one call tells all there
//! is to tell. The last line is always `N passed, N failed`.

use crate::{
    Outcome,
    cargo::{self, NATIVE, cargo},
    check, end2end,
    postgres::{self, Cluster},
    site,
    suite::{self, Suite, Tally},
};
use clap::ValueEnum;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Layer {
    /// Formatting, lints, the direction of dependencies
    Check,
    /// Rules: domain, identity and the interface's own
    Unit,
    /// The storage contract on SQLite and on PostgreSQL
    Store,
    /// The router, driven as a hostile client would
    Http,
    /// These tasks themselves
    Tools,
    /// A person at the screen, in Chromium
    E2e,
}

impl Layer {
    fn name(self) -> String {
        self.to_possible_value().expect("no layer is hidden").get_name().to_owned()
    }
}

/// How one layer went.
struct Verdict {
    layer: Layer,
    tally: Tally,
    time: Duration,
}

/// Runs the layers and sums up.
pub(crate) fn test(layers: &[Layer], arguments: &[String]) -> Outcome {
    let layers = if layers.is_empty() { Layer::value_variants() } else { layers };
    if layers.len() != 1 && !arguments.is_empty() {
        return Err("arguments for a runner need exactly one layer".into());
    }
    let mut bench = Workbench::prepare(layers);
    let verdicts: Vec<Verdict> = layers.iter().map(|&layer| bench.run(layer, arguments)).collect();
    // Before the summary: stopping PostgreSQL must not add a line after the last one.
    drop(bench);
    let total = sum_up(&verdicts);
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { std::process::exit(1) }
}

fn sum_up(verdicts: &[Verdict]) -> Tally {
    let mut total = Tally::default();
    println!("\nlayer    passed  failed     time");
    for Verdict { layer, tally, time } in verdicts {
        println!("{:<8} {:>6}  {:>6}  {:>5} s", layer.name(), tally.passed, tally.failed, time.as_secs());
        total += *tally;
    }
    total
}

/// What layers share, made when the first of them asks.
struct Workbench {
    binary: Option<PathBuf>,
    cluster: Option<Cluster>,
    suite: Option<Suite>,
}

impl Workbench {
    /// The site is built first when a layer embeds it: made later, it would compile the server a second time.
    fn prepare(layers: &[Layer]) -> Self {
        if layers.iter().any(|layer| matches!(layer, Layer::Http | Layer::E2e)) {
            println!("\n== site");
            if let Err(reason) = site::build() {
                println!("{reason}");
            }
        }
        Self { binary: None, cluster: None, suite: None }
    }

    fn run(&mut self, layer: Layer, arguments: &[String]) -> Verdict {
        println!("\n== {}", layer.name());
        let begun_at = Instant::now();
        let tally = self.attempt(layer, arguments).unwrap_or_else(|reason| {
            println!("{}: {reason}", layer.name());
            Tally { passed: 0, failed: 1 }
        });
        let time = begun_at.elapsed();
        println!("== {}: {} passed, {} failed in {:.1} s", layer.name(), tally.passed, tally.failed, time.as_secs_f64());
        Verdict { layer, tally, time }
    }

    fn attempt(&mut self, layer: Layer, arguments: &[String]) -> Outcome<Tally> {
        match layer {
            Layer::Check => check::run(),
            Layer::Unit => self.unit(arguments),
            Layer::Store => {
                let url = self.postgres_url()?;
                self.suite()?.run("countersign-store", &[(postgres::URL_VARIABLE, &url)], arguments)
            }
            Layer::Http => self.suite()?.run("countersign-server", &[], arguments),
            Layer::Tools => {
                let mut command = cargo(["test", "-p=xtask", "--bins", "--"]);
                suite::run_command(command.args(arguments))
            }
            Layer::E2e => {
                let url = self.postgres_url()?;
                end2end::run(&self.binary()?, &url, arguments)
            }
        }
    }

    /// The rules' tests and the examples in their documentation.
    fn unit(&mut self, arguments: &[String]) -> Outcome<Tally> {
        let mut tally = Tally::default();
        for package in ["countersign-domain", "countersign-identity", "countersign-app"] {
            tally += self.suite()?.run(package, &[], arguments)?;
        }
        let mut examples = cargo(["test", "--doc", "--no-fail-fast"].into_iter().chain(NATIVE.iter().copied()).chain(["--"]));
        tally += suite::run_command(examples.args(arguments))?;
        Ok(tally)
    }

    fn suite(&mut self) -> Outcome<&Suite> {
        if self.suite.is_none() {
            self.suite = Some(Suite::build()?);
        }
        Ok(self.suite.as_ref().expect("it was built above"))
    }

    fn postgres_url(&mut self) -> Outcome<String> {
        if self.cluster.is_none() {
            self.cluster = Some(Cluster::start()?);
        }
        Ok(self.cluster.as_ref().expect("it was started above").url().to_owned())
    }

    /// The binary with its site in it. Without the site there is nothing for a person to see.
    fn binary(&mut self) -> Outcome<PathBuf> {
        if self.binary.is_none() {
            site::build()?;
            self.binary = Some(cargo::build_server(false)?);
        }
        Ok(self.binary.clone().expect("it was built above"))
    }
}
